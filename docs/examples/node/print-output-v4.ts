// #region recipe
import { firstValueFrom } from 'rxjs';
import { browserUseV4, taskResult$ } from 'rxjs-task-status';

const baseUrl = process.env['BROWSER_USE_BASE_URL'] ?? browserUseV4.baseUrl;
const apiKey = process.env['BROWSER_USE_API_KEY'] ?? '';
const headers = { 'X-Browser-Use-API-Key': apiKey, 'Content-Type': 'application/json' };
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());

const body = JSON.stringify({ task: process.argv[2] ?? 'Read the headlines' });
const started = await fetch(`${baseUrl}/runs`, { method: 'POST', headers, body });
if (!started.ok) throw new Error(`The run was not started: ${started.status}`);
const { id } = (await started.json()) as { id: string };
try {
  const request = { api: browserUseV4, apiKey, baseUrl };
  const options = { ...request, notFoundGrace: 10_000, signal: interrupt.signal };
  const { result: run } = await firstValueFrom(taskResult$(id, options));
  console.log(run.result);
} catch (error) {
  if (!interrupt.signal.aborted) throw error; // failed, cancelled, not found, ...
  const stopped = await fetch(`${baseUrl}/runs/${id}/cancel`, { method: 'POST', headers });
  console.error(stopped.ok ? 'cancelled' : `The run was not cancelled: ${stopped.status}`);
  process.exitCode = 130;
}
// #endregion
