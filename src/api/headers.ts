import { fieldOf, isObject } from './guards.js';

/** The headers of an answer: a `Headers` object, anything else with `get()`, or a plain record. */
export type ResponseHeaders =
  | {
      /** The value of a header, its name in any case; `null` if there is none. */
      get(name: string): string | null;
    }
  | Readonly<Record<string, string | string[] | undefined>>;

/**
 * The value of one header; `undefined` if there is none or if it is not text. Never throws.
 *
 * @param name in any case; the keys of a record may be in any case too
 * @returns the value; those of a list, and of keys that differ only in case, are joined with `, `
 */
export function headerOf(headers: ResponseHeaders, name: string): string | undefined {
  try {
    if (typeof headers.get !== 'function') return recordValue(headers, name.toLowerCase());
    const value: unknown = headers.get(name);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined; // get() or a proxy threw
  }
}

/** Reads the headers of an answer. Never throws. */
export interface HeaderReader {
  /** The value of a header, its name in any case; `null` if there is none. Several are joined with `, `. */
  get(name: string): string | null;
}

/** A reader of headers of any kind. Never throws. */
export function headerReader(headers: ResponseHeaders): HeaderReader {
  return { get: (name) => headerOf(headers, name) ?? null };
}

/** Headers over others, whose names may differ in case. */
export function overHeaders(
  defaults: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const given = Object.keys(headers).map((name) => name.toLowerCase());
  const others = Object.entries(defaults).filter(([name]) => !given.includes(name.toLowerCase()));
  return { ...Object.fromEntries(others), ...headers };
}

/** Whether a header can have this name. See https://www.rfc-editor.org/rfc/rfc9110#tokens. */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~\w]+$/.test(name);
}

/** Whether a value can be the headers of an answer. */
export function isHeaders(value: unknown): value is ResponseHeaders {
  return isObject(value) && !Array.isArray(value);
}

function recordValue(record: object, name: string): string | undefined {
  const values = Object.keys(record)
    .filter((key) => key.toLowerCase() === name)
    .flatMap((key) => fieldOf(record, key))
    .filter((value) => typeof value === 'string');
  return values.length > 0 ? values.join(', ') : undefined;
}
