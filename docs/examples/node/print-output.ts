// #region recipe
import { firstValueFrom } from 'rxjs';
import { taskResult$ } from 'rxjs-task-status';

const baseUrl = process.env['BROWSER_USE_BASE_URL'] ?? 'https://api.browser-use.com/api/v1';
const apiKey = process.env['BROWSER_USE_API_KEY'] ?? '';
const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());

const body = JSON.stringify({ task: process.argv[2] ?? 'Read the headlines' });
const started = await fetch(`${baseUrl}/run-task`, { method: 'POST', headers, body });
if (!started.ok) throw new Error(`The task was not started: ${started.status}`);
const { id } = (await started.json()) as { id: string };
try {
  // a new task may not be visible to the status endpoint yet
  const options = { apiKey, baseUrl, notFoundGrace: 10_000, signal: interrupt.signal };
  const { result } = await firstValueFrom(taskResult$(id, options));
  console.log(result.output);
} catch (error) {
  if (!interrupt.signal.aborted) throw error; // failed, stopped, not found, ...
  const stopped = await fetch(`${baseUrl}/stop-task?task_id=${id}`, { method: 'PUT', headers });
  console.error(stopped.ok ? 'stopped' : `The task was not stopped: ${stopped.status}`);
  process.exitCode = 130;
}
// #endregion
