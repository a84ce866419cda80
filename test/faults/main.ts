// Thousands of watches over connections that break in every way: npm run test:faults. --seed N and
// --runs M repeat a run. A run that writes to stderr has failed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('run.ts', import.meta.url));
const child = spawn(process.execPath, ['--import', 'tsx', script, ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'pipe'],
});
let stderr = '';
child.stderr.on('data', (chunk) => (stderr += String(chunk)));
await once(child, 'close');
if (stderr) console.log(`wrote to stderr:\n${stderr}`);
process.exitCode = child.exitCode === 0 && !stderr ? 0 : 1;
