import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, vi } from 'vitest';
import { createRedactor, excerpt, plainCause, reasonOf } from '../../src/api/redact.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { seeded } from '../support/seeded.js';

type Random = () => number;

/** Redacts this API key. */
const keyRedactor = (...apiKeys: string[]) => createRedactor({ apiKeys, headers: {} });
/** Redacts this header value. */
const headerRedactor = (value: string) =>
  createRedactor({ apiKeys: [], headers: { 'X-A': value } });

const pick = <T>(random: Random, values: ArrayLike<T>): T =>
  values[Math.floor(random() * values.length)]!;
const draw = (random: Random, length: number, alphabet: ArrayLike<string>): string =>
  Array.from({ length }, () => pick(random, alphabet)).join('');

const hex = (random: Random, code: number, digits: number): string => {
  const lower = code.toString(16).padStart(digits, '0');
  return random() < 0.5 ? lower : lower.toUpperCase();
};
const hexOfBytes = (random: Random, bytes: Buffer): string =>
  Array.from(bytes, (byte) => `%${hex(random, byte, 2)}`).join('');

/** Percent-encodes some characters, mostly as UTF-8, or all of them as Latin-1. */
function percentEncode(text: string, random: Random, share: number): string {
  // some neighbouring characters, as Latin-1, are the bytes of one character in UTF-8
  const isAmbiguous = /[Â-ß][\x80-\xbf]/.test(text) && text.length < 16;
  const charset = share < 1 || isAmbiguous || random() < 0.8 ? 'utf8' : 'latin1';
  return Array.from(text, (char) => {
    if (random() >= share && char !== '%') return char;
    if (char === ' ' && random() < 0.5) return '+';
    return hexOfBytes(random, Buffer.from(char, charset));
  }).join('');
}

/** Escapes some characters for JSON: the ones that must be, and others. */
function jsonEscape(text: string, random: Random, share: number): string {
  return Array.from(text, (char) => {
    if (random() >= share && char !== '\\' && char !== '"') return char;
    if (char === '/') return '\\/';
    if (random() < 0.5) {
      const quoted = JSON.stringify(char).slice(1, -1);
      if (quoted !== char) return quoted;
    }
    return `\\u${hex(random, char.charCodeAt(0), 4)}`;
  }).join('');
}

const ENCODINGS: Readonly<Record<string, (text: string, random: Random) => string>> = {
  'as it is': (text) => text,
  'percent-encoded by encodeURIComponent()': (text) => encodeURIComponent(text),
  'percent-encoded by encodeURI()': (text) => encodeURI(text),
  'percent-encoded in a form': (text) => new URLSearchParams({ '': text }).toString().slice(1),
  'percent-encoded in whole': (text, random) => percentEncode(text, random, 1),
  'percent-encoded in part': (text, random) => percentEncode(text, random, random()),
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in JSON': (text) => JSON.stringify(text).slice(1, -1),
  'in JSON with slashes escaped': (text) =>
    JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  'JSON-escaped in whole': (text, random) => jsonEscape(text, random, 1),
  'JSON-escaped in part': (text, random) => jsonEscape(text, random, random()),
  'in JSON in JSON': (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
  'in JSON, percent-encoded': (text, random) => encodeURIComponent(jsonEscape(text, random, 0.3)),
  'percent-encoded, in JSON': (text, random) => jsonEscape(encodeURIComponent(text), random, 0.3),
};

/** What a header can carry, with those characters often that mean something to an encoding. */
const HEADER_CHARS = [
  ...Array.from({ length: 0x5f }, (_, index) => String.fromCharCode(0x20 + index)),
  ...Array.from({ length: 0x60 }, (_, index) => String.fromCharCode(0xa0 + index)),
  ...Array.from('%\\"/+= %\\"/+= abcdef0123456789'),
].filter((char) => char !== '*');
const ALPHABETS: readonly ArrayLike<string>[] = [
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  '0123456789abcdef',
  'ab',
  '%25\\u0041/"',
  HEADER_CHARS,
];

/** Mostly short ones, and some as long as a header can be. */
const length = (shortest: number, longest = 65_536) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: shortest, max: 60 }) },
    { weight: 3, arbitrary: fc.integer({ min: shortest, max: 3_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: shortest, max: longest }) },
  );

/** What text before a secret may end with, so that the secret's own beginning is read with it. */
const HALF_ESCAPES = ['\\', '\\\\\\', '\\u', '\\u00', '%', '%4', '%C3', '%5C', '%25', '%\\', '\\%'];

/** A secret, and text to stand around it. */
const situation = (shortest: number, longest?: number) =>
  fc
    .record({
      seed: fc.integer(),
      size: length(shortest, longest),
      alphabet: fc.constantFrom(...ALPHABETS),
      around: fc.constantFrom(...ALPHABETS),
      before: length(0, 30_000),
      after: length(0, 30_000),
    })
    .map(({ seed, size, alphabet, around, before, after }) => {
      const random = seeded(seed);
      return {
        random,
        secret: `x${draw(random, size, alphabet)}y`.slice(1, -1).trim().padEnd(shortest, '~'),
        // a backslash before what is escaped for JSON would be escaped there, too
        before: draw(random, before, around).replace(/\\+$/, ''),
        after: draw(random, after, around),
      };
    });

describe.each(Object.entries(ENCODINGS))('a secret %s', (_, encode) => {
  test.prop([situation(1)], runs(40))('is replaced', ({ random, secret, after, ...rest }) => {
    // what an escape at the end of that may do is another property
    const before = rest.before.replace(/(?:\\|%[\da-f]{0,2})+$/i, '');
    const encoded = encode(secret, random);
    const clean = keyRedactor(secret)(before + encoded + after);
    expect(clean.includes(encoded)).toBe(false);
    expect(clean.includes(secret)).toBe(false);
    // nothing of it is left: shorter ones also occur beside it
    if (secret.length < 8) return;
    expect(clean.length).toBeLessThanOrEqual(before.length + '***'.length + after.length);
  });

  test.prop([situation(8), fc.constantFrom(...HALF_ESCAPES)], runs(40))(
    'is replaced after half an escape, up to what is read with that',
    ({ random, secret, before, after }, half) => {
      const clean = keyRedactor(secret)(`${before}${half}${encode(secret, random)}${after}`);
      expect(clean.includes(secret)).toBe(false);
      // what may be left: `%5Cu003` of an escape for a digit, or the first byte of two
      const most = `${before}${half}\\u0025\\u0043\\u0033***${after}`;
      expect(clean.length).toBeLessThanOrEqual(most.length);
    },
  );
});

describe('inside Base64', () => {
  const escaped: Readonly<Record<string, (base64: string) => string>> = {
    'as it is': (base64) => base64,
    'in a URL': encodeURIComponent,
    'in JSON with slashes escaped': (base64) => base64.replaceAll('/', '\\/'),
  };

  test.prop(
    [
      situation(8),
      fc.constantFrom<BufferEncoding>('utf8', 'latin1'),
      fc.constantFrom<BufferEncoding>('base64', 'base64url'),
      fc.constantFrom(...Object.values(escaped)),
    ],
    runs(300),
  )(
    'a secret is replaced at any alignment, except for characters that encode its neighbours too',
    ({ random, secret, before, after }, charset, base64, escape) => {
      const left = Buffer.from(before, charset);
      const middle = Buffer.from(secret, charset);
      const all = Buffer.concat([left, middle, Buffer.from(after, charset)]);
      const encode = random() < 0.5 ? (text: string) => text.replace(/=+$/, '') : String;
      const clean = keyRedactor(secret)(escape(encode(all.toString(base64))));
      // what depends on the secret alone, from the first whole character to the last
      const start = Math.ceil((left.length * 4) / 3);
      const end = Math.floor(((left.length + middle.length) * 4) / 3);
      const inner = escape(all.toString(base64).slice(start, end));
      expect(clean).toContain('***');
      expect(clean.includes(inner)).toBe(false);
    },
  );

  test.each([
    ['user and key', (key: string) => btoa(`service:${key}`), '***'],
    ['key as the user', (key: string) => btoa(`${key}:x`), '***'],
    ['key with a line break', (key: string) => btoa(`${key}\n`), '***'],
  ])('%s', (_, encode, shown) => {
    const clean = keyRedactor('bu_live_5f0c9a7e41')(`Rejected: ${encode('bu_live_5f0c9a7e41')}.`);
    expect(clean).toMatch(/^Rejected: [\w+/=]{0,12}\*\*\*[\w+/=]{0,4}\.$/);
    expect(clean).toContain(shown);
  });

  test('keys of one or two characters are not searched for', () => {
    expect(keyRedactor('k')('a spare tyre in Base64')).toBe('a spare tyre in Base64');
    expect(keyRedactor('abc')(`of ${btoa('abc')}`)).toBe('of ***');
  });
});

describe('what is a secret', () => {
  test.each<[title: string, headers: Record<string, string>, text: string, clean: string]>([
    [
      'the token after Bearer, in lower case too',
      { authorization: 'bearer tok_9f8e7d6c5b' },
      'no tok_9f8e7d6c5b',
      'no ***',
    ],
    [
      'the token after a scheme of another name',
      { Authorization: 'GenieKey 0f4e-88aa-19' },
      'unknown 0f4e-88aa-19!',
      'unknown ***!',
    ],
    [
      'the whole value',
      { Authorization: 'Bearer tok_9f8e7d6c5b' },
      'got "Bearer tok_9f8e7d6c5b"',
      'got "***"',
    ],
    [
      'each value of a cookie, not its name',
      { Cookie: 'lang=en; session=QWx%2FwYXNz; csrf=0123456789' },
      'session QWx%2FwYXNz expired, csrf 0123456789 is wrong',
      'session *** expired, csrf *** is wrong',
    ],
    [
      'a value of a cookie as a server reads it',
      { Cookie: 'connect.sid=s%3Aq1w2e3r4t5.sig%2B1' },
      'Failed to read s:q1w2e3r4t5.sig+1',
      'Failed to read ***',
    ],
    [
      'a value that ends with an equals sign',
      { Cookie: 'a=1; sid=c2VjcmV0IQ==' },
      'sid: c2VjcmV0IQ==',
      'sid: ***',
    ],
    [
      'a quoted parameter',
      { Authorization: 'Digest username="mallory", response="6629fae49393a053"' },
      'response 6629fae49393a053 is stale',
      'response *** is stale',
    ],
    [
      'a value of a cookie with spaces in it',
      { Cookie: 'a=1; sid="my ab cd ef"; b=2' },
      'sid: my ab cd ef',
      'sid: ***',
    ],
    [
      'a value of a cookie with commas in it',
      { Cookie: 'sid=a1,b2,c3,d4; b=2' },
      'sid: a1,b2,c3,d4',
      'sid: ***',
    ],
    [
      'a quoted parameter with spaces in it',
      { Authorization: 'Digest realm="x", opaque="my ab cd ef"' },
      'opaque: my ab cd ef',
      'opaque: ***',
    ],
    [
      'the password of Basic',
      { Authorization: `Basic ${btoa('deploy:correct horse')}` },
      'wrong password "correct horse" for deploy',
      'wrong password "***" for deploy',
    ],
    [
      'what follows Basic',
      { 'Proxy-Authorization': `Basic ${btoa('deploy:correct horse')}` },
      `bad ${btoa('deploy:correct horse')}`,
      'bad ***',
    ],
    [
      'the password of Basic, which is in UTF-8',
      { Authorization: `Basic ${Buffer.from('me:pässwörd').toString('base64')}` },
      'wrong password pässwörd, "p\\u00e4ssw\\u00f6rd", p%C3%A4ssw%C3%B6rd',
      'wrong password ***, "***", ***',
    ],
    [
      'a value that holds the bytes of UTF-8',
      { 'X-A': Buffer.from('schlüssel').toString('latin1') },
      'got schlüssel, schl%C3%BCssel, schlÃ¼ssel',
      'got ***, ***, ***',
    ],
    ['a value with spaces around it', { 'X-A': '  tok_123456  ' }, 'tok_123456', '***'],
  ])('%s', (_, headers, text, clean) => {
    expect(createRedactor({ apiKeys: [], headers })(text)).toBe(clean);
  });

  test.each([
    ['a short value', { Accept: 'running' }, 'still running'],
    ['a short value of a cookie', { Cookie: 'theme=dark; sid=abc' }, 'dark theme, sid abc'],
    ['the name of a cookie', { Cookie: 'session_id=1' }, 'session_id is missing'],
    ['an empty value', { 'X-A': '' }, 'nothing'],
    ['something after Basic that is not Base64', { Authorization: 'Basic *' }, 'Basic *'],
  ])('not %s', (_, headers, text) => {
    expect(createRedactor({ apiKeys: [], headers })(text)).toBe(text);
  });

  test('a key of any length, trimmed', () => {
    expect(keyRedactor('abc')('the abc of it')).toBe('the *** of it');
    expect(keyRedactor(' bu_key \t')('got "bu_key"')).toBe('got "***"');
    expect(keyRedactor('', ' ')('nothing to hide')).toBe('nothing to hide');
  });

  test('not the rest of the header with the key', () => {
    const headers = { AUTHORIZATION: 'ApiToken second-key' };
    const redact = createRedactor({
      apiKeys: ['second-key', 'first-key'],
      headers,
      authorizationHeader: 'Authorization',
    });
    expect(redact('ApiToken second-key, not ApiToken first-key')).toBe(
      'ApiToken ***, not ApiToken ***',
    );
  });

  test('the header of the key if its value is derived from the key', () => {
    const headers = { 'X-Signature': 'v1=9b74c9897bac770f' };
    const redact = createRedactor({
      apiKeys: ['key'],
      headers,
      authorizationHeader: 'x-signature',
    });
    expect(redact('9b74c9897bac770f does not match')).toBe('*** does not match');
  });

  test('the header of the key if the caller sets it without a key', () => {
    const headers = { Authorization: 'Bearer sk-live-0123' };
    const redact = createRedactor({ apiKeys: [], headers, authorizationHeader: 'authorization' });
    expect(redact('Invalid token sk-live-0123')).toBe('Invalid token ***');
  });
});

describe('the replacement', () => {
  test.prop(
    [
      fc.array(situation(8, 3_000), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(9), { maxLength: 12 }),
    ],
    runs(100),
  )('replaces many secrets completely, also one that contains another', (situations, order) => {
    const values = situations.map(({ secret }) => secret);
    const [first = ''] = values;
    const all = [...values, first.slice(1), `${first}-longer`];
    const headers = Object.fromEntries(all.map((value, index) => [`X-${index}`, value]));
    const redact = createRedactor({ apiKeys: [first], headers });
    const clean = redact(order.map((index) => all[index % all.length]).join(' | '));
    for (const value of all) {
      if (value.length >= 8) expect(clean.includes(value)).toBe(false);
    }
  });

  test.prop([situation(8), fc.string({ unit: 'binary', maxLength: 300 })], runs(300))(
    'does not change a text without secrets',
    ({ secret }, text) => {
      expect(keyRedactor(`@@@@${secret}@@@@`)(text)).toBe(text);
    },
  );

  test('replaces secrets that overlap or touch by one ***', () => {
    expect(headerRedactor('abcdefgh')('abcdefghabcdefgh')).toBe('***');
    expect(headerRedactor('abcabcabc')('abcabcabcabc.')).toBe('***.');
    expect(keyRedactor('first-key', 'key-last')('first-key-last')).toBe('***');
    const redact = createRedactor({
      apiKeys: [],
      headers: { 'X-A': 'abcdefgh', 'X-B': 'abcdefgh-and-more' },
    });
    expect(redact('abcdefgh-and-more, abcdefgh')).toBe('***, ***');
  });

  test.each([
    ['the end of a percent escape', 'beef/cafe-1', '100%beef%2Fcafe-1', '100***'],
    ['the end of a JSON escape', 'n0de/key-1', 'C:\\n0de\\/key-1', 'C:***'],
    ['the end of a Unicode escape', '00e9/key-1', '\\u00e9\\/key-1', '***'],
    [
      'what an escaped backslash escapes',
      'nk÷.I=³3',
      '5\\\\u006e\\u006b%C3%B7.I%3D%C2%B33',
      '5***',
    ],
    ['the end of an escape in a short key', 'bbbba', '\\ubbbb\\u0061', '***'],
    ['two escapes, one in the other', '755ee6bf504', '\\%755ee6%5Cu0062f%5Cu003504', '***'],
    ['the beginning of a percent escape', 'key/100%', 'key%2F100%25 off', '*** off'],
    ['the beginning of a JSON escape', 'key/1\\', 'key\\/1\\\\n', '***n'],
    ['a byte of UTF-8', '©2026/key', 'Ã©2026%2Fkey', 'Ã***'],
  ])('does not mistake its first or last characters for %s', (_, key, text, clean) => {
    expect(keyRedactor(key)(text)).toBe(clean);
  });

  test('does not mask the end of a secret alone in a text without escapes', () => {
    expect(keyRedactor('beef-key-12345678')('a+b -key-12345678')).toBe('a+b -key-12345678');
  });

  test('treats a plus sign as a space, and as no other character', () => {
    expect(keyRedactor('a b-key')('not a+b-key')).toBe('not ***');
    expect(keyRedactor('a+b-key')('not a%2bb-key')).toBe('not ***');
    expect(keyRedactor('a!b-key')('not a+b-key')).toBe('not a+b-key');
  });

  test('does not change malformed escapes', () => {
    const text = '100% %4 %zz \\ \\q \\u12 \\u00g0 Â Ã( %';
    expect(keyRedactor('some-other-key')(text)).toBe(text);
  });
});

describe('redaction never throws', () => {
  test.prop([fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.string()], runs(300))(
    'for any key, header and text, lone surrogates included',
    (key, value, text) => {
      const surrogates = `\ud800${text}\udc00`;
      const redact = createRedactor({ apiKeys: [key + surrogates], headers: { [value]: value } });
      for (const it of [text, surrogates, key + surrogates, encodeURI(text), value]) {
        expect(typeof redact(it)).toBe('string');
        expect(typeof excerpt(it, redact)).toBe('string');
      }
    },
  );

  test.each<[string, object]>([
    ['a getter', Object.defineProperty({}, 'X-A', { enumerable: true, get: fail })],
    ['a proxy', new Proxy({}, { ownKeys: fail })],
    ['a value that is not a string', { 'X-A': 42 }],
  ])('%s hides the whole text', (_, headers) => {
    const redact = createRedactor({ apiKeys: [], headers: headers as Record<string, string> });
    expect(redact('the whole text')).toBe('***');
    expect(excerpt('the whole text', redact)).toBe('***');
  });

  test('gives the same result without the globals that some runtimes lack', () => {
    for (const name of ['TextEncoder', 'TextDecoder', 'btoa', 'atob', 'URL']) {
      vi.stubGlobal(name, undefined);
    }
    try {
      const headers = { Authorization: 'Basic c2VydmljZTpwYXNzd29yZA==' };
      const redact = createRedactor({ apiKeys: ['clé/0123'], headers });
      expect(redact('cl%C3%A9%2F0123 c2VydmljZTpwYXNzd29yZA==')).toBe('*** ***');
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

function fail(): never {
  throw new Error('not readable');
}

describe('the cost of redaction', () => {
  const KIB_64 = 65_536;
  /** CPU of one run, us. */
  function cost(work: () => unknown): number {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  }

  /** Compares the cheapest runs. On a loaded machine it takes more of them until both are cheap. */
  function ratioOf(large: () => unknown, small: () => unknown, allowed: number): number {
    let [ofLarge, ofSmall] = [Infinity, Infinity];
    for (let run = 1; run <= 7 || (run <= 70 && ofLarge / ofSmall >= allowed); run++) {
      ofLarge = Math.min(ofLarge, cost(large));
      ofSmall = Math.min(ofSmall, cost(small));
    }
    return ofLarge / ofSmall;
  }

  // Four times the text and the secret: four times the cost where it is linear, sixteen times where
  // it is quadratic. The first size is large enough that nothing else counts.
  test.each<[string, (size: number) => [secret: string, text: string]]>([
    ['the beginning of the secret, over and over', (n) => [`${'a'.repeat(n / 2)}b`, 'a'.repeat(n)]],
    ['the end of the secret, over and over', (n) => [`b${'a'.repeat(n / 2)}`, 'a'.repeat(n)]],
    ['a secret that overlaps itself everywhere', (n) => ['a'.repeat(n / 2), 'a'.repeat(n)]],
    // longer, so that the garbage collector costs both about the same
    ['a short secret, over and over', (n) => ['ab', 'ab '.repeat((4 * n) / 3)]],
    ['a secret in percent escapes', (n) => ['a'.repeat(n / 4), '%61'.repeat(n / 3)]],
    ['backslashes', (n) => ['\\'.repeat(n / 4), '\\'.repeat(n)]],
    ['nested percent escapes', (n) => ['%25'.repeat(n / 8), '%25'.repeat(n / 3)]],
    [
      'bytes of UTF-8 that are decoded step by step',
      (n) => ['Ã'.repeat(n / 4), 'Ã\x83'.repeat(n / 2)],
    ],
    ['many secrets', (n) => [`a=${'abcdefgh; b='.repeat(n / 64)}`, 'abcdefg '.repeat(n / 8)]],
  ])('grows in proportion: %s', (_, make) => {
    const redactionOf = (size: number) => {
      const [secret, text] = make(size);
      const redact = createRedactor({ apiKeys: [secret], headers: { 'X-A': secret } });
      return () => redact(text);
    };
    expect(ratioOf(redactionOf(KIB_64), redactionOf(KIB_64 / 4), 10)).toBeLessThan(10);
  });

  test('grows little with the number of secrets', () => {
    const text = draw(seeded(1), KIB_64, HEADER_CHARS);
    const redactionOf = (count: number) => {
      const random = seeded(count);
      const cookies = Array.from({ length: count }, () => `a=${draw(random, 24, ALPHABETS[0]!)}`);
      const redact = headerRedactor(cookies.join('; '));
      return () => redact(text);
    };
    expect(ratioOf(redactionOf(500), redactionOf(2), 10)).toBeLessThan(10);
  });

  test('does not grow with a secret that is longer than the text', () => {
    const text = JSON.stringify({ detail: 'The service is not available' });
    const redactionOf = (length: number) => {
      const key = draw(seeded(length), length, ALPHABETS[0]!);
      const make = () => createRedactor({ apiKeys: [key], headers: {} })(text);
      return () => Array.from({ length: 200 }, make);
    };
    expect(ratioOf(redactionOf(60_000), redactionOf(40), 3)).toBeLessThan(3);
  });

  test('does not grow with the part of a body that is not shown', () => {
    const redact = keyRedactor('bu_0123456789abcdef0123456789abcdef');
    const page = '<p class="error">100% of our servers are busy + waiting</p>\n';
    const excerptOf = (times: number) => {
      const body = page.repeat(times);
      return () => Array.from({ length: 50 }, () => excerpt(body, redact));
    };
    expect(ratioOf(excerptOf(1_000), excerptOf(40), 3)).toBeLessThan(3);
  });
});

describe('an excerpt', () => {
  test.prop([situation(1), fc.integer({ min: 1, max: 400 })], runs(200))(
    'is the beginning of the redacted text',
    ({ random, secret, before, after }, length) => {
      const encode = pick(random, Object.values(ENCODINGS));
      const text = Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
        [before.slice(0, random() * 500), encode(secret, random), after].join(''),
      ).join('');
      const redact = keyRedactor(secret);
      expect(excerpt(text, redact, length)).toBe(redact(text).slice(0, length));
    },
  );

  test('shows 200 characters, and no part of a secret', () => {
    const key = 'k3y-that-is-quite-long';
    for (let offset = 170; offset < 205; offset++) {
      const shown = excerpt(`${'x'.repeat(offset)}${key} ${'y'.repeat(300)}`, keyRedactor(key));
      expect(shown).toHaveLength(200);
      expect(shown).not.toContain('k3y');
    }
  });

  test('of many long bodies keeps only its characters in memory', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const redact = keyRedactor('bu_0123456789');
    const heap = (): number => {
      gc();
      return process.memoryUsage().heapUsed;
    };
    const body = (index: number): string =>
      Buffer.alloc(65_536, `body ${index}, bu_0123456789 `).toString('latin1');
    const kept: unknown[] = [];
    const before = heap();
    for (let index = 0; index < 200; index++) {
      const text = body(index);
      kept.push(excerpt(text, redact), redact(text.slice(-80)));
      kept.push(plainCause(new Error(text.slice(0, 100)), redact));
    }
    // 13 MB of bodies
    expect((heap() - before) / 200).toBeLessThan(8_000);
    expect(kept).toHaveLength(600);
  });
});

describe('the plain copy of a foreign error', () => {
  const KEY = 'bu_0123456789abcdef';
  const redact = keyRedactor(KEY);

  interface Plain {
    readonly cause?: Plain;
  }

  test.prop([
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  ])('has only name, message, code and cause, whatever was thrown', (error) => {
    const check = (copy: Plain | undefined, depth: number): void => {
      if (!copy) return;
      expect(depth).toBeLessThanOrEqual(5);
      expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
      for (const field of Object.keys(copy)) {
        expect(['name', 'message', 'code', 'cause']).toContain(field);
      }
      check(copy.cause, depth + 1);
    };
    check(plainCause(error, redact), 1);
  });

  test('is five levels deep at most, also of an error that is its own cause', () => {
    const error = new Error('loop');
    error.cause = error;
    const loop = { name: 'Error', message: 'loop' };
    expect(plainCause(error, redact)).toEqual({
      ...loop,
      cause: { ...loop, cause: { ...loop, cause: { ...loop, cause: loop } } },
    });
  });

  test('has no secret in any field', () => {
    const inner = Object.assign(new Error(`sent ${KEY}`), { code: KEY, config: { KEY } });
    const error = new TypeError(`Bearer ${KEY}`, { cause: inner });
    expect(plainCause(error, redact)).toEqual({
      name: 'TypeError',
      message: 'Bearer ***',
      cause: { name: 'Error', message: 'sent ***', code: '***' },
    });
  });

  test.each<[string, unknown, unknown]>([
    [
      'a getter that throws',
      {
        get message(): string {
          return fail();
        },
        code: 'ECONNRESET',
      },
      { code: 'ECONNRESET' },
    ],
    ['a proxy that throws', new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail }), {}],
    ['a numeric code', { code: 42, cause: null }, { code: 42 }],
    ['fields of other types', { code: {}, name: 1, message: Symbol('no') }, {}],
    ['a string', `Bearer ${KEY}`, { message: 'Bearer ***' }],
    ['a number', 42, { message: '42' }],
    ['a symbol', Symbol(KEY), { message: 'Symbol(***)' }],
    ['a function', fail, { message: 'a function' }],
    ['undefined', undefined, undefined],
    ['null', null, undefined],
  ])('can be made of %s', (_, error, copy) => {
    expect(plainCause(error, redact)).toStrictEqual(copy);
  });

  test('is described in one line of at most 200 characters: messages, else codes, else names', () => {
    expect(reasonOf(undefined)).toBe('');
    expect(reasonOf({})).toBe('');
    const cause = { message: '', code: 'ECONNREFUSED', cause: { name: 'Error' } };
    expect(reasonOf({ message: 'fetch failed', cause })).toBe('fetch failed: ECONNREFUSED: Error');
    expect(reasonOf({ message: 'x'.repeat(300) })).toHaveLength(200);
  });
});
