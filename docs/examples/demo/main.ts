// Runs the command against a local server: `npm run demo`.
// With arguments it runs only the command, with these arguments: `npm run demo -- <task-id>`.
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { run } from '../../../src/cli/run.js';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { results, timelines } from './tasks.js';

const args = process.argv.slice(2);
process.exitCode = args.length > 0 ? await run(args, process.env) : await demo();

async function demo(): Promise<number> {
  const api = fakeTaskApi(timelines, { results });
  const server = await serveTaskApi(api);
  const ids = [...Object.keys(timelines), 'task_missing'];
  console.log(`${ids.length} tasks on ${server.baseUrl}\n`);
  const code = await run(['--base-url', server.baseUrl, '--result', ...ids], {
    ...process.env,
    BROWSER_USE_API_KEY: 'demo-key',
  });
  await server.close();
  if (code === 130) return code;
  console.log(`\nThe server received ${api.requests.length} requests.`);
  // two of the tasks end with a 404 and a 422, so the worst exit code is that of an error
  console.log(`The exit code of the command is ${code}. Expected: 3 (error).`);
  return code === 3 ? 0 : 1;
}
