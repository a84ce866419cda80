import { describe, expect, test } from 'vitest';
import { verifyTaskWebhook, type VerifyTaskWebhookOptions } from 'rxjs-task-status/node';
import { hmac, signatureHeaders } from '../support/sign-webhook.js';

const SECRET = 'whsec_1234567890';
const NOW = 1_700_000_000;

/** The options of a test at `seconds`. */
const at = (seconds: number): VerifyTaskWebhookOptions => ({
  scheduler: { now: () => seconds * 1_000 },
});

const PAYLOAD = {
  task_id: 'task_1',
  session_id: 'session_1',
  status: 'running',
  metadata: { name: 'Grüße' },
};
const EVENT = {
  type: 'agent.task.status_update',
  timestamp: '2026-11-14T22:13:20Z',
  payload: PAYLOAD,
};
const BODY = JSON.stringify(EVENT);
const CANONICAL =
  '{"payload":{"metadata":{"name":"Gr\\u00fc\\u00dfe"},"session_id":"session_1","status":"running",' +
  '"task_id":"task_1"},"timestamp":"2026-11-14T22:13:20Z","type":"agent.task.status_update"}';
const HEADERS = signatureHeaders(SECRET, CANONICAL, NOW);
const RESULT = { taskId: 'task_1', status: 'running', payload: PAYLOAD };

/** Verifies a body that has only ASCII characters, no white space and sorted keys. */
const verifySorted = (body: string) =>
  verifyTaskWebhook(body, signatureHeaders(SECRET, body, NOW), SECRET, at(NOW));

describe('a webhook with a valid signature', () => {
  test('gives the task, the status and the payload', async () => {
    expect(await verifyTaskWebhook(BODY, HEADERS, SECRET, at(NOW))).toStrictEqual(RESULT);
  });

  test.each([
    ['bytes', new TextEncoder().encode(BODY)],
    ['a Buffer', Buffer.from(BODY)],
    ['a view of a part of a buffer', Buffer.from(`xx${BODY}yy`).subarray(2, -2)],
    ['indented', JSON.stringify(EVENT, undefined, 2)],
    ['escaped', BODY.replaceAll('ü', String.raw`\u00FC`)],
    [
      'in another order',
      JSON.stringify({ payload: PAYLOAD, timestamp: EVENT.timestamp, type: EVENT.type }),
    ],
  ])('can have a body as %s', async (_, body) => {
    expect(await verifyTaskWebhook(body, HEADERS, SECRET, at(NOW))).toEqual(RESULT);
  });

  test.each([
    ['Headers', new Headers(HEADERS)],
    ['a Map with names in lower case', new Map(Object.entries(HEADERS))],
    [
      'names as the vendor writes them',
      {
        'X-Browser-Use-Timestamp': HEADERS['x-browser-use-timestamp'],
        'X-Browser-Use-Signature': HEADERS['x-browser-use-signature'],
      },
    ],
    [
      'lists',
      {
        'x-browser-use-timestamp': [HEADERS['x-browser-use-timestamp']],
        'x-browser-use-signature': [HEADERS['x-browser-use-signature']],
      },
    ],
    [
      'a name in two cases, one of which has no value',
      { ...HEADERS, 'X-Browser-Use-Signature': undefined },
    ],
    ['a header with the name get', { ...HEADERS, get: 'x' }],
    [
      'an object without a prototype',
      Object.assign(Object.create(null) as Record<string, string>, HEADERS),
    ],
  ])('can have headers as %s', async (_, headers) => {
    expect(await verifyTaskWebhook(BODY, headers, SECRET, at(NOW))).toEqual(RESULT);
  });

  test('verifies with one of several secrets', async () => {
    const verify = (secrets: string[]) => verifyTaskWebhook(BODY, HEADERS, secrets, at(NOW));
    expect(await verify(['other', SECRET])).toEqual(RESULT);
    expect(await verify([SECRET, 'other'])).toEqual(RESULT);
    expect(await verify(['other', 'another'])).toBeUndefined();
  });

  test('is compared with the clock of the system by default', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const headers = signatureHeaders(SECRET, CANONICAL, now);
    expect(await verifyTaskWebhook(BODY, headers, SECRET)).toEqual(RESULT);
    expect(await verifyTaskWebhook(BODY, HEADERS, SECRET)).toBeUndefined();
  });

  test('ignores fields of Object.prototype', async () => {
    const event = await verifySorted(
      '{"payload":{"__proto__":{"task_id":"task_2"}},"type":"test"}',
    );
    expect(event?.taskId).toBeUndefined();
    expect(Object.keys(event?.payload ?? {})).toEqual(['__proto__']);
  });
});

describe('an event without a task', () => {
  test.each([
    ['test', '{"payload":{"test":"ok"},"type":"test"}', { test: 'ok' }],
    ['test without a payload', '{"type":"test"}', {}],
    ['a type that has no object as payload', '{"payload":[1],"type":"other"}', {}],
    ['an update with another type of task id', '{"payload":{"task_id":1}}', { task_id: 1 }],
    // such an id would be a TypeError in pollNow()
    ['an update with an empty task id', '{"payload":{"task_id":""}}', { task_id: '' }],
    ['an empty object', '{}', {}],
  ])('verifies: %s', async (_, body, payload) => {
    expect(await verifySorted(body)).toStrictEqual({
      taskId: undefined,
      status: undefined,
      payload,
    });
  });

  test('can have a status', async () => {
    const payload = { session_id: 'session_1', status: 'idle' };
    expect(await verifySorted(JSON.stringify({ payload }))).toEqual({ status: 'idle', payload });
  });
});

describe('a webhook does not verify', () => {
  const verify = (
    changes: Readonly<Record<string, string | string[] | undefined>>,
    body: string | Uint8Array | undefined = BODY,
  ) => verifyTaskWebhook(body, { ...HEADERS, ...changes }, SECRET, at(NOW));
  const signature = HEADERS['x-browser-use-signature'];

  test.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['is of another secret', hmac('other', `${NOW}.${CANONICAL}`)],
    ['is of the raw body', hmac(SECRET, `${NOW}.${BODY}`)],
    ['is of the canonical form without the timestamp', hmac(SECRET, CANONICAL)],
    ['is of another timestamp', hmac(SECRET, `${NOW - 1}.${CANONICAL}`)],
    ['is upper-case', signature.toUpperCase()],
    ['is cut', signature.slice(0, -1)],
    ['is too long', `${signature}0`],
    ['has a prefix', `sha256=${signature}`],
    ['is followed by a line break', `${signature}\n`],
    ['is not hex', 'z'.repeat(64)],
    ['has characters whose bytes are hex digits', '\u0161'.repeat(64)],
    ['differs in its last digit', signature.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))],
    ['is Base64', Buffer.from(signature, 'hex').toString('base64')],
    ['occurs twice', [signature, signature]],
    ['occurs twice in one line', `${signature}, ${signature}`],
  ])('if the signature %s', async (_, value) => {
    expect(await verify({ 'x-browser-use-signature': value })).toBeUndefined();
  });

  test('if Headers lack a header', async () => {
    for (const name of ['x-browser-use-signature', 'x-browser-use-timestamp']) {
      const headers = new Headers(HEADERS);
      headers.delete(name);
      expect(await verifyTaskWebhook(BODY, headers, SECRET, at(NOW))).toBeUndefined();
    }
  });

  test('if two names of a header differ in case only', async () => {
    expect(await verify({ 'X-Browser-Use-Signature': signature })).toBeUndefined();
  });

  test.each(['', '-1', '+1700000000', '1.7e9', '1700000000.0', ' 1700000000', '0x6553f100', 'x'])(
    'if the timestamp is %j, even if it is signed',
    async (timestamp) => {
      const headers = signatureHeaders(SECRET, CANONICAL, timestamp);
      const options = { ...at(NOW), tolerance: Infinity };
      expect(await verifyTaskWebhook(BODY, headers, SECRET, options)).toBeUndefined();
    },
  );

  test('if the timestamp is missing, occurs twice or is in milliseconds', async () => {
    for (const timestamp of [undefined, [`${NOW}`, `${NOW}`], `${NOW}000`]) {
      expect(await verify({ 'x-browser-use-timestamp': timestamp })).toBeUndefined();
    }
  });

  test.each([
    ['empty', ''],
    ['white space', ' '],
    ['no JSON', 'task_1'],
    ['cut', BODY.slice(0, -1)],
    ['followed by another value', `${BODY}{}`],
    ['with another status', BODY.replace('running', 'stopped')],
    ['with another member', BODY.replace('{', '{"a":1,')],
    ['with a byte order mark', `\ufeff${BODY}`],
    ['bytes with a byte order mark', Buffer.from(`\ufeff${BODY}`)],
    ['UTF-16', Buffer.from(BODY, 'utf16le')],
    ['Latin-1', Buffer.from(BODY, 'latin1')],
    ['missing', undefined],
  ])('if the body is %s', async (_, body) => {
    expect(await verifyTaskWebhook(body, HEADERS, SECRET, at(NOW))).toBeUndefined();
  });

  test.each(['[]', '"a"', '1', 'true', 'null'])(
    'if the body is %s, which is not an object',
    async (body) => expect(await verifySorted(body)).toBeUndefined(),
  );

  test('if the body is not UTF-8, even if the signature covers replacement characters', async () => {
    const text = '{"payload":"\ufffd"}';
    const headers = signatureHeaders(SECRET, text.replace('\ufffd', String.raw`\ufffd`), NOW);
    expect(await verifyTaskWebhook(Buffer.from(text), headers, SECRET, at(NOW))).toBeDefined();
    const bytes = Buffer.from(text.replace('\ufffd', '\xff'), 'latin1');
    expect(await verifyTaskWebhook(bytes, headers, SECRET, at(NOW))).toBeUndefined();
  });

  test('if the body is what frameworks pass if there is none', async () => {
    for (const body of [null, {}, Object.create(null)]) {
      expect(await verifyTaskWebhook(body as never, HEADERS, SECRET, at(NOW))).toBeUndefined();
    }
  });

  test('if the body is longer than 1 MiB', async () => {
    const body = (bytes: number) => `{"payload":"${'x'.repeat(bytes - 14)}"}`;
    expect(body(1_048_576)).toHaveLength(1_048_576);
    expect(await verifySorted(body(1_048_576))).toBeDefined();
    expect(await verifySorted(body(1_048_577))).toBeUndefined();
    // half as many characters as bytes
    const umlauts = `{"payload":"${'ü'.repeat(524_281)}"}`;
    const headers = signatureHeaders(SECRET, umlauts.replaceAll('ü', String.raw`\u00fc`), NOW);
    expect(await verifyTaskWebhook(umlauts, headers, SECRET, at(NOW))).toBeDefined();
    const longer = umlauts.replace('"', ' "');
    expect(await verifyTaskWebhook(longer, headers, SECRET, at(NOW))).toBeUndefined();
    expect(await verifyTaskWebhook(Buffer.from(longer), headers, SECRET, at(NOW))).toBeUndefined();
  });

  test('if the body is nested so deep that Python cannot write it', async () => {
    for (const levels of [2_000, 500_000]) {
      const body = `{"payload":${'['.repeat(levels)}${']'.repeat(levels)}}`;
      expect(await verifySorted(body)).toBeUndefined();
    }
  });
});

describe('the timestamp', () => {
  const verify = (now: number, options?: VerifyTaskWebhookOptions) =>
    verifyTaskWebhook(BODY, HEADERS, SECRET, { ...at(now), ...options });

  test('may be 300 s before and after the current time', async () => {
    expect(await verify(NOW + 300)).toEqual(RESULT);
    expect(await verify(NOW + 300.001)).toBeUndefined();
    expect(await verify(NOW - 300)).toEqual(RESULT);
    expect(await verify(NOW - 300.001)).toBeUndefined();
  });

  test('may be as far away as `tolerance`', async () => {
    expect(await verify(NOW + 5, { tolerance: 5_000 })).toEqual(RESULT);
    expect(await verify(NOW + 5.001, { tolerance: 5_000 })).toBeUndefined();
    expect(await verify(NOW, { tolerance: 0 })).toEqual(RESULT);
    expect(await verify(NOW + 1e9, { tolerance: Infinity })).toEqual(RESULT);
  });

  test('is signed as it is written', async () => {
    const headers = signatureHeaders(SECRET, CANONICAL, `0${NOW}`);
    expect(await verifyTaskWebhook(BODY, headers, SECRET, at(NOW))).toEqual(RESULT);
  });

  test('can have any number of digits', async () => {
    const headers = signatureHeaders(SECRET, CANONICAL, '9'.repeat(400));
    expect(await verifyTaskWebhook(BODY, headers, SECRET, at(NOW))).toBeUndefined();
  });
});

describe('the older signature of the raw body', () => {
  const body = '{ "payload": { "taskId": "task_1", "status": "finished", "sessionId": "s" } }';
  const headers = { 'X-Webhook-Signature': hmac(SECRET, body) };
  const options = { ...at(NOW), legacySignature: true };
  const result = { taskId: 'task_1', status: 'finished' };

  test('is only accepted with `legacySignature`', async () => {
    expect(await verifyTaskWebhook(body, headers, SECRET, at(NOW))).toBeUndefined();
    for (const rawBody of [body, Buffer.from(body)]) {
      expect(await verifyTaskWebhook(rawBody, headers, SECRET, options)).toMatchObject(result);
    }
  });

  test('is valid for this body and this secret only', async () => {
    const verify = (rawBody: string, secret: string) =>
      verifyTaskWebhook(rawBody, headers, secret, options);
    expect(await verify(body.replace(': ', ':'), SECRET)).toBeUndefined();
    expect(await verify(body, 'other')).toBeUndefined();
    expect(await verify('no JSON', SECRET)).toBeUndefined();
  });

  test('is accepted for any bytes, but only JSON gives an event', async () => {
    for (const rawBody of ['no JSON', '"text"', Buffer.from([0xff])]) {
      const signed = { 'x-webhook-signature': hmac(SECRET, rawBody) };
      expect(await verifyTaskWebhook(rawBody, signed, SECRET, options)).toBeUndefined();
    }
  });

  test('does not replace the newer one where the option is set', async () => {
    expect(await verifyTaskWebhook(BODY, HEADERS, SECRET, options)).toEqual(RESULT);
    const wrong = { ...headers, ...signatureHeaders('other', CANONICAL, NOW) };
    expect(await verifyTaskWebhook(body, wrong, SECRET, options)).toMatchObject(result);
  });
});

describe('a mistake in the calling code rejects', () => {
  /** The error of a call with arguments that TypeScript would reject. */
  const errorOf = (changes: Readonly<Record<string, unknown>>) => {
    const given = { rawBody: BODY, headers: HEADERS, secret: SECRET, options: {}, ...changes };
    return verifyTaskWebhook(given.rawBody, given.headers, given.secret, given.options).then(
      String,
      String,
    );
  };

  test.each([
    ['an empty secret', '', 'TypeError: secret is empty'],
    ['an empty secret in a list', [SECRET, ''], 'TypeError: secret is empty'],
    [
      'no secret',
      undefined,
      'TypeError: secret must be a string, or a list of strings with at least one',
    ],
    [
      'an empty list of secrets',
      [],
      'TypeError: secret must be a string, or a list of strings with at least one',
    ],
    [
      'a list with something else',
      [SECRET, undefined],
      'TypeError: secret must be a string, or a list of strings with at least one',
    ],
    [
      'a secret with a line break',
      [SECRET, `${SECRET}\n`],
      'TypeError: secret begins or ends with white space, such as a line break',
    ],
  ])('for %s', async (_, secret, message) => {
    expect(await errorOf({ secret })).toBe(message);
  });

  test.each([
    ['a parsed object', EVENT],
    ['a parsed array', []],
    ['a number', 1],
    ['an ArrayBuffer', new ArrayBuffer(8)],
    ['a promise', Promise.resolve(BODY)],
    ['a request', new Request('http://localhost')],
  ])('for a body that is %s, with a hint', async (_, rawBody) => {
    expect(await errorOf({ rawBody })).toBe(
      'TypeError: rawBody must be a string or a Uint8Array: the body as it was received, not a parsed ' +
        "one. In Express use express.raw({ type: '*/*' }), in Nest rawBody: true, elsewhere await " +
        'request.text()',
    );
  });

  test.each([undefined, null, 'x', ['x-browser-use-signature', 'x']])(
    'for headers that are %j',
    async (headers) => {
      expect(await errorOf({ headers: headers ?? null })).toBe(
        'TypeError: headers must be the headers of the request: request.headers',
      );
    },
  );

  test('with the error of a clock that throws', async () => {
    const now = () => {
      throw new Error('no clock');
    };
    expect(await errorOf({ options: { scheduler: { now } } })).toBe('Error: no clock');
  });

  test.each([
    [{ tolerance: -1 }, 'RangeError: tolerance must be at least 0 (ms), got -1'],
    [{ tolerance: Number.NaN }, 'RangeError: tolerance must be at least 0 (ms), got NaN'],
    [{ tolerance: '300' }, 'RangeError: tolerance must be at least 0 (ms), got 300'],
    [{ scheduler: 1 }, 'TypeError: scheduler must have the method now()'],
    [{ scheduler: null }, 'TypeError: scheduler must have the method now()'],
    [{ scheduler: {} }, 'TypeError: scheduler must have the method now()'],
    [{ scheduler: { now: 1 } }, 'TypeError: scheduler must have the method now()'],
    [{ legacySignature: 'yes' }, 'TypeError: legacySignature must be true or false'],
  ])('for the options %j', async (options, message) => {
    expect(await errorOf({ options })).toBe(message);
  });
});
