import { MAX_ESCAPE_LENGTH } from './encodings.js';
import {
  findSecrets,
  MAX_PROBE_LENGTH,
  type Needle,
  needlesOf,
  probeFor,
  type Span,
} from './find-secrets.js';
import { fieldOf, show } from './guards.js';

/** Replaces a secret. */
const MASK = '***';

/** Shorter header values, and shorter parts of them, are ordinary words and no secrets. */
const MIN_HEADER_LENGTH = 8;

/** How many characters of a body an error shows. */
const EXCERPT_LENGTH = 200;

/** How many levels of a foreign error and its causes are copied. */
const MAX_CAUSES = 5;

/** The secrets that a text must not show. */
export interface Secrets {
  /** The API keys of this request and of the previous one. A key of any length is a secret. */
  readonly apiKeys: readonly string[];
  /** The headers of the request. Values of at least 8 characters, and such parts of them, are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** The name of the header with the API key. Apart from the key, its value is no secret. */
  readonly authorizationHeader?: string | undefined;
}

/**
 * Replaces every secret in a text by `***`. It never throws.
 *
 * Only for text from an answer or a foreign error. In the library's own messages, a very short key
 * would be found in ordinary words.
 *
 * @param shown how many characters of the result are needed. The rest may be left out, so that a long
 * text is not searched to its end
 */
export type Redactor = (text: string, shown?: number) => string;

/**
 * Creates a function that replaces secrets in foreign text.
 *
 * It finds a secret as it is, and percent-encoded or JSON-escaped, in whole or in part, also if the
 * encodings are nested. It also finds a secret inside Base64 or Base64url at any alignment.
 *
 * The needles of a secret are created once, for the first text that is long enough to contain it. The
 * cost is linear in the text, and does not grow with the length of secrets that the text does not contain.
 */
export function createRedactor(secrets: Secrets): Redactor {
  let values: readonly string[] | undefined;
  const made: (readonly Needle[] | undefined)[] = [];
  return (text, shown = Infinity) => {
    try {
      values ??= listSecrets(secrets);
      const needles = values
        // a long token costs nothing while all texts are short
        .flatMap((value, index) =>
          value.length > text.length * MAX_ESCAPE_LENGTH ? [] : (made[index] ??= needlesOf(value)),
        )
        .filter(({ length }) => length <= text.length);
      return needles.length ? redactBeginning(text, shown, needles) : text;
    } catch {
      return MASK;
    }
  };
}

/**
 * The beginning of a text, with its secrets replaced.
 *
 * @param length at most how many characters are shown
 * @returns a copy that does not keep the whole text in memory
 */
export function excerpt(text: string, redact: Redactor, length = EXCERPT_LENGTH): string {
  // redact first: half a secret is not recognised
  const shown = redact(text, length).slice(0, length);
  // drop half of a surrogate pair
  return copyOf(shown.replace(/[\ud800-\udbff]$/, ''));
}

/** Copies a string: in V8, a slice keeps the string that it was cut from in memory. */
function copyOf(text: string): string {
  return ` ${text}`.slice(1);
}

/** The API keys, and the header values and their parts that are long enough. */
function listSecrets({ apiKeys, headers, authorizationHeader }: Secrets): string[] {
  const keys = apiKeys
    .map((key) => key.trim())
    .filter((key, index, all) => key !== '' && all.indexOf(key) === index);
  const keyHeader = authorizationHeader?.toLowerCase();
  const parts = Object.entries(headers)
    .filter(
      ([name, value]) =>
        name.toLowerCase() !== keyHeader || !keys.some((key) => value.includes(key)),
    )
    .flatMap(([, value]) => [value, ...partsOf(value.trim())])
    .filter((part) => part.length >= MIN_HEADER_LENGTH);
  return keys.concat([...new Set(parts)]);
}

/**
 * A header value, its words, cookies and parameters without what they are assigned to, and the
 * password of `Basic`.
 */
function partsOf(value: string): string[] {
  // a cookie may have commas in it, and both may have spaces
  const pieces = [/[\s;,]+/, /;\s*/, /,\s*/].flatMap((separator) => value.split(separator));
  const parts = [
    value,
    ...pieces.map((piece) => piece.replace(/^[^=]*=(?=[^=])/, '').replace(/^"|"$/g, '')),
  ];
  if (/^basic\s/i.test(value)) {
    try {
      const credentials = atob(value.slice(6).trim());
      parts.push(credentials, credentials.slice(credentials.indexOf(':') + 1));
    } catch {
      // not Base64, or a runtime without atob()
    }
  }
  return parts;
}

/** Replaces the secrets in at least the first `shown` characters, and searches no more than necessary. */
function redactBeginning(text: string, shown: number, needles: readonly Needle[]): string {
  // usually no secret begins in the part that is shown
  const probes = needles.map(probeFor);
  const glance = text.slice(0, shown + MAX_PROBE_LENGTH);
  const isHidden = ({ start }: Span): boolean => start >= shown;
  if (glance.length < text.length && findSecrets(glance, probes).every(isHidden)) {
    return text.slice(0, shown);
  }
  const spans = findSecrets(text, needles).sort((a, b) => a.start - b.start);
  if (!spans.length) return text;
  const pieces: string[] = [];
  let done = 0;
  for (const { start, end } of spans) {
    // secrets that overlap or touch become one mask
    if (start > done || !done) pieces.push(text.slice(done, start), MASK);
    done = Math.max(done, end);
  }
  pieces.push(text.slice(done));
  // join() copies; a concatenation of slices would keep the text, with its secrets, in memory
  return pieces.join('');
}

/** The fields of a foreign error that are copied. */
export interface PlainCause {
  name?: string;
  message?: string;
  code?: string | number;
  cause?: PlainCause;
}

/**
 * A plain copy of a foreign error without secrets: its name, message, code and cause.
 *
 * The error itself is not kept: it may contain the request with its headers.
 */
export function plainCause(error: unknown, redact: Redactor, depth = 1): PlainCause | undefined {
  if (error === undefined || error === null) return undefined;
  if (typeof error !== 'object') {
    return { message: copyOf(redact(typeof error === 'string' ? error : show(error))) };
  }
  const copy: PlainCause = {};
  for (const field of ['name', 'message'] as const) {
    const value = fieldOf(error, field);
    if (typeof value === 'string') copy[field] = copyOf(redact(value));
  }
  const code = fieldOf(error, 'code');
  if (typeof code === 'string' || typeof code === 'number') {
    const clean = redact(String(code));
    copy.code = clean === String(code) ? code : clean;
  }
  const cause =
    depth < MAX_CAUSES ? plainCause(fieldOf(error, 'cause'), redact, depth + 1) : undefined;
  if (cause) copy.cause = cause;
  return copy;
}

/** The messages of a plain copy and its causes in one line of at most 200 characters. */
export function reasonOf(error: PlainCause | undefined): string {
  const parts: string[] = [];
  for (let it = error; it; it = it.cause) {
    // `||`: the message of an AggregateError is empty
    parts.push(String(it.message || it.code || it.name || ''));
  }
  return copyOf(parts.filter(Boolean).join(': ').slice(0, EXCERPT_LENGTH));
}
