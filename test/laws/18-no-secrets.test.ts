import { inspect } from 'node:util';
import { lastValueFrom, of, throwError, VirtualTimeScheduler } from 'rxjs';
import { describe, expect } from 'vitest';
import {
  browserUseV1,
  type FetchInit,
  HttpStatusError,
  type StatusTransport,
  type TaskApi,
  taskPolls$,
  type TaskStatus,
  taskStatus$,
  type TaskStatusOptions,
} from '../../src/index.js';
import { TASK_ID } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';

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

/** Everything that an error shows, in any way that people look at errors. */
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
    // Quoted, a secret looks different and is one all the same.
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
    'an answer that echoes what it was sent',
    async (given, form, status, wrapped, before, after) => {
      const encode = encodings[form % encodings.length] ?? String;
      const secrets = [...encodings.map((it) => it(given.apiKey)), given.header];
      const transport: StatusTransport = ({ headers }) => {
        // What came with the request, so that the test knows that it could have leaked.
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

  test.prop([credentials, fc.nat(), fc.integer({ min: 0, max: 7 })], runs(200))(
    'a network error that names them, in its causes and its code too',
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

  test('the cause of a NetworkError is a plain copy of name, message, code and cause, five deep at most', async () => {
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

  test('in what was taken from an answer a secret reads ***', async () => {
    const apiKey = 'k3y-of-mine';
    const body = JSON.stringify({ detail: `no access for ${apiKey}` });
    const transport = () => Promise.resolve({ status: 403, headers: { get: () => null }, body });
    expect(await errorOf({ apiKey, transport })).toMatchObject({ detail: 'no access for ***' });
  });

  test('a secret across the 200th character of a body is not cut, but hidden', async () => {
    const apiKey = 'k3y-of-mine-that-is-long';
    for (let offset = 170; offset < 205; offset += 1) {
      const body = `${'x'.repeat(offset)}${apiKey}`;
      const transport = () => Promise.resolve({ status: 400, headers: { get: () => null }, body });
      expect(everythingIn(await errorOf({ apiKey, transport }))).not.toContain('k3y');
    }
  });

  test.prop([secret('k3y').map((key) => `${key}\n${key}`)], runs(100))(
    'an unfit key, fixed or from a function, is a TypeError that does not show it',
    async (apiKey) => {
      const transport = () => throwError(() => new Error('asked'));
      expect(() => taskStatus$(TASK_ID, { apiKey, transport })).toThrow(TypeError);
      for (const give of [() => apiKey, () => Promise.resolve(apiKey), () => '']) {
        const error = await errorOf({ apiKey: give, transport });
        expect(error).toBeInstanceOf(TypeError);
        expectNoSecret(error, [apiKey.trim()]);
      }
    },
  );

  test('what the key function throws, or rejects with, is the error of the stream', async () => {
    const reason = new Error('vault is closed');
    const transport = () => throwError(() => new Error('asked'));
    const fails: (() => Promise<string>)[] = [
      () => {
        throw reason;
      },
      () => Promise.reject(reason),
    ];
    for (const apiKey of fails) expect(await errorOf({ apiKey, transport })).toBe(reason);
  });

  test('the key function is asked before every request', async () => {
    const sent: (string | undefined)[] = [];
    let turn = 0;
    const scheduler = new VirtualTimeScheduler();
    const watched = lastValueFrom(
      taskStatus$(TASK_ID, {
        scheduler,
        requestTimeout: Infinity,
        apiKey: () => `key-${String((turn += 1))}`,
        transport: ({ headers }) => {
          sent.push(
            Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1],
          );
          const body = JSON.stringify(sent.length < 3 ? 'running' : 'finished');
          return Promise.resolve({ status: 200, headers: { get: () => null }, body });
        },
      }),
    );
    // Answers and keys arrive in microtasks, waits in virtual time: in turns.
    for (let it = 0; it < 10; it += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      scheduler.flush();
    }
    expect(await watched).toBe('finished');
    expect(sent).toEqual(['Bearer key-1', 'Bearer key-2', 'Bearer key-3']);
  });

  test('fetch follows no redirect and takes no cached copy', async () => {
    const calls: FetchInit[] = [];
    const fetch = (_: string, init: FetchInit) => {
      calls.push(init);
      const headers = { get: () => null };
      return Promise.resolve({ status: 200, headers, text: () => Promise.resolve('"finished"') });
    };
    await lastValueFrom(taskStatus$(TASK_ID, { fetch }));
    expect(calls).toMatchObject([{ redirect: 'manual', cache: 'no-store' }]);
  });

  /** What the server says of the last of these answers, as the error shows it. */
  function detailOf(answers: readonly string[], options: TaskStatusOptions): unknown {
    const scheduler = new VirtualTimeScheduler();
    const left = [...answers];
    let shown: unknown;
    taskStatus$(TASK_ID, {
      scheduler,
      transport: () => {
        const body = JSON.stringify(left.length > 1 ? left.shift() : { detail: left[0] });
        const status = body.startsWith('{') ? 400 : 200;
        return of({ status, headers: { get: () => null }, body });
      },
      ...options,
    }).subscribe({
      error: (error: unknown) => {
        if (error instanceof HttpStatusError) shown = error.detail;
      },
    });
    scheduler.flush();
    return shown;
  }

  test('where there is no key, no word is taken for one', () => {
    expect(detailOf(['undefined is no task'], {})).toBe('undefined is no task');
  });

  test('a key that another has taken the place of is a secret still', () => {
    let turn = 0;
    const apiKey = () => `k3y-${String((turn += 1))}`;
    expect(detailOf(['neither k3y-1'], { apiKey })).toBe('neither ***');
    turn = 0;
    expect(detailOf(['running', 'neither k3y-1 nor k3y-2'], { apiKey })).toBe(
      'neither *** nor ***',
    );
  });

  test('an API is never asked for the header of a key that is empty', () => {
    const api: TaskApi<TaskStatus> = {
      ...browserUseV1,
      authorization: (key) => {
        if (key === '') throw new RangeError('no key');
        return ['x-key', key];
      },
    };
    expect(detailOf(['no'], { api })).toBe('no');
  });
});
