// #region recipe
import { hasEnded, isPermanent, readStatus } from './read-status.js';
import type { Settings } from './settings.js';

/** Resolves with the status with which the task has ended. */
export async function waitForTask(
  taskId: string,
  settings: Settings,
  onStatus: (status: string) => void,
  stop: AbortSignal,
): Promise<string> {
  const { baseUrl, apiKey, interval, requestTimeout, deadline } = settings;
  const url = `${baseUrl}/task/${encodeURIComponent(taskId)}/status`;
  const headers = { Authorization: `Bearer ${apiKey}` };
  const whole = AbortSignal.any([stop, AbortSignal.timeout(deadline)]);
  let last: string | undefined;
  let failures = 0;
  for (;;) {
    let status = last;
    try {
      const signal = AbortSignal.any([whole, AbortSignal.timeout(requestTimeout)]);
      status = await readStatus(await fetch(url, { headers, signal }));
      failures = 0;
    } catch (error) {
      whole.throwIfAborted();
      failures += 1;
      if (isPermanent(error) || failures > 5) throw error;
    }
    if (status !== undefined && status !== last) onStatus(status);
    if (status !== undefined && hasEnded(status)) return status;
    last = status;
    await sleep(interval * 2 ** Math.max(0, failures - 1), whole);
  }
}

/** Rejects on abort. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
  signal.throwIfAborted();
}
// #endregion
