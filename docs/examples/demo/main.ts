// The command against a server on this machine: `npm run demo`.
// With task ids (and any of its options) it is the command alone: `npm run demo -- <task-id>`.
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { run } from '../../../src/cli/run.js';
import { serve } from '../server.js';
import { timelines } from './tasks.js';

const args = process.argv.slice(2);
process.exitCode = args.length > 0 ? await run(args, process.env) : await demo();

async function demo(): Promise<number> {
  const api = fakeTaskApi(timelines);
  const server = await serve(api);
  const ids = [...Object.keys(timelines), 'task_missing'];
  console.log(`${ids.length} tasks on ${server.url}\n`);
  const code = await run(['--base-url', server.url, ...ids], {
    ...process.env,
    BROWSER_USE_API_KEY: 'demo-key',
  });
  await server.close();
  if (code === 130) return code;
  console.log(`\nThe server counts ${api.requests.length} requests.`);
  // a 404 and a 422 are among the tasks, so the worst is an error
  console.log(`The command's exit code is ${code}, and 3 (error) was to be expected.`);
  return code === 3 ? 0 : 1;
}
