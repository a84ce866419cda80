import { describe, expect, vi } from 'vitest';
import { parseHttpDate, readRetryAfter } from '../../src/api/retry-after.js';
import { fc, test } from '../support/property.js';

const DAYS = ['Sun', 'Mon', 'Tues', 'Wednes', 'Thurs', 'Fri', 'Satur'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The three forms of RFC 9110, section 5.6.7, written out. */
const forms: Readonly<Record<string, (date: Date) => string>> = {
  'IMF-fixdate': (date) =>
    `${dayOf(date).slice(0, 3)}, ${two(date.getUTCDate())} ${monthOf(date)} ${date.getUTCFullYear()} ${timeOf(date)} GMT`,
  'RFC 850': (date) =>
    `${dayOf(date)}, ${two(date.getUTCDate())}-${monthOf(date)}-${two(date.getUTCFullYear() % 100)} ${timeOf(date)} GMT`,
  asctime: (date) =>
    `${dayOf(date).slice(0, 3)} ${monthOf(date)} ${String(date.getUTCDate()).padStart(2)} ${timeOf(date)} ${date.getUTCFullYear()}`,
};

const two = (value: number): string => String(value).padStart(2, '0');
const dayOf = (date: Date): string => `${DAYS[date.getUTCDay()]}day`;
const monthOf = (date: Date): string => MONTHS[date.getUTCMonth()] ?? '';
const timeOf = (date: Date): string =>
  [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
const clock = { now: () => NOW };

/** Whole seconds, not so far off that two digits of a year could mean another century. */
const moment = fc
  .date({ min: new Date('1980-01-01'), max: new Date('2075-12-31'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000));

function headers(fields: Readonly<Record<string, string>>): { get(name: string): string | null } {
  return { get: (name) => fields[name.toLowerCase()] ?? null };
}

describe.each(Object.entries(forms))('an HTTP date as %s', (_, write) => {
  test.prop([moment])('is read as the written time', (date) => {
    expect(parseHttpDate(write(date), NOW)).toBe(date.getTime());
  });

  test.prop([moment, fc.integer({ min: -10_000, max: 10_000 })])(
    'is relative to the Date of the answer, whatever the clock shows',
    (date, seconds) => {
      const until = new Date(date.getTime() + seconds * 1_000);
      const given = headers({ 'retry-after': write(until), date: write(date) });
      expect(readRetryAfter(given, clock)).toBe(Math.max(0, seconds * 1_000));
    },
  );

  test.prop([fc.integer({ min: -10_000, max: 10_000 }), fc.constantFrom('', 'yesterday')])(
    'is relative to the clock if the answer has no valid Date',
    (seconds, date) => {
      const given = headers({ 'retry-after': write(new Date(NOW + seconds * 1_000)), date });
      expect(readRetryAfter(given, clock)).toBe(Math.max(0, seconds * 1_000));
    },
  );

  test.prop([moment, fc.nat(), fc.string({ minLength: 1, maxLength: 2 })])(
    'with inserted characters is invalid or another valid date',
    (date, at, noise) => {
      const text = write(date);
      const spoilt = text.slice(0, at % text.length) + noise + text.slice(at % text.length);
      const found = parseHttpDate(spoilt, NOW);
      const written = Object.values(forms).map((form) => form(new Date(found ?? 0)));
      if (found !== undefined) expect(written.map(afterDay)).toContain(afterDay(spoilt));
    },
  );
});

/** Without the name of the day, which is redundant. */
function afterDay(text: string): string {
  return text.replace(/^[A-Z][a-z]+/, '');
}

describe('not an HTTP date', () => {
  test.each([
    '',
    'now',
    'Sun, 06 Nov 1994',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06 nov 1994 08:49:37 GMT',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 31 Nov 1994 08:49:37 GMT',
    'Wed, 29 Feb 1995 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 06 Nov 1994 8:49:37 GMT',
    'Sun, 06 Nov 1994 08:49 GMT',
    '06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sunday, 06 Nov 94 08:49:37 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov  6 08:49:37 1994 GMT',
    'Sun Nov  6 08:49:37 94',
    '1994-11-06T08:49:37Z',
    '784111777',
    '06 Sun, Nov 1994 08:49:37 GMT',
    'Sun, Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun, Sun Nov  6 08:49:37 1994',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:38 GMT',
  ])('%j', (text) => expect(parseHttpDate(text, NOW)).toBeUndefined());

  test('February 29 is valid in a leap year', () => {
    expect(parseHttpDate('Thu, 29 Feb 1996 08:49:37 GMT', NOW)).toBe(
      Date.UTC(1996, 1, 29, 8, 49, 37),
    );
  });

  test('a leap second is valid', () => {
    const found = parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW) ?? 0;
    const midnight = Date.UTC(2017, 0, 1);
    expect([midnight - 1_000, midnight]).toContain(found);
  });
});

test.each([
  [0, 2_000],
  [76, 2_076],
  [77, 1_977],
  [99, 1_999],
])('the two digits %d mean the year %d: at most 50 ahead', (digits, year) => {
  const text = forms['RFC 850']?.(new Date(Date.UTC(2_000 + digits, 5, 15))) ?? '';
  expect(new Date(parseHttpDate(text, NOW) ?? 0).getUTCFullYear()).toBe(year);
});

describe('Retry-After', () => {
  test.prop([fc.nat()])('in seconds', (seconds) => {
    expect(readRetryAfter(headers({ 'retry-after': String(seconds) }), clock)).toBe(
      seconds * 1_000,
    );
  });

  test.prop([fc.nat(), fc.oneof(fc.nat().map(String), fc.constantFrom('', 'soon', '1.5'))])(
    'is overridden by retry-after-ms',
    (ms, seconds) => {
      const given = headers({ 'retry-after-ms': String(ms), 'retry-after': seconds });
      expect(readRetryAfter(given, clock)).toBe(ms);
    },
  );

  test.prop([
    fc.nat(),
    fc.constantFrom('', ' ', 'soon', '1.5', '-1', '1e3', '5, 10', 'Infinity', '٣'),
  ])('applies if retry-after-ms is malformed', (seconds, ms) => {
    const given = headers({ 'retry-after-ms': ms, 'retry-after': String(seconds) });
    expect(readRetryAfter(given, clock)).toBe(seconds * 1_000);
  });

  test.each([
    '',
    ' ',
    'abc',
    '-1',
    '+1',
    '1.5',
    '1,5',
    '5, 10',
    '1e3',
    '0x10',
    'Infinity',
    'NaN',
    '٣',
    '5 s',
  ])('that is malformed is ignored: %j', (value) =>
    expect(readRetryAfter(headers({ 'retry-after': value }), clock)).toBeUndefined(),
  );

  test.each([{}, { 'retry-after': '5' }, { 'retry-after-ms': '5' }])(
    'does not read the clock if it is not a date: %j',
    (given) => {
      const now = vi.fn(() => NOW);
      readRetryAfter(headers(given), { now });
      expect(now).not.toHaveBeenCalled();
    },
  );

  test('may have white space around it', () => {
    const [date, until] = ['Mon, 23 Nov 2026 12:00:00 GMT', 'Mon, 23 Nov 2026 12:00:05 GMT'];
    for (const given of [
      { 'retry-after': ' 5\t' },
      { 'retry-after-ms': ' 5000\t' },
      { 'retry-after': ` ${until}\t`, date },
      { 'retry-after': until, date: ` ${date}\t` },
    ]) {
      expect(readRetryAfter(headers(given), { now: () => 0 })).toBe(5_000);
    }
  });

  test.prop([fc.string(), fc.string(), fc.string()])(
    'is a time or undefined for any headers',
    (ms, seconds, date) => {
      const given = headers({ 'retry-after-ms': ms, 'retry-after': seconds, date });
      const found = readRetryAfter(given, clock);
      expect(found === undefined || found >= 0).toBe(true);
    },
  );

  test.each([NaN, undefined, 'now'])('with a date is 0 if the clock shows %s', (reading) => {
    const odd = { now: () => reading as never };
    const date = 'Mon, 23 Nov 2026 12:00:05 GMT';
    expect(readRetryAfter(headers({ 'retry-after': date }), odd)).toBe(0);
  });

  test('is undefined for malformed headers', () => {
    const odd = [() => undefined, () => 5, () => ['5'], () => Promise.resolve('5')];
    for (const get of odd) expect(readRetryAfter({ get: get as never }, clock)).toBeUndefined();
    const get = (): never => {
      throw new Error('no headers');
    };
    expect(readRetryAfter({ get }, clock)).toBeUndefined();
  });
});
