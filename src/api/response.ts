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
import { fieldOf, isObject } from './guards.js';
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
    // Stryker disable next-line ConditionalExpression: only saves to look for fields of what has none
    if (!isObject(value)) return false;
    // by name, which is several times as fast as a look for any field
    const { status, body, headers } = value;
    return (
      typeof status === 'number' &&
      typeof body === 'string' &&
      isObject(headers) &&
      typeof headers.get === 'function'
    );
  } catch {
    return false; // a getter of a foreign object may throw
  }
}

/**
 * What an answer says.
 *
 * @returns the word that it gives as the status, known or not; where it gives none, whether asking
 * again may bring a better answer
 */
export function interpret(
  api: TaskApi<string>,
  { status, body }: StatusResponse,
): string | boolean {
  if (!isSuccess(status)) {
    return (status >= 500 && status < 600) || [408, 425, 429].includes(status);
  }
  if (status === 204 || body.length > BODY_LIMIT) return false;
  const json = parse(body);
  if (json === undefined) return true;
  try {
    const word = api.status(json);
    return typeof word === 'string' && word;
  } catch {
    return false; // it looks for a property of something that is not there
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
  let detail = redact(body).slice(0, EXCERPT);
  const facts = { ...watch, status };
  if (isSuccess(status)) {
    const what = 'got no known status';
    return new UnexpectedResponseError(what, {
      ...facts,
      code: 'unexpected-response',
      body: detail,
    });
  }
  const told = fieldOf(parse(body), 'detail');
  const issues =
    status === 422 && Array.isArray(told) ? told.flatMap((entry) => issue(entry, redact)) : [];
  if (typeof told === 'string') detail = redact(told);
  else if (issues.length) detail = issues.map(({ msg }) => msg).join('; ');
  switch (status) {
    case 404:
      return new TaskNotFoundError('was not found', { ...facts, detail, code: 'not-found' });
    case 422:
      return new TaskValidationError('was refused', { ...facts, detail, code: 'invalid', issues });
    case 429:
      return new RateLimitError('was asked for too often', {
        ...facts,
        detail,
        code: 'rate-limited',
        ...(retryAfter === undefined ? {} : { retryAfter }),
      });
    case 401:
    case 403:
      return new AuthenticationError('is not for this API key', {
        ...facts,
        detail,
        code: 'unauthorized',
      });
    default:
      return new HttpStatusError('got an HTTP error', { ...facts, detail, code: 'http' });
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The JSON of a body; `undefined`, which no JSON is, where there is none. */
function parse(body: string): unknown {
  let json: unknown;
  try {
    // trim() takes a byte order mark for white space, JSON.parse() for an error
    json = JSON.parse(body.trim());
  } catch {
    // it is none
  }
  return json;
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
  return Array.isArray(loc) && loc.every((step) => /str|num/.test(typeof step));
}
