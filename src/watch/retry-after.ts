/**
 * How long a server asks to wait before the next request.
 *
 * `retry-after-ms` (a whole number of ms) wins over `Retry-After` (seconds, or an HTTP date against
 * the answer's own `Date`). A value that makes no sense is as good as none.
 *
 * @param clock gives the time, ms since 1970, for a date in an answer without `Date`
 * @returns ms, 0 or more; `undefined` where the server asks for nothing
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfter(
  headers: { get(name: string): string | null },
  clock: { now(): number },
): number | undefined {
  const ms = wholeNumber(header(headers, 'retry-after-ms'));
  if (ms !== undefined) return ms;
  const value = header(headers, 'retry-after');
  if (value === undefined) return undefined;
  const seconds = wholeNumber(value);
  if (seconds !== undefined) return seconds * 1000;
  const now = clock.now();
  const sent = httpDate(header(headers, 'date'), now) ?? now;
  const until = httpDate(value, sent);
  return until === undefined ? undefined : Math.max(0, until - sent);
}

function header(headers: { get(name: string): unknown }, name: string): string | undefined {
  let value: unknown;
  try {
    value = headers.get(name);
  } catch {
    // a foreign object's
  }
  return typeof value === 'string' ? value.trim() : undefined;
}

function wholeNumber(value: string | undefined): number | undefined {
  return /^\d+$/.test(String(value)) ? Number(value) : undefined;
}

/**
 * An HTTP date in any of its three forms, ms since 1970; `undefined` for anything else.
 *
 * @param now decides the century of a two-digit year
 * @see https://www.rfc-editor.org/rfc/rfc9110#http.date
 */
export function httpDate(text: string | undefined, now: number): number | undefined {
  // a year that seems more than 50 years ahead is the last one that ended in these digits
  const latest = new Date(now).getUTCFullYear() + 50;
  const date = String(text)
    .replace(
      /^[A-Z][a-z]+day, (..)-(...)-(\d\d) /,
      (_, d: string, m: string, y: string) => `${d} ${m} ${latest - ((latest - Number(y)) % 100)} `,
    )
    .replace(
      /^[A-Z][a-z]{2} (...) (..) (\S+) (.*)/,
      (_, m: string, d: string, t: string, y: string) =>
        `${d.replace(' ', '0')} ${m} ${y} ${t} GMT`,
    )
    .replace(/^[A-Z][a-z]{2}, /, '')
    // a leap second, for which a Date has no place
    .replace(':60 ', ':59 ');
  const ms = Date.parse(date);
  // Date.parse() takes much for a date that is none: the 31st of February, for one
  return date !== text && new Date(ms).toUTCString().slice(5) === date ? ms : undefined;
}
