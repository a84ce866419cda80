import { asyncScheduler, fromEvent } from 'rxjs';
import { fetchTransport, type TaskStatusOptions } from 'rxjs-task-status';

// A user's file, where the platform's types are known: the DOM's, or Node's.

export const options: TaskStatusOptions = {
  baseUrl: new URL('https://proxy.example'),
  fetch,
  signal: AbortSignal.timeout(1_000),
  pollNow: fromEvent(new EventTarget(), 'refresh'),
  scheduler: asyncScheduler,
};
export const controlled: TaskStatusOptions = { signal: new AbortController().signal };
export const transport = fetchTransport((url, init) => fetch(url, init));
