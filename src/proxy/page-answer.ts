import type { TaskApi } from 'rxjs-task-status';

import { detailResponse, jsonResponse } from './json-response.js';
import { redactJson } from './redact-json.js';
import type { UpstreamAnswer } from './upstream.js';

/** The headers that the library reads for its delays. A date in `Retry-After` is relative to `Date`. */
const DELAY_HEADERS = ['retry-after', 'retry-after-ms', 'date'];

/** Headers that a browser or a server acts on. They are not passed on, even if the API reads them. */
const BLOCKED_HEADERS =
  /^(?:set-cookie|content-|cache-control|expires|pragma|vary|refresh|www-authenticate|authorization|proxy-|access-control-|cross-origin-|strict-transport-|clear-site-data|x-content-type|connection|keep-alive|te$|trailer|transfer-encoding|upgrade)/;

/** The values of headers that are passed on: visible ASCII of a reasonable length. */
const PASSED_VALUE = /^[\x20-\x7e]{1,256}$/;

/** The reason why an answer of the task API is not passed on. */
export class UnusableAnswerError extends Error {
  override readonly name = 'UnusableAnswerError';
}

/**
 * Creates the page's answer from that of the task API: the status, the JSON without the key, and the headers
 * that the library needs.
 *
 * @param limit the longest body, bytes
 * @throws UnusableAnswerError if it cannot be passed on
 */
export function pageAnswer(answer: UpstreamAnswer, api: TaskApi<string>, limit: number): Response {
  const { status, body } = answer;
  const isSuccess = status >= 200 && status < 300;
  // 0: some runtimes hide the status of a redirect
  if (status === 0 || (status >= 300 && status < 400))
    throw unusable('redirected the request', answer);
  if (status < 200 || status > 599) throw unusable(`answered with the status ${status}`, answer);
  const headers = pageHeaders(answer);
  const isTooLong = body.length > limit;
  if (isSuccess && !isTooLong && isEmptyAnswer(answer, api)) {
    return jsonResponse(status, null, headers);
  }
  const json = isTooLong ? undefined : redactJson(body, answer);
  if (json !== undefined) return jsonResponse(status, json, headers);
  const problem = `a body that is ${isTooLong ? 'too long' : 'not JSON'}`;
  if (isSuccess) throw unusable(`sent ${problem}`, answer);
  return detailResponse(status, `The task API answered ${status} with ${problem}`, headers);
}

/** Whether an answer has no body by its status, or is empty and the API reads the status without a body. */
function isEmptyAnswer({ status, body }: UpstreamAnswer, api: TaskApi<string>): boolean {
  return status === 204 || status === 205 || (body.trim() === '' && api.status.length > 1);
}

function pageHeaders({ status, headers, read, redact }: UpstreamAnswer): Record<string, string> {
  const passed: Record<string, string> = {
    // RFC 9209. A page can see that a 401 comes from the task API, not from the page's server
    'proxy-status': `rxjs-task-status; received-status=${status}`,
  };
  for (const name of [...DELAY_HEADERS, ...read]) {
    const value = BLOCKED_HEADERS.test(name) ? null : headers.get(name);
    if (value !== null && PASSED_VALUE.test(value) && redact(value) === value) passed[name] = value;
  }
  return passed;
}

function unusable(problem: string, { error }: UpstreamAnswer): UnusableAnswerError {
  return new UnusableAnswerError(`The task API ${problem}`, { cause: error });
}
