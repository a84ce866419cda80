import { setPace } from './pace.js';
import { printSample } from './rows.js';

const [name = '', watching = '50000'] = process.argv.slice(2);
// 1 s becomes 1,000 s: after its first answer, every watch waits until the end of the measurement
setPace(0.001);

const { watches } = await import('./watches.js');
const stub = await import('./stub.js');

const watch = watches[name as keyof typeof watches];
const watcher = {
  next: () => undefined,
  error: (error: unknown) => {
    throw error;
  },
  complete: () => undefined,
};

// code, caches and tables that do not depend on the number of watches
start('warm', 1_000);
await settled();
const tasks = Number(watching);
const before = heap();
start('task', tasks);
await settled();
const used = heap() - before;
const requests = stub.requestCount;
if (requests < tasks) throw new Error(`only ${requests} of ${tasks} watches were answered`);

printSample({ measure: 'Heap per waiting watch', contestant: name, value: used / tasks });
process.exit();

function start(prefix: string, count: number): void {
  for (let task = 0; task < count; task++) {
    watch(`${prefix}_${task}`, stub.answers(Infinity), watcher);
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function heap(): number {
  for (let turn = 0; turn < 3; turn++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
