import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

import { asyncScheduler, of } from 'rxjs';
import { createTaskStatus, taskStatus$, type TaskStatusOptions } from 'rxjs-task-status';
import { describe, expect } from 'vitest';
import { resolveOptions } from '../../src/watch/resolve-options.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';

const KEY = 'bu_0123456789abcdef';
const MAX = 2_147_483_647;
const fn = (): number => 1;

const create = (given: unknown) => createTaskStatus(given as TaskStatusOptions);

const characters = [
  'a',
  'é',
  ' ',
  '\t',
  '\n',
  '\r',
  '\v',
  '\0',
  '\x7f',
  '\ufeff',
  '\xa0',
  '✓',
  '\u{1f511}',
];
const keys = fc.array(fc.constantFrom(...characters), { maxLength: 5 }).map((all) => all.join(''));

/** What is wrong with a key, in the contract's words. */
function faultOf(key: string): RegExp | undefined {
  const codes = Array.from(key.replace(/^\s+|\s+$/g, '')).map((char) => char.codePointAt(0) ?? 0);
  if (codes.length === 0) return /^apiKey is empty$/;
  if (codes.some((code) => code === 10 || code === 13)) return /^apiKey has a line break inside/;
  if (codes.some((code) => code > 255)) return /^apiKey has a character beyond Latin-1/;
  if (codes.some((code) => (code < 32 && code !== 9) || code === 127))
    return /^apiKey has a control/;
  return undefined;
}

describe('an apiKey', () => {
  test.prop([keys], runs(2_000))('is trimmed, and refused with the reason', (apiKey) => {
    const fault = faultOf(apiKey);
    if (fault) expect(() => create({ apiKey })).toThrow(fault);
    else expect(resolveOptions({ apiKey }, asyncScheduler).apiKey).toBe(apiKey.trim());
  });

  test.prop([keys], runs(500))('from a function is checked in the same way', async (apiKey) => {
    const sent: string[] = [];
    const error = await new Promise<unknown>((resolve) => {
      taskStatus$('task_1', {
        apiKey: () => apiKey,
        transport: ({ headers }) => {
          sent.push(headers['Authorization'] ?? '');
          return of({ status: 200, headers: { get: () => null }, body: '"finished"' });
        },
      }).subscribe({ error: resolve, complete: () => resolve(undefined) });
    });
    const fault = faultOf(apiKey);
    if (fault) expect(String(error)).toMatch(new RegExp(`^TypeError: ${fault.source.slice(1)}`));
    else expect(sent).toEqual([`Bearer ${apiKey.trim()}`]);
  });
});

describe('resolved options', () => {
  test('have the same keys in the same order for any options', () => {
    const given = {
      retry: false,
      timeout: 5,
      apiKey: KEY,
      backoff: { delay: fn },
      signal: undefined,
    };
    const few = resolveOptions({}, asyncScheduler);
    const many = resolveOptions(given as TaskStatusOptions, asyncScheduler, {
      acquire: fn,
      release: () => false,
    });
    expect(Object.keys(many)).toEqual(Object.keys(few));
    expect(Object.keys(many.backoff)).toEqual(Object.keys(few.backoff));
    expect(Object.keys(many.retry)).toEqual(Object.keys(few.retry));
  });

  test('have the defaults of the contract', () => {
    const resolved = resolveOptions({}, asyncScheduler);
    expect(resolved.backoff).toEqual({
      random: expect.any(Function) as unknown,
      ...{ initialDelay: 1_000, factor: 1.5, maxDelay: 5_000, jitter: 0.1, resetOnChange: true },
      delay: undefined,
    });
    expect(resolved.retry).toEqual({
      random: expect.any(Function) as unknown,
      ...{ maxRetries: 10, initialDelay: 500, factor: 2, maxDelay: 30_000, jitter: 0.5 },
      ...{ maxRetryAfter: 300_000, shouldRetry: undefined },
    });
    expect(resolved).toMatchObject({
      ...{ requestTimeout: 30_000, timeout: Infinity, notFoundGrace: 0, unknownStatus: 'error' },
      ...{ baseUrl: 'https://api.browser-use.com/api/v1', query: '', scheduler: asyncScheduler },
    });
  });

  test('merge backoff and retry with their defaults; retry: false is maxRetries: 0', () => {
    const backoff = resolveOptions(
      { backoff: { factor: 3, jitter: undefined } },
      asyncScheduler,
    ).backoff;
    expect(backoff).toMatchObject({ initialDelay: 1_000, factor: 3, jitter: 0.1 });
    const { retry } = resolveOptions({ retry: false }, asyncScheduler);
    expect(retry).toMatchObject({ maxRetries: 0, initialDelay: 500, maxRetryAfter: 300_000 });
  });

  test.each([
    [{ initialDelay: 10_000 }, 10_000],
    [{ initialDelay: 5_001 }, 5_001],
    [{ initialDelay: 5_000 }, 5_000],
    [{ initialDelay: 0 }, 5_000],
    [{ initialDelay: MAX }, MAX],
    [{ initialDelay: 10_000, maxDelay: undefined }, 10_000],
    [{ initialDelay: 10_000, maxDelay: 2_000 }, 2_000],
    [{ initialDelay: 10_000, maxDelay: 0 }, 0],
    [{}, 5_000],
  ])('have the larger of 5,000 and initialDelay as backoff.maxDelay: %o', (backoff, maxDelay) => {
    expect(resolveOptions({ backoff }, asyncScheduler).backoff.maxDelay).toBe(maxDelay);
  });

  test('have 30,000 as retry.maxDelay for any initialDelay', () => {
    const { retry } = resolveOptions({ retry: { initialDelay: 60_000 } }, asyncScheduler);
    expect(retry).toMatchObject({ initialDelay: 60_000, maxDelay: 30_000 });
  });
});

test('each option is read once: a getter cannot give one value to the check and another to the watch', () => {
  const reads: string[] = [];
  const counting = (options: object): object =>
    new Proxy(options, {
      get: (target, name, receiver) => {
        reads.push(String(name));
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
  create(
    counting({
      backoff: counting({ initialDelay: 1, factor: 2, random: fn }),
      retry: counting({ maxRetries: 1, shouldRetry: fn }),
      headers: { a: 'b' },
      apiKey: KEY,
      timeout: 5,
    }),
  );
  const names = ['apiKey', 'headers', 'timeout', 'factor', 'maxRetries', 'shouldRetry', 'backoff'];
  expect(names.map((name) => reads.filter((read) => read === name).length)).toEqual(
    names.map((name) => (name === 'factor' ? 2 : 1)),
  );
});

test('resolved options share one hidden class, which takes 600 bytes', () => {
  setFlagsFromString('--allow-natives-syntax');
  const sameClass = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (
    a: object,
    b: object,
  ) => boolean;
  const resolve = () => resolveOptions({ transport: () => of() }, asyncScheduler);
  // V8 may change the class of the first ones
  for (let warm = 0; warm < 100; warm++) resolve();
  expect(sameClass(resolve(), resolve())).toBe(true);
});
