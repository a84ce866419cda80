import { setFlagsFromString } from 'node:v8';
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { lastValueFrom, type Observable, throwError, VirtualTimeScheduler } from 'rxjs';
import { fakeTaskApi, type FakeAnswer } from 'rxjs-task-status/testing';
import { describe, expect, vi } from 'vitest';
import {
  browserUseV1,
  type FetchInit,
  HttpStatusError,
  type StatusTransport,
  type TaskApi,
  taskPolls$,
  taskResult$,
  type TaskStatus,
  taskStatus$,
  type TaskStatusOptions,
} from '../../src/index.js';
import { TASK_ID } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { scriptedApi } from '../support/scripted-api.js';
import { seeded } from '../support/seeded.js';

/** Visible ASCII, as a header carries it; with a mark, so that it is no word of a message. */
const secret = (mark: string) =>
  fc
    .string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      maxLength: 30,
    })
    .map((rest) => `${mark}${rest}+/%${mark}`);

const encodings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => encodeURIComponent(text),
  (text) => Buffer.from(text).toString('base64'),
];

const padding = fc.string({ maxLength: 220 });

/** A token of letters and digits, the same for the same seed. */
function token(length: number, seed = length): string {
  const random = seeded(seed);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => letters.charAt(random() * letters.length)).join('');
}

/** Every text that an error shows, in each way to print an error. */
function everythingIn(error: unknown): string {
  const chain = [];
  for (let it = error; it instanceof Error; it = it.cause) {
    chain.push(String(it), it.message, it.stack, JSON.stringify(it));
  }
  return [
    inspect(error, { depth: Infinity, showHidden: true }),
    JSON.stringify(error),
    ...chain,
  ].join('\n');
}

function expectNoSecret(error: unknown, secrets: readonly string[]): void {
  const shown = everythingIn(error);
  for (const secret of secrets) {
    // quoting changes a secret
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      inspect(secret).slice(1, -1),
    ]) {
      expect(shown).not.toContain(form);
    }
  }
}

async function errorOf(options: TaskStatusOptions): Promise<unknown> {
  return lastValueFrom(taskStatus$(TASK_ID, { retry: false, ...options })).then(
    () => expect.unreachable('the stream should have failed'),
    (error: unknown) => error,
  );
}

/** A transport for this answer. */
const answering = (status: number, body: string) =>
  fakeTaskApi({ [TASK_ID]: [[{ status, body }, 0]] }).transport;

const credentials = fc.record({ apiKey: secret('k3y'), header: secret('h3ader') });
const optionsWith = ({ apiKey, header }: { apiKey: string; header: string }) => ({
  apiKey,
  headers: { 'X-Internal': header },
});

describe('law 18: no secrets', () => {
  const status = fc.constantFrom(200, 204, 301, 400, 401, 403, 404, 408, 422, 429, 500, 503);
  const wrapped = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => JSON.stringify(text),
    (text) => JSON.stringify({ detail: text }),
    (text) => JSON.stringify({ detail: [{ loc: ['header', text], msg: text, type: text }] }),
    (text) => JSON.stringify({ echo: { headers: [text] } }),
    (text) => `<html><body>${text}</body></html>`,
  );

  test.prop([credentials, fc.nat(), status, wrapped, padding, padding], runs(300))(
    'the key and the headers are hidden in an answer that echoes them',
    async (given, form, status, wrapped, before, after) => {
      const encode = encodings[form % encodings.length] ?? String;
      const secrets = [...encodings.map((it) => it(given.apiKey)), given.header];
      const transport: StatusTransport = ({ headers }) => {
        // the test is about something only if the key was sent
        expect(Object.values(headers).join('\n')).toContain(given.apiKey);
        const text = `${before}${encode(given.apiKey)}${after}${given.header}`;
        return Promise.resolve({ status, headers: { get: () => null }, body: wrapped(text) });
      };
      const polls: unknown[] = [];
      await lastValueFrom(
        taskPolls$(TASK_ID, { ...optionsWith(given), transport, retry: false }),
      ).catch((error: unknown) => polls.push(error));
      expect(polls).toHaveLength(1);
      expectNoSecret(polls[0], secrets);
    },
  );

  test.prop([credentials, fc.nat(), fc.boolean(), status], runs(200))(
    'the key and the headers are hidden, for a POST with headers and a body, and for a result',
    async (given, form, isResult, status) => {
      const encode = encodings[form % encodings.length] ?? String;
      const secrets = [...encodings.map((it) => it(given.apiKey)), given.header];
      let requests = 0;
      const transport: StatusTransport = ({ method, headers, body }) => {
        requests++;
        if (isResult && requests === 1) {
          return Promise.resolve({ status: 200, headers: {}, body: '"finished"' });
        }
        const text = `${method} ${JSON.stringify(headers)} ${String(body)} ${encode(given.apiKey)}`;
        return Promise.resolve({ status: status === 200 ? 404 : status, headers: {}, body: text });
      };
      const request = (id: string) => ({
        method: 'POST' as const,
        headers: { 'X-Own': 'own', authorization: 'Basic of-the-api' },
        body: `{"id":"${id}"}`,
      });
      const api = { ...browserUseV1, request };
      const options = { ...optionsWith(given), api, transport, retry: false } as const;
      const source$: Observable<unknown> = isResult
        ? taskResult$(TASK_ID, options)
        : taskPolls$(TASK_ID, options);
      const error: unknown = await lastValueFrom(source$).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ taskId: TASK_ID, attempts: 1 });
      expect(requests).toBe(isResult ? 2 : 1);
      expectNoSecret(error, secrets);
    },
  );

  test.prop([credentials, fc.nat(), fc.integer({ min: 0, max: 7 })], runs(200))(
    'the key and the headers are hidden in a network error, its causes and codes',
    async (given, form, depth) => {
      const encode = encodings[form % encodings.length] ?? String;
      const secrets = [...encodings.map((it) => it(given.apiKey)), given.header];
      const text = `connect failed: Bearer ${encode(given.apiKey)} / ${given.header}`;
      const nested = Array.from({ length: depth }).reduce<Error>(
        (cause) =>
          Object.assign(new Error(text, { cause }), { code: text, request: { headers: given } }),
        Object.assign(new Error(text), { name: text, code: text, options: given }),
      );
      const error = await errorOf({
        ...optionsWith(given),
        transport: () => throwError(() => nested),
      });
      expect(error).toMatchObject({ name: 'NetworkError', attempts: 1 });
      expectNoSecret(error, secrets);
      expect(everythingIn(error)).toContain('***');
    },
  );

  test('the cause of a NetworkError is a plain copy of name, message, code and cause, at most five levels deep', async () => {
    class ForeignError extends TypeError {
      readonly code = 'ECONNRESET';
      readonly request = { much: 'more' };
    }
    const nested = Array.from({ length: 8 }, (_, index) => index).reduceRight<Error | undefined>(
      (cause, index) => new ForeignError(`level ${String(index)}`, { cause }),
      undefined,
    );
    const error = await errorOf({ transport: () => throwError(() => nested) });
    let levels = 0;
    for (let it = error instanceof Error ? error.cause : undefined; it !== undefined;) {
      expect(it).not.toBeInstanceOf(ForeignError);
      expect(it).not.toHaveProperty('request');
      expect(it).toMatchObject({ message: `level ${String(levels)}`, code: 'ECONNRESET' });
      levels += 1;
      it = typeof it === 'object' && it !== null && 'cause' in it ? it.cause : undefined;
    }
    expect(levels).toBe(5);
  });

  test('a secret in an answer reads ***', async () => {
    const apiKey = 'k3y-of-mine';
    const body = JSON.stringify({ detail: `no access for ${apiKey}` });
    const transport = answering(403, body);
    expect(await errorOf({ apiKey, transport })).toMatchObject({ detail: 'no access for ***' });
  });

  test('a secret across the 200th character of a body is replaced, not cut', async () => {
    const apiKey = 'k3y-of-mine-that-is-long';
    for (let offset = 170; offset < 205; offset += 1) {
      const body = `${'x'.repeat(offset)}${apiKey}`;
      const error = await errorOf({ apiKey, transport: answering(400, body) });
      expect(everythingIn(error)).not.toContain('k3y');
    }
  });

  test.prop([secret('k3y').map((key) => `${key}\n${key}`)], runs(100))(
    'an invalid key, fixed or from a function, is a TypeError that does not show it',
    async (apiKey) => {
      const transport = () => throwError(() => new Error('a request was sent'));
      expect(() => taskStatus$(TASK_ID, { apiKey, transport })).toThrow(TypeError);
      for (const give of [() => apiKey, () => Promise.resolve(apiKey), () => '']) {
        const error = await errorOf({ apiKey: give, transport });
        expect(error).toBeInstanceOf(TypeError);
        expectNoSecret(error, [apiKey.trim()]);
      }
    },
  );

  test('what the key function throws or rejects with is the error of the stream', async () => {
    const reason = new Error('vault is closed');
    const transport = () => throwError(() => new Error('a request was sent'));
    const fails: (() => Promise<string>)[] = [
      () => {
        throw reason;
      },
      () => Promise.reject(reason),
    ];
    for (const apiKey of fails) expect(await errorOf({ apiKey, transport })).toBe(reason);
  });

  test('the key function is called before every request', async () => {
    let turn = 0;
    const scheduler = new VirtualTimeScheduler();
    const { transport, requests } = scriptedApi(
      { [TASK_ID]: ['running', 'running', 'finished'] },
      { scheduler },
    );
    const watched = lastValueFrom(
      taskStatus$(TASK_ID, {
        transport,
        scheduler,
        requestTimeout: Infinity,
        apiKey: () => `key-${String((turn += 1))}`,
      }),
    );
    // keys arrive in microtasks, delays end in virtual time
    for (let it = 0; it < 10; it += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      scheduler.flush();
    }
    expect(await watched).toBe('finished');
    expect(requests.map(({ headers }) => headers['Authorization'])).toEqual([
      'Bearer key-1',
      'Bearer key-2',
      'Bearer key-3',
    ]);
  });

  test('fetch follows no redirect and requests no cached copy', async () => {
    const calls: FetchInit[] = [];
    const fetch = (_: string, init: FetchInit) => {
      calls.push(init);
      const headers = { get: () => null };
      return Promise.resolve({ status: 200, headers, text: () => Promise.resolve('"finished"') });
    };
    await lastValueFrom(taskStatus$(TASK_ID, { fetch }));
    expect(calls).toMatchObject([{ redirect: 'manual', cache: 'no-store' }]);
  });

  /** The `detail` of the error for an answer with this detail, after these answers. */
  function detailOf(
    detail: string,
    options: TaskStatusOptions,
    ...before: readonly (TaskStatus | FakeAnswer)[]
  ): unknown {
    const scheduler = new VirtualTimeScheduler();
    const rejection = { status: 400, body: JSON.stringify({ detail }) };
    const { transport } = scriptedApi({ [TASK_ID]: [...before, rejection] }, { scheduler });
    let shown: unknown;
    taskStatus$(TASK_ID, { transport, scheduler, ...options }).subscribe({
      error: (error: unknown) => {
        if (error instanceof HttpStatusError) shown = error.detail;
      },
    });
    scheduler.flush();
    return shown;
  }

  test('without a key no word of a message is hidden', () => {
    expect(detailOf('undefined is no task', {})).toBe('undefined is no task');
  });

  test('the previous key is still a secret', () => {
    let turn = 0;
    const apiKey = () => `k3y-${String((turn += 1))}`;
    expect(detailOf('neither k3y-1', { apiKey })).toBe('neither ***');
    turn = 0;
    expect(detailOf('neither k3y-1 nor k3y-2', { apiKey }, 'running')).toBe('neither *** nor ***');
    turn = 0;
    expect(detailOf('k3y-1 expired', { apiKey }, { status: 503 })).toBe('*** expired');
  });

  test('api.authorization() is not called with an empty key', () => {
    const api: TaskApi<TaskStatus> = {
      ...browserUseV1,
      authorization: (key) => {
        if (key === '') throw new RangeError('no key');
        return ['x-key', key];
      },
    };
    expect(detailOf('no', { api })).toBe('no');
  });

  test('an api.authorization() that throws for unknown keys does not change the error of a watch without a key', () => {
    const api: TaskApi<TaskStatus> = {
      ...browserUseV1,
      authorization: (key) => {
        if (!key.startsWith('org-')) throw new RangeError('a key begins with org-');
        return ['x-key', key];
      },
    };
    expect(detailOf('nothing here', { api })).toBe('nothing here');
  });

  describe('long secrets are hidden, and cost no shown text', () => {
    test.each([
      [401, 5_500],
      [404, 16_000],
      [503, 65_536],
      [200, 4_000],
    ])('a %i that quotes a key of %i characters', async (status, length) => {
      const apiKey = token(length);
      const body = JSON.stringify({ detail: `Unknown key ${apiKey}.` });
      const error = await errorOf({ apiKey, transport: answering(status, body) });
      expect(error).toMatchObject({ status });
      expect(everythingIn(error)).toContain('Unknown key ***.');
      expect(everythingIn(error)).not.toContain(apiKey.slice(0, 12));
    });

    test.each([
      [401, 5_500],
      [429, 40_000],
    ])('a %i that does not quote a key of %i characters', async (status, length) => {
      const transport = answering(status, '{"detail": "Not allowed"}');
      expect(await errorOf({ apiKey: token(length), transport })).toMatchObject({
        status,
        detail: 'Not allowed',
      });
    });

    test.each([
      [6_000, (cookie: string) => `socket hang up: ${cookie}`],
      [6_000, () => 'connect ECONNREFUSED 127.0.0.1:80'],
    ])('a lost connection and cookies of %i characters', async (length, message) => {
      const Cookie = `lang=en; session=${token(length - 100)}; csrf=${token(64)}`;
      const reason = Object.assign(new Error(message(Cookie)), { code: 'ECONNRESET' });
      const error = await errorOf({
        headers: { Cookie },
        transport: () => throwError(() => reason),
      });
      expect(error).toMatchObject({ name: 'NetworkError', cause: { code: 'ECONNRESET' } });
      expectNoSecret(error, [Cookie, token(length - 100), token(64)]);
    });
  });

  describe('a secret that the server quotes in another form is hidden', () => {
    const secretToken = token(24);
    test.each<[string, TaskStatusOptions, string]>([
      ['the key as it is', { apiKey: secretToken }, secretToken],
      ['the key as a user name', { apiKey: secretToken }, btoa(`${secretToken}:`)],
      ['the key as a password', { apiKey: secretToken }, btoa(`service:${secretToken}`)],
      ['a token', { headers: { Authorization: `Bearer ${secretToken}` } }, secretToken],
      ['a value of a cookie', { headers: { cookie: `a=1; sid=${secretToken}` } }, secretToken],
      [
        'a password',
        { headers: { Authorization: `Basic ${btoa(`me:${secretToken}`)}` } },
        secretToken,
      ],
    ])('%s', (_, options, quoted) => {
      const shown = String(detailOf(`Invalid: ${quoted}`, options));
      expect(shown).toMatch(/^Invalid: [\w=]{0,12}\*\*\*[\w=]{0,4}$/);
    });
  });

  test('a key of one letter does not change the text of the library in a message', async () => {
    const apiKey = 't';
    const transport = answering(404, '{"detail": "none"}');
    expect(await errorOf({ apiKey, transport })).toMatchObject({
      message: expect.stringMatching(/^Task "task_\w+" was not found \(404\): none$/) as string,
    });
  });

  test.each(['TextEncoder', 'TextDecoder', 'btoa', 'atob'])(
    'without %s an error answer is the typed error',
    async (name) => {
      vi.stubGlobal(name, undefined);
      try {
        const apiKey = 'clé-0123456';
        const headers = { 'X-Proxy': 'Basic c2VydmljZTpwYXNzd29yZA==' };
        const body = JSON.stringify({ detail: 'cl%C3%A9-0123456' });
        const transport = answering(403, body);
        expect(await errorOf({ apiKey, headers, transport })).toMatchObject({
          name: 'AuthenticationError',
          detail: '***',
        });
      } finally {
        vi.unstubAllGlobals();
      }
    },
  );

  test('errors that are kept do not keep the bodies of their answers', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const heap = (): number => {
      gc();
      return process.memoryUsage().heapUsed;
    };
    const apiKey = token(40);
    let count = 0;
    const transport = () => {
      count += 1;
      const body = Buffer.alloc(60_000, `<p>Error ${count} for ${apiKey}</p> `).toString('latin1');
      // with of() V8 would keep the body for a stack trace that has not been read
      const status = count % 2 ? 502 : 200;
      return Promise.resolve({ status, headers: { get: () => null }, body });
    };
    await errorOf({ apiKey, transport });
    const kept: unknown[] = [];
    const before = heap();
    while (kept.length < 100) kept.push(await errorOf({ apiKey, transport }));
    expect((heap() - before) / kept.length).toBeLessThan(20_000);
  });

  test('watches with a long token cost no more than watches without', async () => {
    const transport = answering(503, '{"detail": "Try again later"}');
    const cost = async (options: TaskStatusOptions): Promise<number> => {
      const before = process.cpuUsage();
      for (let watch = 0; watch < 60; watch++) await errorOf({ ...options, transport });
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const without: number[] = [];
    const withToken: number[] = [];
    for (let run = 0; run < 7; run++) {
      without.push(await cost({}));
      withToken.push(await cost({ apiKey: `${token(40)}.${token(2_000)}.${token(160)}` }));
    }
    // the best of each; it was 4,000 times as much
    expect(Math.min(...withToken) / Math.min(...without)).toBeLessThan(3);
  });
});
