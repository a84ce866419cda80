// A fake task API on this machine, to try things out without an API key: `npm run fake-server`.
// Options: --port <n> (default 4010, 0 for a free port), --speed <n> (10: ten times as fast).
import { parseArgs } from 'node:util';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { results, timelines } from '../demo/tasks.js';
import { startableTasks } from './startable-tasks.js';

try {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4010' },
      speed: { type: 'string', default: '1' },
    },
  });
  const api = startableTasks(timelines, {
    results,
    speed: Number(values.speed),
    log: (line) => console.log(line),
  });
  const server = await serveTaskApi(api, { port: Number(values.port) });
  const baseUrl = `${server.baseUrl}/api/v1`;
  console.log(`A fake task API. Its base URL is ${baseUrl}, and any long API key works.

Tasks, which start at the first request for them:
${Object.keys(timelines)
  .map((id) => `  ${id}`)
  .join('\n')}

In another terminal:
  curl ${baseUrl}/task/task_short/status
  curl -d '{"task":"Read the headlines"}' ${baseUrl}/run-task # starts a task and prints its id
  npm run demo -- --base-url ${baseUrl} --result task_short task_outage

Requests:`);
} catch (error) {
  console.error(
    `${String(error)}\nOptions: --port <n> (default 4010, 0 for a free port), --speed <n>`,
  );
  process.exitCode = 1;
}
