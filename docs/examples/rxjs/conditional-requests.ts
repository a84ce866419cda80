// #region recipe
import { from, map, type ObservableInput } from 'rxjs';
import { fetchTransport, type StatusRequest, type StatusResponse } from 'rxjs-task-status';
import type { StatusTransport } from 'rxjs-task-status';

/** Sends `If-None-Match`, and turns a 304 into the last answer. One transport for each watch. */
export function conditionalTransport(
  send: (request: StatusRequest) => ObservableInput<StatusResponse> = fetchTransport(),
): StatusTransport {
  let last: { url: string; etag: string; response: StatusResponse } | undefined;
  return (request) => {
    const { url } = request;
    const known = last?.url === url ? last : undefined;
    const headers = known ? { ...request.headers, 'If-None-Match': known.etag } : request.headers;
    return from(send({ ...request, headers })).pipe(
      map((response) => {
        const { status, headers } = response;
        // the headers of the new answer, because its Retry-After applies
        if (status === 304 && known) return { ...known.response, headers };
        const etag = typeof headers.get === 'function' ? headers.get('ETag') : undefined;
        if (status === 200 && typeof etag === 'string') last = { url, etag, response };
        return response;
      }),
    );
  };
}
// #endregion

import { of } from 'rxjs';
import { taskStatus$ } from 'rxjs-task-status';
import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({});
const send = ({ headers }: StatusRequest) => {
  const word = scheduler.now() < 4_000 ? 'running' : 'finished';
  const isUnchanged = headers['If-None-Match'] === `"${word}"`;
  const status = isUnchanged ? 304 : 200;
  print(`If-None-Match: ${headers['If-None-Match'] ?? 'none'}, answer: ${status}`);
  const headersOfAnswer = new Headers({ ETag: `"${word}"` });
  return of({ status, headers: headersOfAnswer, body: isUnchanged ? '' : `"${word}"` });
};
taskStatus$('task_1', { ...options, transport: conditionalTransport(send) }).subscribe({
  next: print,
  complete: () => print('complete'),
});
scheduler.flush();
