// #region recipe
import { auditTime, map, type Observable, type SchedulerLike } from 'rxjs';
import type { TaskStatusPool } from 'rxjs-task-status';

/** The header line of a monitor, updated at most four times a second. */
export function headerLine$(pool: TaskStatusPool, scheduler?: SchedulerLike): Observable<string> {
  return pool.stats$.pipe(
    auditTime(250, scheduler),
    map(({ watching, queued, inFlight, requests, errors, heldUntil }) =>
      [
        `${watching} tasks`,
        `${inFlight} in flight`,
        `${queued} queued`,
        `${requests} requests`,
        `${errors} errors`,
        heldUntil === undefined
          ? ''
          : `paused until ${new Date(heldUntil).toISOString().slice(11, 19)}`,
      ]
        .filter(Boolean)
        .join(', '),
    ),
  );
}
// #endregion

import { createTaskStatusPool } from 'rxjs-task-status';
import type { FakeAnswer } from 'rxjs-task-status/testing';
import { inMemory } from './in-memory.js';

// 40 tasks, and a server that answers 429 for 3 s
const tooMany: FakeAnswer = { status: 429, headers: { 'retry-after': '3' }, body: '"Slow down"' };
const ids = Array.from({ length: 40 }, (_, task) => `task_${task}`);
const { options, print, scheduler } = inMemory(
  Object.fromEntries(
    ids.map((id) => [
      id,
      [
        ['running', 0],
        [tooMany, 1_500],
        ['running', 4_500],
        ['finished', 6_000],
      ],
    ]),
  ),
);
const pool = createTaskStatusPool(options);
headerLine$(pool, scheduler).subscribe((line) => print(line));
pool.statuses$(ids).subscribe();
scheduler.schedule(() => pool.close(), 9_000);
scheduler.flush();
