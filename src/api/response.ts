import {
  AuthenticationError,
  HttpStatusError,
  RateLimitError,
  TaskNotFoundError,
  TaskValidationError,
  UnexpectedResponseError,
  type WatchFacts,
  type TaskStatusError,
  type ValidationIssue,
} from './errors.js';
import { fieldOf, isObject } from './shape.js';
import type { TaskApi } from './task-api.js';

/** An answer of the server, its body read. */
export interface StatusResponse {
  /** The HTTP status; 0 for a redirect in a browser. */
  readonly status: number;
  /** Its headers; a `Headers` object will do. */
  readonly headers: {
    /** A header's value, its name in any case; `null` where it is absent. */
    get(name: string): string | null;
  };
  /** The body as text. */
  readonly body: string;
}

/** Longer bodies are no status: bytes in `fetchTransport`, characters from another transport. */
export const BODY_LIMIT = 65_536;

/** How much of a body an error shows. */
const EXCERPT = 200;

/** Whether a transport's value is an answer. */
export function isResponse(value: unknown): value is StatusResponse {
  try {
    return (
      isObject(value) &&
      'status' in value &&
      typeof value.status === 'number' &&
      'body' in value &&
      typeof value.body === 'string' &&
      'headers' in value &&
      isObject(value.headers) &&
      'get' in value.headers &&
      typeof value.headers.get === 'function'
    );
  } catch {
    return false; // a getter of a foreign object may throw
  }
}

/** The word that an answer gives as the status, known or not; `undefined` where it gives none. */
export function wordOf(api: TaskApi<string>, response: StatusResponse): string | undefined {
  if (!mayHoldWord(response)) return undefined;
  try {
    const word = api.status(parse(response.body));
    return typeof word === 'string' ? word : undefined;
  } catch {
    return undefined;
  }
}

/** Whether asking again may bring a better answer than this one, which holds no known status. */
export function isTransient(response: StatusResponse): boolean {
  const { status, body } = response;
  if (!mayHoldWord(response)) {
    return status === 408 || status === 425 || status === 429 || (status >= 500 && status < 600);
  }
  try {
    parse(body);
    return false;
  } catch {
    return true;
  }
}

/**
 * The error for an answer without a known status.
 *
 * @param redact blots secrets out of what the server wrote
 * @param retryAfter what the server asked for, ms
 */
export function responseError<S extends string>(
  { status, body }: StatusResponse,
  watch: WatchFacts<S>,
  redact: (text: string) => string,
  retryAfter: number | undefined,
): TaskStatusError<S> {
  // first redacted, then cut: half a secret is not recognised
  const excerpt = redact(body).slice(0, EXCERPT);
  if (isSuccess(status)) {
    return new UnexpectedResponseError(
      `got no known status (${status})${excerpt && `: ${excerpt}`}`,
      { ...watch, code: 'unexpected-response', status, body: excerpt },
    );
  }
  const told = detailOf(body);
  const issues =
    status === 422 && Array.isArray(told) ? told.flatMap((entry) => issue(entry, redact)) : [];
  let detail = excerpt;
  if (typeof told === 'string') detail = redact(told);
  else if (issues.length) detail = issues.map(({ msg }) => msg).join('; ');
  const facts = { ...watch, status, detail };
  switch (status) {
    case 404:
      return new TaskNotFoundError('was not found', { ...facts, code: 'not-found' });
    case 422:
      return new TaskValidationError('was refused', { ...facts, code: 'invalid', issues });
    case 429:
      return new RateLimitError('was asked for too often', {
        ...facts,
        code: 'rate-limited',
        ...(retryAfter === undefined ? {} : { retryAfter }),
      });
    case 401:
    case 403:
      return new AuthenticationError('is not for this API key', { ...facts, code: 'unauthorized' });
    default:
      return new HttpStatusError('got an HTTP error', { ...facts, code: 'http' });
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function mayHoldWord({ status, body }: StatusResponse): boolean {
  return isSuccess(status) && status !== 204 && body.length <= BODY_LIMIT;
}

function parse(body: string): unknown {
  // trim() takes a byte order mark for white space, JSON.parse() for an error
  return JSON.parse(body.trim());
}

function detailOf(body: string): unknown {
  try {
    return fieldOf(parse(body), 'detail');
  } catch {
    return undefined;
  }
}

function issue(entry: unknown, redact: (text: string) => string): ValidationIssue[] {
  const loc = fieldOf(entry, 'loc');
  const msg = fieldOf(entry, 'msg');
  const type = fieldOf(entry, 'type');
  if (typeof msg !== 'string' || typeof type !== 'string' || !isPlace(loc)) return [];
  const clean = loc.map((step) => (typeof step === 'string' ? redact(step) : step));
  return [{ loc: clean, msg: redact(msg), type: redact(type) }];
}

function isPlace(loc: unknown): loc is (string | number)[] {
  return Array.isArray(loc) && loc.every((step) => /^(str|num)/.test(typeof step));
}
