import { BehaviorSubject, NEVER, of, Subject, type Subscribable } from 'rxjs';
import {
  browserUseV2,
  createTaskStatusPool,
  mergeOptions,
  taskStatus$,
  type Notifier,
  type TaskStatusOptions,
  type TaskStatusPoolOptions,
} from 'rxjs-task-status';
import type { AngularTaskStatusOptions } from 'rxjs-task-status/angular';
import { describe, expect } from 'vitest';
import { fc, test } from '../support/property.js';

const apiKey = 'bu_0123456789abcdef';
const fetch = () => new Promise<never>(() => undefined);
const transport = () => NEVER;
const merge = (options: object, overrides: object | undefined): object =>
  mergeOptions(options as TaskStatusOptions, overrides as TaskStatusOptions | undefined);

describe('mergeOptions', () => {
  test('replaces options by overrides, and keeps the rest', () => {
    const headers = { a: 'b' };
    expect(merge({ timeout: 1, headers }, { timeout: 2, notFoundGrace: 3 })).toStrictEqual({
      timeout: 2,
      headers,
      notFoundGrace: 3,
    });
    // only backoff and retry are merged field by field
    for (const name of ['headers', 'retryPolicy', 'mybackoff']) {
      expect(merge({ [name]: headers }, { [name]: { c: 'd' } })).toStrictEqual({
        [name]: { c: 'd' },
      });
    }
  });

  test('adds no option that was not given', () => {
    expect(merge({}, {})).toStrictEqual({});
    expect(merge({}, { timeout: 1 })).toStrictEqual({ timeout: 1 });
    expect(merge({ backoff: { jitter: 0 } }, {})).toStrictEqual({ backoff: { jitter: 0 } });
  });

  test.each(['backoff', 'retry'])('merges %s field by field', (group) => {
    const own = { [group]: { jitter: 0, factor: 2, initialDelay: 5 } };
    const over = { [group]: { factor: 3, maxDelay: 7, initialDelay: undefined } };
    expect(merge(own, over)).toStrictEqual({
      [group]: { jitter: 0, factor: 3, initialDelay: 5, maxDelay: 7 },
    });
    expect(merge({}, over)).toStrictEqual(over);
  });

  test('retry: false replaces all of retry, and can be replaced', () => {
    expect(merge({ retry: { jitter: 0 } }, { retry: false })).toStrictEqual({ retry: false });
    expect(merge({ retry: false }, { retry: { jitter: 0 } })).toStrictEqual({
      retry: { jitter: 0 },
    });
    expect(merge({ retry: false }, {})).toStrictEqual({ retry: false });
  });

  test('fetch and transport replace each other', () => {
    expect(merge({ fetch }, { transport })).toStrictEqual({ transport });
    expect(merge({ transport }, { fetch })).toStrictEqual({ fetch });
    expect(merge({ transport }, { fetch: undefined })).toStrictEqual({ transport });
    expect(merge({ fetch }, { timeout: 1 })).toStrictEqual({ fetch, timeout: 1 });
    // given together they are refused where they are used
    expect(merge({ fetch }, { fetch, transport })).toStrictEqual({ fetch, transport });
  });

  test('accepts undefined as overrides, and returns a copy', () => {
    const options = { timeout: 1 };
    expect(merge(options, undefined)).toStrictEqual({ timeout: 1 });
    expect(merge(options, undefined)).not.toBe(options);
  });

  test('does not fix the default of backoff.maxDelay, which depends on initialDelay', () => {
    const merged = mergeOptions(
      { backoff: { initialDelay: 10_000 } },
      { backoff: { factor: 2, jitter: 0 } },
    );
    expect(merged.backoff).toStrictEqual({ initialDelay: 10_000, factor: 2, jitter: 0 });
  });

  test.each<[value: unknown, got: string]>([
    [5, '5'],
    [apiKey, 'a string'],
    [null, 'null'],
    [[], 'an array'],
    [new Map(), 'an object'],
    [() => 1, 'a function'],
  ])('refuses options and overrides that are not plain objects: %o', (value, got) => {
    expect(() => merge({}, value as object)).toThrow(
      new TypeError(
        `overrides must be a plain object, got ${got}; as a callback write (id) => watch$(id)`,
      ),
    );
    expect(() => merge(value as object, {})).toThrow(
      new TypeError(`options must be a plain object, got ${got}`),
    );
  });

  test('does not change a backoff or retry that is not an object', () => {
    const own = { backoff: { jitter: 0 } };
    for (const backoff of [5, null, 'fast', []]) {
      const merged = merge(own, { backoff }) as TaskStatusOptions;
      expect(() => taskStatus$('task_1', merged)).toThrow(/^backoff must be a plain object/);
    }
  });

  const value = fc.constantFrom(undefined, 1, 2, 3);
  const group = fc.oneof(
    fc.record({ jitter: value, factor: value, maxDelay: value }, { requiredKeys: [] }),
    fc.constantFrom(undefined, false as const),
  );
  const options = fc.record(
    { timeout: value, knownStatus: value, backoff: group, retry: group, ssr: value },
    { requiredKeys: [] },
  );
  type Drawn = Readonly<Record<string, unknown>>;

  test.prop([options, options])(
    'uses the last value of each field, for any options',
    (own, over) => {
      const before = JSON.stringify({ own, over });
      const merged = merge(own, over) as Drawn;
      expect(JSON.stringify({ own, over })).toBe(before);
      for (const name of ['timeout', 'knownStatus', 'ssr', 'backoff', 'retry']) {
        const [under, top] = [(own as Drawn)[name], (over as Drawn)[name]];
        if (typeof under !== 'object' || typeof top !== 'object') {
          expect(merged[name]).toEqual(top ?? under);
          continue;
        }
        for (const field of ['jitter', 'factor', 'maxDelay']) {
          const last = (top as Drawn)[field] ?? (under as Drawn)[field];
          expect((merged[name] as Drawn)[field]).toBe(last);
        }
      }
    },
  );
});

test('its types keep the options of a wrapper, and refuse a misspelt one', () => {
  const pool: TaskStatusPoolOptions = { maxConcurrent: 5 };
  const merged = mergeOptions(pool, { maxConcurrent: 6, timeout: 5 });
  createTaskStatusPool(merged).close();
  expect(merged.maxConcurrent).toBe(6);
  const angular: AngularTaskStatusOptions = { ssr: 'once' };
  const other: AngularTaskStatusOptions = mergeOptions(angular, { ssr: 'never' });
  expect(other.ssr).toBe('never');

  const base: TaskStatusOptions = { apiKey };
  taskStatus$('t', mergeOptions({ apiKey, backoff: { jitter: 0 } }, { timeout: 5 }));
  taskStatus$('t', mergeOptions({ apiKey, knownStatus: 'running' }, {}));
  taskStatus$('t', mergeOptions({ apiKey, retry: false }, { retry: { jitter: 0 } }));
  taskStatus$(
    't',
    mergeOptions(base, { backoff: { delay: (seen, _, { elapsed }) => elapsed + seen } }),
  );
  taskStatus$('t', mergeOptions({ api: browserUseV2, apiKey }, { knownStatus: 'started' }));
  const generic = <S extends string>(own: TaskStatusOptions<S>, over?: TaskStatusOptions<S>) =>
    taskStatus$<S>('t', mergeOptions(own, over));
  generic(base);

  // @ts-expect-error the option is called timeout
  mergeOptions(base, { timeOut: 5 });
  // @ts-expect-error also over a literal
  mergeOptions({ apiKey }, { timeOut: 5 });
});

/** The Observable of the platform, as browsers have it. */
interface PlatformObservable<T> {
  subscribe(
    observer?: ((value: T) => void) | { next?: (value: T) => void; error?: (e: unknown) => void },
    options?: { signal?: AbortSignal },
  ): void;
}

test('pauseWhile and pollNow take an Observable of RxJS or of the platform by their types', () => {
  const subscribe = () => undefined;
  const clicks: PlatformObservable<Event> = { subscribe };
  const hidden: PlatformObservable<boolean> = { subscribe };
  const subscribable: Subscribable<boolean> = NEVER;
  const own: Notifier<boolean> = { subscribe: (observer) => observer.next(true) };
  taskStatus$('t', { pollNow: clicks, pauseWhile: hidden });
  taskStatus$('t', { pollNow: new Subject<void>(), pauseWhile: new BehaviorSubject(true) });
  taskStatus$('t', { pollNow: of(1), pauseWhile: NEVER });
  taskStatus$('t', { pollNow: subscribable, pauseWhile: subscribable });
  taskStatus$('t', { pauseWhile: own });
  // @ts-expect-error not of booleans
  taskStatus$('t', { pauseWhile: of(1) });
  // @ts-expect-error not an Observable
  expect(() => taskStatus$('t', { pollNow: 5 })).toThrow(TypeError);
});
