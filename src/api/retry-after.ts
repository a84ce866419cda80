import { headerOf, type ResponseHeaders } from './headers.js';

/**
 * Reads the delay that a server asks for before the next request.
 *
 * `retry-after-ms` (an integer, ms) wins over `Retry-After` (seconds, or an HTTP date relative
 * to the answer's own `Date`). A malformed value is ignored.
 *
 * @param clock the time in ms since 1970, for a date in an answer without `Date`
 * @returns ms, 0 or more; `undefined` if the server does not ask for a delay
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function readRetryAfter(
  headers: ResponseHeaders,
  clock: { now(): number },
): number | undefined {
  const ms = parseWholeNumber(headerOf(headers, 'retry-after-ms'));
  if (ms !== undefined) return ms;
  const value = headerOf(headers, 'retry-after')?.trim();
  if (value === undefined) return undefined;
  const seconds = parseWholeNumber(value);
  if (seconds !== undefined) return seconds * 1000;
  const now = clock.now();
  const sent = parseHttpDate(headerOf(headers, 'date')?.trim(), now) ?? now;
  const until = parseHttpDate(value, sent);
  if (until === undefined) return undefined;
  const delay = until - sent;
  // 0 also if the clock is not a number
  return delay > 0 ? delay : 0;
}

function parseWholeNumber(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d+\s*$/.test(value) ? Number(value) : undefined;
}

/**
 * Parses an HTTP date in any of its three forms.
 *
 * @param now decides the century of a two-digit year
 * @returns ms since 1970; `undefined` for anything else
 * @see https://www.rfc-editor.org/rfc/rfc9110#http.date
 */
export function parseHttpDate(text: string | undefined, now: number): number | undefined {
  // RFC 9110: a two-digit year is at most 50 years ahead, else it is the last past year with these digits
  const latest = new Date(now).getUTCFullYear() + 50;
  const date = String(text)
    // RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
    .replace(
      /^[A-Z][a-z]+day, (..)-(...)-(\d\d) /,
      (_, d: string, m: string, y: string) => `${d} ${m} ${latest - ((latest - Number(y)) % 100)} `,
    )
    // asctime(): Sun Nov  6 08:49:37 1994
    .replace(
      /^[A-Z][a-z]{2} (...) (..) (\S+) (.*)/,
      (_, m: string, d: string, t: string, y: string) =>
        `${d.replace(' ', '0')} ${m} ${y} ${t} GMT`,
    )
    // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
    .replace(/^[A-Z][a-z]{2}, /, '')
    // a leap second, which a Date cannot represent
    .replace(':60 ', ':59 ');
  const ms = Date.parse(date);
  // Date.parse() accepts dates that do not exist, such as the 31st of February
  return date !== text && new Date(ms).toUTCString().slice(5) === date ? ms : undefined;
}
