import type { FetchResponse } from 'rxjs-task-status';

import type { FakeAnswer } from './timeline.js';

/** An answer with all its headers. */
export interface FakeResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null } & Iterable<[name: string, value: string]>;
  readonly body: string;
}

interface JsonResponse {
  readonly ok: boolean;
  json(): Promise<unknown>;
}

/** Creates the response of an answer. Its headers replace those of `more` and the default `content-type`. */
export function toResponse(answer: FakeAnswer, more: Record<string, string> = {}): FakeResponse {
  // `unknown`: a test that is not type-checked may pass a number
  const all: Record<string, unknown> = {
    'content-type': 'application/json',
    ...more,
    ...answer.headers,
  };
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(all)) headers.set(name.toLowerCase(), String(value));
  return {
    status: answer.status,
    headers: {
      get: (name) => headers.get(name.toLowerCase()) ?? null,
      [Symbol.iterator]: () => headers.entries(),
    },
    body: answer.body ?? '',
  };
}

/** Creates a `fetch` response, with `ok` and `json()` for code that calls `fetch` itself. */
export function toFetchResponse({
  status,
  headers,
  body,
}: FakeResponse): FetchResponse & JsonResponse {
  return {
    ok: status >= 200 && status < 300,
    status,
    headers,
    text: () => Promise.resolve(body),
    json: () => Promise.resolve(body).then((text): unknown => JSON.parse(text)),
  };
}
