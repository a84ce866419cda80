import { firstValueFrom } from 'rxjs';
import {
  fetchTransport,
  taskPolls$,
  type HeaderReader,
  type StatusResponse,
  type StatusTransport,
  type TaskApi,
} from 'rxjs-task-status';

import { hasMethod } from '../api/guards.js';
import { headerReader } from '../api/headers.js';
import { createRedactor, type Redactor } from '../api/redact.js';
import type { ResolvedProxyOptions } from './proxy-options.js';

/** An answer of the task API. */
export interface UpstreamAnswer extends StatusResponse {
  readonly headers: HeaderReader;
  /** The names of the headers that the library has read, in lower case. */
  readonly read: ReadonlySet<string>;
  /** Removes the API key from a text of the answer. */
  readonly redact: Redactor;
  /** The length of the longest secret of the request, characters. */
  readonly secretLength: number;
  /** The library's error for the answer, if it has no known status. */
  readonly error?: unknown;
}

/** Never used: `taskPolls$` emits a poll or errors. */
const NO_POLL = { error: undefined };

/** Sends one request to the task API. Rejects if there is no answer. */
export type Upstream = (
  taskId: string,
  api: TaskApi<string>,
  signal: AbortSignal | undefined,
) => Promise<UpstreamAnswer>;

/**
 * Creates the sender of the requests of a proxy.
 *
 * Each request is the only poll of a watch, so the library sets its URL, method, headers and limits. Only the
 * task id comes from the page.
 */
export function createUpstream({ apiKey, fetch }: ResolvedProxyOptions): Upstream {
  const send = fetchTransport(fetch);
  // the latest two keys: a server may still quote the previous one
  let latestKeys: readonly string[] = [];
  return async (taskId, api, signal) => {
    let key = '';
    let answer: UpstreamAnswer | undefined;
    const transport: StatusTransport = async (request) => {
      const apiKeys = [...new Set([key, ...latestKeys])].slice(0, 2);
      latestKeys = apiKeys;
      const { status, headers, body } = await send(request);
      const read = new Set<string>();
      const reader = headerReader(headers);
      const recorder: HeaderReader = {
        get: (name) => {
          read.add(name.toLowerCase());
          return reader.get(name);
        },
      };
      const redact = createRedactor({ apiKeys, headers: request.headers });
      const secretLength = Math.max(
        ...[...apiKeys, ...Object.values(request.headers)].map(({ length }) => length),
      );
      answer = { status, headers: recorder, body, read, redact, secretLength };
      return answer;
    };
    const poll$ = taskPolls$(taskId, {
      api,
      apiKey: async () => (key = typeof apiKey === 'string' ? apiKey : await apiKey()),
      retry: false,
      signal: hasMethod(signal, 'addEventListener') ? signal : undefined,
      transport,
    });
    const error: unknown = await firstValueFrom(poll$, { defaultValue: NO_POLL }).then(
      (poll) => poll.error,
      (reason: unknown) => reason,
    );
    // the answer is passed on even if a function of the API threw an error for it
    if (answer && !signal?.aborted) return { ...answer, error };
    throw error;
  };
}
