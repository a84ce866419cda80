import { DEFAULT_BODY_LIMIT } from './body-limit.js';
import {
  AuthenticationError,
  HttpStatusError,
  RateLimitError,
  TaskNotFoundError,
  TaskValidationError,
  UnexpectedResponseError,
  type PacingFacts,
  type TaskStatusError,
  type ValidationIssue,
  type WatchFacts,
} from './errors.js';
import { fieldOf, isOneOf } from './guards.js';
import { headerReader, type HeaderReader, type ResponseHeaders } from './headers.js';
import { excerpt, type Redactor } from './redact.js';
import type { AnswerHead, TaskApi } from './task-api.js';

/** A server's answer, with its body read. */
export interface StatusResponse {
  /** The HTTP status; 0 for a redirect in a browser. */
  readonly status: number;
  /** The headers: a `Headers` object or a plain record. */
  readonly headers: ResponseHeaders;
  /** The body as text. */
  readonly body: string;
}

/** What was read from an answer: a known status, or why there is none. */
export type Reading<S extends string> =
  | { readonly isKnown: true; readonly status: S; readonly json: unknown }
  | {
      readonly isKnown: false;
      /** A status that the API does not list. */
      readonly unknownWord?: string | undefined;
      /** What is wrong with a 2xx: `a body that is not JSON`. Empty for other HTTP statuses. */
      readonly problem: string;
      /** Whether a retry may get a better answer. */
      readonly transient: boolean;
      /** The parsed body; `undefined` if it is not JSON or was not parsed. */
      readonly json?: unknown;
    };

/** Reads the status from an answer. */
export function readStatus<S extends string>(
  api: TaskApi<S>,
  { status, headers, body }: StatusResponse,
  reader: HeaderReader = headerReader(headers),
): Reading<S> {
  if (!isSuccess(status)) {
    return {
      isKnown: false,
      problem: '',
      transient: isTransientStatus(status),
      json: parseJson(body),
    };
  }
  if (body.length > bodyLimitOf(api)) {
    const problem = `a body that is too long, over ${bodyLimitOf(api)} bytes`;
    return { isKnown: false, problem, transient: false };
  }
  const isEmpty = !body.trim();
  // the second parameter is for an API that reports progress by HTTP status
  const canBeEmpty = api.status.length > 1;
  if (status === 204 && !canBeEmpty) {
    return { isKnown: false, problem: 'no body', transient: false };
  }
  const json = parseJson(body);
  if (json === undefined && !(isEmpty && canBeEmpty)) {
    const problem = isEmpty ? 'an empty body' : 'a body that is not JSON';
    return { isKnown: false, problem, transient: true };
  }
  const word = readWord(api, json, { status, headers: reader });
  if (isOneOf(api.statuses, word)) return { isKnown: true, status: word, json };
  const problem = 'a body that is not a known status';
  const unknownWord = typeof word === 'string' ? word : undefined;
  return { isKnown: false, problem, transient: false, json, unknownWord };
}

/** The longest body that is read for this API. */
export function bodyLimitOf(api: TaskApi<string>): number {
  return api.bodyLimit ?? DEFAULT_BODY_LIMIT;
}

function readWord(api: TaskApi<string>, json: unknown, response: AnswerHead): unknown {
  try {
    return api.status(json, response);
  } catch {
    return undefined; // it read a property of null or undefined
  }
}

/** The error for an answer without a known status. */
export function responseError<S extends string>(
  { status, body }: StatusResponse,
  { problem, json }: { readonly problem: string; readonly json?: unknown },
  facts: WatchFacts<S> & PacingFacts,
  redact: Redactor,
): TaskStatusError<S> {
  if (isSuccess(status)) {
    const shown = excerpt(body, redact);
    return new UnexpectedResponseError({ ...facts, status, problem, body: shown });
  }
  const given = fieldOf(json, 'detail');
  const whole = (text: string): string => excerpt(text, redact, Infinity);
  const issues = status === 422 ? readIssues(given, whole) : [];
  let detail: string;
  if (typeof given === 'string') detail = whole(given);
  else if (issues.length) detail = issues.map(({ msg }) => msg).join('; ');
  else detail = excerpt(body, redact);
  const http = { ...facts, status, detail };
  switch (status) {
    case 404:
      return new TaskNotFoundError(http);
    case 422:
      return new TaskValidationError({ ...http, issues });
    case 429:
      return new RateLimitError(http);
    case 401:
    case 403:
      return new AuthenticationError(http);
    default:
      return new HttpStatusError(http);
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Whether a retry can help after an answer with this HTTP status. */
export function isTransientStatus(status: number): boolean {
  return (status >= 500 && status < 600) || [408, 425, 429].includes(status);
}

/** Parses a body; `undefined`, which JSON cannot be, if it is not JSON. */
function parseJson(body: string): unknown {
  let json: unknown;
  try {
    // trim() also removes a byte order mark, which JSON.parse() does not accept
    json = JSON.parse(body.trim());
  } catch {
    // not JSON
  }
  return json;
}

function readIssues(detail: unknown, redact: (text: string) => string): ValidationIssue[] {
  if (!Array.isArray(detail)) return [];
  return detail.flatMap((entry: unknown): ValidationIssue[] => {
    const loc = fieldOf(entry, 'loc');
    const msg = fieldOf(entry, 'msg');
    const type = fieldOf(entry, 'type');
    if (typeof msg !== 'string' || typeof type !== 'string' || !isLocation(loc)) return [];
    const clean = loc.map((step) => {
      const shown = redact(String(step));
      // a key may be a number
      return shown === String(step) ? step : shown;
    });
    return [{ loc: clean, msg: redact(msg), type: redact(type) }];
  });
}

function isLocation(loc: unknown): loc is (string | number)[] {
  return (
    Array.isArray(loc) && loc.every((step) => typeof step === 'string' || typeof step === 'number')
  );
}
