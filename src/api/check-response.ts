import { isHeaders } from './headers.js';
import { misuse, typeName } from './misuse.js';
import type { StatusResponse } from './response.js';
import { fieldOf, hasMethod, isObject } from './guards.js';
import type { FetchResponse } from './transport.js';

/** What a field of an answer must be. */
type Requirement = readonly [
  field: string,
  expected: string,
  accepts: (value: unknown, answer: unknown) => boolean,
];

const STATUS: Requirement = ['status', 'a number from 100 to 999, or 0', isStatusCode];

const STATUS_RESPONSE: readonly Requirement[] = [
  STATUS,
  ['headers', 'a record or an object with get()', isHeaders],
  ['body', 'a string, as from response.text()', (body) => typeof body === 'string'],
];

const FETCH_RESPONSE: readonly Requirement[] = [
  STATUS,
  ['headers', 'a Headers object', (headers) => hasMethod(headers, 'get')],
  ['text', 'a function', (text, response) => typeof text === 'function' || hasChunks(response)],
  ['body', 'unread (each request needs a new Response)', (_, response) => isUnread(response)],
];

/** Throws a `misuse()` error that names the field, if a transport does not return a valid answer. */
export function checkResponse(value: unknown): asserts value is StatusResponse {
  checkFields(value, STATUS_RESPONSE, 'transport must answer with a StatusResponse');
}

/** Throws a `misuse()` error that names the field, if `fetch` does not resolve with a valid response. */
export function checkFetchResponse(value: unknown): asserts value is FetchResponse {
  checkFields(
    value,
    FETCH_RESPONSE,
    `fetch must resolve with a Response, for example new Response('"running"')`,
  );
}

/** Throws for the first wrong field. The message shows a number, but of other values only the type. */
function checkFields(value: unknown, requirements: readonly Requirement[], message: string): void {
  if (!isObject(value)) throw misuse(`${message}, got ${typeName(value)}`);
  for (const [field, expected, accepts] of requirements) {
    const given = fieldOf(value, field);
    if (accepts(given, value)) continue;
    const got = typeof given === 'number' ? given : typeName(given);
    throw misuse(`${message}: ${field} must be ${expected}, got ${got}`);
  }
}

/** Whether the body of a response can be read in chunks. */
function hasChunks(response: unknown): boolean {
  const body = fieldOf(response, 'body');
  return hasMethod(body, 'getReader') || isAsyncIterable(body);
}

export function isAsyncIterable(body: unknown): body is AsyncIterable<unknown> {
  return isObject(body) && Symbol.asyncIterator in body;
}

function isUnread(response: unknown): boolean {
  return !fieldOf(response, 'bodyUsed') && !fieldOf(fieldOf(response, 'body'), 'locked');
}

/** Whether a value can be an HTTP status. Some servers use codes above 599; 0 is a hidden redirect. */
function isStatusCode(value: unknown): boolean {
  return value === 0 || (Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 999);
}
