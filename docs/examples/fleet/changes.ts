// Prints each change once, as a line of JSON, and continues after a restart.
// REDIS_URL=… node --import tsx docs/examples/fleet/changes.ts [consumer]
import { changes$ } from 'rxjs-task-status/fleet';
import { connection } from './settings.js';

const [consumer = 'printer'] = process.argv.slice(2);
const subscription = changes$(connection, { consumer }).subscribe({
  next: (change) => console.log(JSON.stringify(change)),
  error: (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => subscription.unsubscribe());
}
