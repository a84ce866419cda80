import { asyncScheduler, Observable, of, type Subscriber, VirtualTimeScheduler } from 'rxjs';
import { expect, test } from 'vitest';
import { SharedWatches } from '../../src/pool/shared-watches.js';
import { TaskGroup, type PooledStatus } from '../../src/pool/task-group.js';
import { resolveOptions } from '../../src/watch/resolve-options.js';

const TASKS = 1_000;

/** A group of tasks that are `running`, then finished or not found, each time that they are watched. */
function createGroup(isArray: boolean) {
  const scheduler = new VirtualTimeScheduler();
  const attempts = new Map<string, number>();
  const transport = ({ taskId }: { taskId: string }) => {
    const attempt = (attempts.get(taskId) ?? 0) + 1;
    attempts.set(taskId, attempt);
    const isEnd = attempt % 2 === 0;
    const status = isEnd && taskId.endsWith('7') ? 404 : 200;
    const body = isEnd ? '"finished"' : '"running"';
    return of({ status, headers: { get: () => null }, body });
  };
  const options = resolveOptions({ scheduler, transport }, asyncScheduler);
  const watches = new SharedWatches({
    scheduler,
    signal: undefined,
    onPoll: () => undefined,
    onChange: () => undefined,
    onHandled: () => undefined,
  });
  let emitted = 0;
  let subscriber: Subscriber<PooledStatus> | undefined;
  new Observable<PooledStatus>((inner) => (subscriber = inner)).subscribe(() => emitted++);
  const group = new TaskGroup(
    subscriber!,
    {
      find: (taskId) => watches.find(taskId, options),
      findRunning: (taskId) => watches.findRunning(taskId, options),
    },
    undefined,
    isArray,
  );
  return { group, scheduler, watches, emitted: () => emitted };
}

test('with open ids, a group and the pool keep no ended task', () => {
  const { group, scheduler, watches, emitted } = createGroup(false);
  for (let round = 0; round < 3; round++) {
    for (let task = 0; task < TASKS; task++) group.add(`task_${task}`);
    expect([group.size, watches.size, watches.running]).toEqual([TASKS, TASKS, TASKS]);
    scheduler.flush();
    expect([group.size, watches.size, watches.running]).toEqual([0, 0, 0]);
  }
  expect(emitted()).toBe(3 * 2 * TASKS);
});

test('with an array of ids, ended tasks are kept until the last one has ended, but failed ones are not', () => {
  const { group, scheduler, watches } = createGroup(true);
  for (let task = 0; task < TASKS; task++) group.add(`task_${task}`);
  scheduler.flush();
  expect([group.size, watches.size, watches.running]).toEqual([TASKS * 0.9, TASKS * 0.9, 0]);
  group.unsubscribe();
  expect([group.size, watches.size]).toEqual([0, 0]);
});
