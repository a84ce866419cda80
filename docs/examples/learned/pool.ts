// #region recipe
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { throttleTime } from 'rxjs';
import {
  createTaskStatusPool,
  type TaskStatusPool,
  type TaskStatusPoolOptions,
} from 'rxjs-task-status';
import { learnedDelay } from 'rxjs-task-status/learned';

/** A pool that learns how long tasks take. It keeps what it has learned in a file, for the next start. */
export function learnedPool(file: string, options: TaskStatusPoolOptions): TaskStatusPool {
  const history: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const learned = learnedDelay({ history });
  const pool = createTaskStatusPool({
    ...options,
    backoff: { ...options.backoff, delay: learned.delay, maxDelay: 60_000 },
  });
  const save = () => {
    // a crash while it writes leaves the old file as it is
    writeFileSync(`${file}.new`, JSON.stringify(learned));
    renameSync(`${file}.new`, file);
  };
  // at most once a minute, and when the pool is closed
  const once = { leading: false, trailing: true };
  pool.allPolls$
    .pipe(learned.learn(), throttleTime(60_000, options.scheduler, once))
    .subscribe({ next: save, complete: save });
  return pool;
}
// #endregion

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEAD, measure } from './measure.js';

const folder = mkdtempSync(join(tmpdir(), 'learned-'));
const file = join(folder, 'history.json');
const learned = (options: TaskStatusPoolOptions) => learnedPool(file, options);
console.log(HEAD);
measure('learned, first start', 1, learned);
measure('learned, second start', 2, learned);
measure('learned, third start', 3, learned);
measure('the default, same tasks', 3, createTaskStatusPool);
rmSync(folder, { recursive: true });
