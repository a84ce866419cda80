// Watches tasks whose ids never complete, in virtual time, and prints what an ended task leaves behind.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { of, Subject, VirtualTimeScheduler } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';

const TASKS = 50_000;
const BATCH = 500;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const scheduler = new VirtualTimeScheduler();
// a third of the tasks each finish, fail, and are not found
const ends = [
  { status: 200, body: '"finished"' },
  { status: 200, body: '"failed"' },
  { status: 404, body: '{"detail":"Task not found"}' },
];
const headers = { get: () => null };
const attempts = new Map<string, number>();
const pool = createTaskStatusPool({
  scheduler,
  transport: ({ taskId }) => {
    const attempt = (attempts.get(taskId) ?? 0) + 1;
    attempts.set(taskId, attempt);
    if (attempt === 1) return of({ status: 200, headers, body: '"running"' });
    attempts.delete(taskId);
    return of({ headers, ...ends[Number(taskId.slice(5)) % ends.length]! });
  },
});

const ids$ = new Subject<string>();
const seen = { statuses: 0, errors: 0 };
let ended = 0;
pool.statuses$(ids$).subscribe(({ status, error }) => {
  if (error === undefined) seen.statuses++;
  else seen.errors++;
  if (status !== 'running') ended++;
});
let polls = 0;
pool.allPolls$.subscribe(() => polls++);
let stats: unknown;
pool.stats$.subscribe((latest) => (stats = latest));

let next = 0;
// what is there once, however many tasks
watch(TASKS / 5);
const before = await heap();
watch(TASKS);
const after = await heap();

console.log(
  JSON.stringify({
    ended,
    ...seen,
    polls,
    bytesPerTask: Math.round((after - before) / TASKS),
    stats,
  }),
);

function watch(count: number): void {
  for (let batch = 0; batch < count / BATCH; batch++) {
    for (let task = 0; task < BATCH; task++) ids$.next(`task_${next++}`);
    scheduler.flush();
  }
}

async function heap(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    gc();
  }
  return process.memoryUsage().heapUsed;
}
