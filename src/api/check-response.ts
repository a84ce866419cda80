import { isHeaders } from './headers.js';
import { misuse, typeName } from './misuse.js';
import type { StatusResponse } from './response.js';
import { fieldOf, hasMethod, isObject } from './guards.js';
import type { FetchResponse } from './transport.js';

/**
 * Checks what a transport answered.
 *
 * @returns the answer itself
 * @throws a `misuse()` that names each wrong field
 */
export function checkResponse(value: unknown): StatusResponse {
  if (isResponse(value)) return value;
  const fix = hasMethod(value, 'text')
    ? ': a Response of fetch has to be read, for example { status, headers, body: await response.text() }'
    : '';
  throw misuse(
    `transport must answer with a StatusResponse${faultsOf(value, [STATUS, HEADERS, BODY])}${fix}`,
  );
}

/**
 * Checks what `fetch` resolved with.
 *
 * @returns the response itself
 * @throws a `misuse()` that names each wrong field
 */
export function checkFetchResponse(value: unknown): FetchResponse {
  if (!isFetchResponse(value)) {
    const faults = faultsOf(value, [STATUS, FETCH_HEADERS, ...(hasChunks(value) ? [] : [TEXT])]);
    throw misuse(`fetch must resolve with a Response${faults}: a mock can return ${EXAMPLE}`);
  }
  if (fieldOf(value, 'bodyUsed') === true || fieldOf(value.body, 'locked') === true) {
    throw misuse(
      'fetch must resolve with a new Response for each request, and this one has already been read: ' +
        `a mock can be () => Promise.resolve(${EXAMPLE}), and a wrapper can read response.clone()`,
    );
  }
  return value;
}

/** Checks what `text()` of a response resolved with. */
export function checkText(text: unknown): string {
  if (typeof text === 'string') return text;
  throw misuse(
    `fetch must resolve with a Response: text() must resolve with a string, got ${typeName(text)}`,
  );
}

/** Whether a body can be read in chunks. */
function hasChunks(response: unknown): boolean {
  const body = fieldOf(response, 'body');
  return hasMethod(body, 'getReader') || isAsyncIterable(body);
}

export function isAsyncIterable(body: unknown): body is AsyncIterable<unknown> {
  return isObject(body) && Symbol.asyncIterator in body;
}

const EXAMPLE = `new Response('"running"')`;

/** A field that an answer must have. */
interface Requirement {
  readonly field: string;
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const STATUS: Requirement = {
  field: 'status',
  expected: 'a number from 100 to 999, or 0',
  accepts: isStatusCode,
};
const HEADERS: Requirement = {
  field: 'headers',
  expected: 'a record or an object with get()',
  accepts: isHeaders,
};
const BODY: Requirement = {
  field: 'body',
  expected: 'the text of the answer as a string',
  accepts: (value) => typeof value === 'string',
};
const FETCH_HEADERS: Requirement = {
  field: 'headers',
  expected: 'a Headers object',
  accepts: (value) => hasMethod(value, 'get'),
};
const TEXT: Requirement = {
  field: 'text',
  expected: 'a function',
  accepts: (value) => typeof value === 'function',
};

/** What is wrong with a value, as the end of a sentence. Shows no value but a wrong status. */
function faultsOf(value: unknown, requirements: readonly Requirement[]): string {
  if (!isObject(value)) return `, got ${typeName(value)}`;
  const faults = requirements.flatMap((requirement) => faultOf(value, requirement));
  return `: ${faults.join(', ')}`;
}

function faultOf(
  value: Readonly<Record<string, unknown>>,
  { field, expected, accepts }: Requirement,
): string[] {
  let got: string;
  try {
    const given = value[field];
    if (accepts(given)) return [];
    got = typeof given === 'number' ? String(given) : typeName(given);
  } catch {
    got = 'a getter that throws';
  }
  return [`${field} must be ${expected}, got ${got}`];
}

/** Only a few property reads, as this runs for each answer. */
function isResponse(value: unknown): value is StatusResponse {
  try {
    if (!isObject(value)) return false;
    const { status, body, headers } = value;
    return isStatusCode(status) && typeof body === 'string' && isHeaders(headers);
  } catch {
    return false; // a getter of a foreign object
  }
}

function isFetchResponse(value: unknown): value is FetchResponse {
  try {
    if (!isObject(value)) return false;
    const { status, headers, text } = value;
    return (
      isStatusCode(status) &&
      hasMethod(headers, 'get') &&
      (typeof text === 'function' || hasChunks(value))
    );
  } catch {
    return false; // a getter of a foreign object
  }
}

/** Whether a value can be an HTTP status. Servers send codes above 599 too; 0 is a hidden redirect. */
function isStatusCode(value: unknown): boolean {
  return value === 0 || (Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 999);
}
