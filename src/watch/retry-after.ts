const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const LONG_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';
const MONTH = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const TIME = '(\\d\\d):(\\d\\d):(\\d\\d)';

/**
 * How long a server asks to wait before the next request.
 *
 * `retry-after-ms` (a whole number of ms) wins over `Retry-After` (seconds, or an HTTP date against
 * the answer's own `Date`). A value that makes no sense is as good as none.
 *
 * @param clock the time, ms since 1970, for a date in an answer without `Date`
 * @returns ms, 0 or more; `undefined` where the server asks for nothing
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfter(
  headers: { get(name: string): string | null },
  clock: () => number,
): number | undefined {
  const ms = wholeNumber(header(headers, 'retry-after-ms'));
  if (ms !== undefined) return ms;
  const value = header(headers, 'retry-after');
  if (value === '') return undefined;
  const seconds = wholeNumber(value);
  if (seconds !== undefined) return seconds * 1000;
  const now = clock();
  const sent = httpDate(header(headers, 'date'), now) ?? now;
  const until = httpDate(value, sent);
  return until === undefined ? undefined : Math.max(0, until - sent);
}

function header(headers: { get(name: string): unknown }, name: string): string {
  try {
    const value = headers.get(name);
    return typeof value === 'string' ? value.trim() : '';
  } catch {
    return ''; // a foreign object's
  }
}

function wholeNumber(value: string): number | undefined {
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

/**
 * An HTTP date in any of its three forms, ms since 1970; `undefined` for anything else.
 *
 * @param now decides the century of a two-digit year
 * @see https://www.rfc-editor.org/rfc/rfc9110#http.date
 */
export function httpDate(text: string, now: number): number | undefined {
  const match = (pattern: string): string[] | undefined =>
    new RegExp(`^${pattern}$`).exec(text)?.slice(1);
  let found = match(`${DAY}, (\\d\\d) ${MONTH} (\\d{4}) ${TIME} GMT`);
  if (found) return moment(found);
  found = match(`${LONG_DAY}, (\\d\\d)-${MONTH}-(\\d\\d) ${TIME} GMT`);
  if (found) {
    const [day = '', month = '', twoDigits = '', ...time] = found;
    // a year that seems more than 50 years ahead is the last one that ended in these digits
    const latest = new Date(now).getUTCFullYear() + 50;
    const year = latest - ((((latest - Number(twoDigits)) % 100) + 100) % 100);
    return moment([day, month, String(year), ...time]);
  }
  found = match(`${DAY} ${MONTH} ([ \\d]\\d) ${TIME} (\\d{4})`);
  if (!found) return undefined;
  const [month = '', day = '', hours = '', minutes = '', seconds = '', year = ''] = found;
  return moment([day, month, year, hours, minutes, seconds]);
}

function moment([day, month = '', year, hours, minutes, seconds]: string[]): number | undefined {
  const date = Number(day);
  const time = Date.UTC(
    Number(year),
    MONTHS.indexOf(month) / 3,
    date,
    Number(hours),
    Number(minutes),
    Number(seconds),
  );
  const valid =
    Number(hours) < 24 &&
    Number(minutes) < 60 &&
    Number(seconds) <= 60 &&
    new Date(Date.UTC(Number(year), MONTHS.indexOf(month) / 3, date)).getUTCDate() === date;
  return valid ? time : undefined;
}
