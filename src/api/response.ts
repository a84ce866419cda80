import {
  AuthenticationError,
  HttpStatusError,
  RateLimitError,
  TaskNotFoundError,
  TaskValidationError,
  UnexpectedResponseError,
  type ErrorFacts,
  type TaskStatusError,
  type ValidationIssue,
} from './errors.js';
import type { TaskApi } from './task-api.js';

/** An answer of the server, its body read. */
export interface StatusResponse {
  /** The HTTP status; 0 for a redirect in a browser. */
  readonly status: number;
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
    if (!isRecord(value)) return false;
    const { status, headers, body } = value;
    return (
      typeof status === 'number' &&
      typeof body === 'string' &&
      isRecord(headers) &&
      typeof headers['get'] === 'function'
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
  facts: ErrorFacts<S>,
  redact: (text: string) => string,
  retryAfter: number | undefined,
): TaskStatusError<S> {
  // first redacted, then cut: half a secret is not recognised
  const excerpt = redact(body).slice(0, EXCERPT);
  if (isSuccess(status)) return new UnexpectedResponseError(status, excerpt, facts);
  const told = body.length > BODY_LIMIT ? undefined : detailOf(body);
  const issues =
    status === 422 && Array.isArray(told) ? told.flatMap((entry) => issue(entry, redact)) : [];
  const detail =
    typeof told === 'string'
      ? redact(told)
      : issues.length
        ? issues.map(({ msg }) => msg).join('; ')
        : excerpt;
  if (status === 404) return new TaskNotFoundError(status, detail, facts);
  if (status === 422) return new TaskValidationError(status, detail, issues, facts);
  if (status === 429) return new RateLimitError(status, detail, retryAfter, facts);
  if (status === 401 || status === 403) return new AuthenticationError(status, detail, facts);
  return new HttpStatusError('got an HTTP error', 'http', status, detail, facts);
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
    const json = parse(body);
    return isRecord(json) ? json['detail'] : undefined;
  } catch {
    return undefined;
  }
}

function issue(entry: unknown, redact: (text: string) => string): ValidationIssue[] {
  if (!isRecord(entry)) return [];
  const { loc, msg, type } = entry;
  if (typeof msg !== 'string' || typeof type !== 'string' || !Array.isArray(loc)) return [];
  const place = loc.filter((step) => typeof step === 'string' || typeof step === 'number');
  if (place.length !== loc.length) return [];
  return [
    {
      loc: place.map((step) => (typeof step === 'string' ? redact(step) : step)),
      msg: redact(msg),
      type: redact(type),
    },
  ];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
