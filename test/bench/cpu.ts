import { setPace } from './pace.js';
import { printSample } from './rows.js';

const [name = '', pace = '40', watching = '5000', polls = '20'] = process.argv.slice(2);
setPace(Number(pace));

// after the clocks have been changed
const { watches } = await import('./watches.js');
const stub = await import('./stub.js');

const watch = watches[name as keyof typeof watches];
const tasks = Array.from({ length: Number(watching) }, (_, task) => `task_${task}`);

const cold = await group();
const warm = await group();
printSample({ measure: 'CPU per poll, stub transport', contestant: name, value: warm });
printSample({
  measure: 'CPU per poll, stub transport, code still cold',
  contestant: name,
  value: cold,
});

/** Watches all tasks until they end. Returns the CPU time per poll, us. */
async function group(): Promise<number> {
  const requestCount = stub.requestCount;
  const before = process.cpuUsage();
  await new Promise<void>((resolve, reject) => {
    let left = tasks.length;
    let seen = 0;
    for (const taskId of tasks) {
      watch(taskId, stub.answers(Number(polls)), {
        next: () => seen++,
        error: reject,
        complete: () => {
          if (--left === 0) resolve();
        },
      });
    }
  });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (stub.requestCount - requestCount);
}
