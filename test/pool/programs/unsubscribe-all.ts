// Watches many tasks on a real server, unsubscribes, and prints what is left.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Subscription } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';

const TASKS = 3_000;
const ANSWERED = 500;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const seen = { requests: 0, answered: 0, aborted: 0 };
const server = createServer((_, response) => {
  seen.requests++;
  response.on('close', () => {
    if (response.writableFinished) seen.answered++;
    else seen.aborted++;
  });
  // the others are never answered
  if (seen.requests <= ANSWERED) response.end('"running"');
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const pool = createTaskStatusPool({
  baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  backoff: { initialDelay: 600_000, maxDelay: 600_000 },
});
// what is there once, however many tasks
for (let turn = 0; turn < 2; turn++) await watchAndUnsubscribe();
const before = await heap();
const { observers, alive, watched, stats } = await watchAndUnsubscribe();
const after = await heap();

console.log(
  JSON.stringify({
    ...seen,
    perTask: Math.round((after - before) / TASKS),
    whileWatched: Math.round((watched - before) / TASKS),
    observers,
    alive,
    stats,
  }),
);
server.closeAllConnections();
server.close();

async function watchAndUnsubscribe() {
  seen.requests = seen.answered = seen.aborted = 0;
  const watches = new Subscription();
  const observers = watch(watches);
  await until(() => seen.answered === ANSWERED && seen.requests === ANSWERED + 16);
  const watched = await heap();
  watches.unsubscribe();
  await until(() => seen.aborted === 16);
  const stats = await new Promise((resolve) => pool.stats$.subscribe(resolve).unsubscribe());
  await heap();
  const alive = observers.filter((ref) => ref.deref() !== undefined).length;
  return { observers: observers.length, alive, watched, stats };
}

/** @returns the observers, which nothing else in this program references */
function watch(watches: Subscription): WeakRef<object>[] {
  const ids = Array.from({ length: TASKS }, (_, task) => `task_${task}`);
  watches.add(pool.statuses$(ids).subscribe());
  return ids.map((id) => {
    const observer = { next: () => undefined, error: () => undefined };
    watches.add(pool.status$(id).subscribe(observer));
    watches.add(pool.polls$(id).subscribe());
    return new WeakRef(observer);
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function heap(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    gc();
  }
  return process.memoryUsage().heapUsed;
}
