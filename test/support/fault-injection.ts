// Runs a watch with options of which one part throws or returns nonsense, and finds what it leaks.

import { getEventListeners } from 'node:events';
import {
  asyncScheduler,
  config,
  type Observable,
  Subject,
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';
import { vi } from 'vitest';
import {
  browserUseV1,
  type FetchLike,
  type Notifier,
  type StatusRequest,
  type StatusResponse,
  type StatusTransport,
  type TaskStatusOptions,
} from '../../src/index.js';
import { fc } from './property.js';

// the originals, because the tests replace the globals
const { AbortController, Response, setImmediate, queueMicrotask } = globalThis;

export const REASON = new Error('thrown by the caller');
const KEY = 'bu_secret-secret-secret';

/** Passes a value of a wrong type to the compiler. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export const as = <T>(value: unknown): T => value as T;

/** The answers of the server. */
const ANSWERS = {
  running: { body: '"running"' },
  created: { body: '"created"' },
  '200 with Retry-After': { body: '"running"', headers: { 'retry-after': '2' } },
  503: { status: 503, body: `{"detail":"Down, ${KEY}"}` },
  '503 with a date': { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:02 GMT' } },
  429: { status: 429, headers: { 'retry-after': '1' } },
  404: { status: 404, body: `{"detail":"Task not found for ${KEY}"}` },
  422: { status: 422, body: `{"detail":[{"loc":["${KEY}"],"msg":"bad","type":"x"}]}` },
  401: { status: 401, body: KEY },
  'not JSON': { body: `<html>${KEY}</html>` },
  'unknown word': { body: '"archiving"' },
  'no content': { status: 204 },
  'too long': { body: `"${'x'.repeat(70_000)}"` },
  lost: 'lost',
  silence: 'silence',
} as const;
export type AnswerName = keyof typeof ANSWERS;

/** The points that can fail: the globals, and what the library calls or reads in the options. */
const GLOBALS = [
  'TextEncoder',
  'TextDecoder',
  'AbortController',
  'AbortSignal',
  'btoa',
  'atob',
  'URL',
  'Headers',
  'Response',
  'ReadableStream',
  'structuredClone',
  'queueMicrotask',
  'Date',
] as const;
const CALLED = [
  'api.path',
  'api.authorization',
  'api.status',
  'api.bodyLimit',
  'api.request',
  'api.details',
  'api.retryAfter',
  'api.statuses',
  'api.terminal',
  'response.status',
  'response.headers',
  'response.body',
  'headers.get',
  'transport',
  'apiKey',
  'backoff.delay',
  'backoff.random',
  'retry.random',
  'retry.shouldRetry',
  'scheduler.now',
  'scheduler.schedule',
  'signal.reason',
  'pauseWhile.subscribe',
  'pollNow.subscribe',
] as const;
/** These release something first, then throw. */
const RELEASES = [
  'action.unsubscribe',
  'transport.unsubscribe',
  'pauseWhile.unsubscribe',
  'pollNow.unsubscribe',
  'signal.removeEventListener',
] as const;

export interface Fault {
  readonly point: (typeof GLOBALS)[number] | (typeof CALLED)[number] | (typeof RELEASES)[number];
  readonly how: 'throws' | 'gives nonsense';
  /** For a global: before the n-th request, 0 for before the call. Otherwise: at its n-th use. */
  readonly nth: number;
  /** Whether it fails only once. */
  readonly once: boolean;
  readonly nonsense: unknown;
}

/** The conditions of a run. */
export interface Setting {
  readonly answers: readonly AnswerName[];
  readonly kind: 'Observable' | 'later' | 'promise' | 'fetch' | 'fetch of a text';
  readonly key: 'none' | 'text' | 'function' | 'promise';
  readonly limits: readonly [requestTimeout: number, timeout: number];
  readonly events: readonly ('pause' | 'pollNow' | 'abort')[];
}

/** Wraps functions and properties, one of which fails. */
class FaultInjector {
  readonly #fault: Fault;
  #uses = 0;

  constructor(fault: Fault) {
    this.#fault = fault;
  }

  /** A function that may fail instead of running. */
  call<A extends unknown[], R>(point: string, original: (...args: A) => R): (...args: A) => R {
    const { how, nonsense } = this.#fault;
    return (...args) => {
      if (!this.#isDue(point)) return original(...args);
      if (how === 'throws') throw REASON;
      return as<R>(nonsense);
    };
  }

  /** A function that may fail after it has run. */
  after<A extends unknown[], R>(point: string, original: (...args: A) => R): (...args: A) => R {
    const { how, nonsense } = this.#fault;
    return (...args) => {
      const result = original(...args);
      if (!this.#isDue(point)) return result;
      if (how === 'throws') throw REASON;
      return as<R>(nonsense);
    };
  }

  /** A copy of the object, each property of which may fail. */
  properties<O extends object>(prefix: string, object: O): O {
    const copy = {};
    for (const [name, value] of Object.entries(object)) {
      const get = this.call(`${prefix}.${name}`, (): unknown => value);
      // a function fails when it is called
      Object.defineProperty(
        copy,
        name,
        typeof value === 'function'
          ? { value: this.call(`${prefix}.${name}`, as<() => unknown>(value)), enumerable: true }
          : { get, enumerable: true },
      );
    }
    return as(copy);
  }

  /** Called before the call, and before each request. */
  breakGlobal(requests: number): void {
    const { point, how, nth, nonsense } = this.#fault;
    if (!isGlobal(point) || requests !== nth) return;
    const fail = function (): never {
      throw REASON;
    };
    vi.stubGlobal(point, how === 'throws' ? fail : nonsense);
  }

  #isDue(point: string): boolean {
    if (point !== this.#fault.point) return false;
    this.#uses++;
    const { nth, once } = this.#fault;
    return once ? this.#uses === nth + 1 : this.#uses > nth;
  }
}

/** Collects leaks and unhandled errors of a run. */
export class RunMonitor {
  readonly violations: string[] = [];
  readonly #onRejection = (reason: unknown): void => {
    this.violations.push(`unhandled rejection: ${String(reason)}`);
  };

  constructor() {
    process.on('unhandledRejection', this.#onRejection);
    config.onUnhandledError = (error) => this.violations.push(`unhandled error: ${String(error)}`);
  }

  async pass(ms: number): Promise<void> {
    try {
      await vi.advanceTimersByTimeAsync(ms);
    } catch (error) {
      this.violations.push(`uncaught in a timer: ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    // rejections are reported after the microtasks
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', this.#onRejection);
    config.onUnhandledError = null;
  }
}

/** The statuses and the end of a subscription. */
export interface Ending {
  statuses: string[];
  end: unknown;
}

export const HANGS = 'hangs';

export function record(
  monitor: RunMonitor,
  subject$: Observable<string>,
  leaks: () => string[],
): Ending {
  const seen: Ending = { statuses: [], end: HANGS };
  const end = (how: unknown): void => {
    if (seen.end !== HANGS) monitor.violations.push('ended twice');
    seen.end = how;
    // an error in subscribe() comes before the teardown
    queueMicrotask(() => monitor.violations.push(...leaks()));
  };
  try {
    subject$.subscribe({
      next: (status) => seen.statuses.push(status),
      error: (error: unknown) => end(error),
      complete: () => end('complete'),
    });
  } catch (error) {
    monitor.violations.push(`subscribe() throws ${String(error)}`);
  }
  return seen;
}

/** The options of a watch, with one part that fails. */
export class FaultyOptions {
  readonly injector: FaultInjector;
  readonly #setting: Setting;
  readonly #abort = new AbortController();
  readonly #pauseWhile = new Subject<boolean>();
  readonly #pollNow = new Subject<number>();
  #actions = 0;
  #requests = 0;

  constructor(setting: Setting, fault: Fault) {
    this.#setting = setting;
    this.injector = new FaultInjector(fault);
  }

  /** What a watch has not released. */
  readonly leaks = (): string[] => {
    const violations: string[] = [];
    if (this.#actions > 0) violations.push(`${this.#actions} scheduled actions remain`);
    if (this.#pauseWhile.observed) violations.push('pauseWhile is still subscribed to');
    if (this.#pollNow.observed) violations.push('pollNow is still subscribed to');
    if (getEventListeners(this.#abort.signal, 'abort').length > 0) {
      violations.push('a listener on signal remains');
    }
    return violations;
  };

  act(): void {
    const { events } = this.#setting;
    if (events.includes('pause')) {
      setTimeout(() => this.#pauseWhile.next(true), 300);
      setTimeout(() => this.#pauseWhile.next(false), 900);
    }
    if (events.includes('pollNow')) setTimeout(() => this.#pollNow.next(1), 1_100);
    if (events.includes('abort')) setTimeout(() => this.#abort.abort(REASON), 2_500);
  }

  /** The options of the watch. */
  options(): TaskStatusOptions {
    const { key, kind, limits } = this.#setting;
    const { injector } = this;
    const [requestTimeout, timeout] = limits;
    const apiKey = injector.call('apiKey', () => (key === 'promise' ? Promise.resolve(KEY) : KEY));
    return {
      api: injector.properties('api', {
        ...browserUseV1,
        bodyLimit: 65_536,
        request: () => ({ headers: { accept: 'application/json' } }),
        details: () => undefined,
        retryAfter: () => undefined,
      }),
      ...(key === 'none' ? {} : { apiKey: key === 'text' ? KEY : apiKey }),
      headers: { 'X-Secret': 'header-secret' },
      requestTimeout,
      timeout,
      scheduler: this.scheduler(),
      backoff: {
        random: injector.call('backoff.random', () => 0.5),
        delay: injector.call('backoff.delay', () => 1_000),
      },
      retry: {
        maxRetries: 3,
        random: injector.call('retry.random', () => 0.5),
        shouldRetry: injector.call('retry.shouldRetry', (_, __, transient) => transient),
      },
      signal: this.#signal(),
      pauseWhile: this.#notifier('pauseWhile', this.#pauseWhile),
      pollNow: this.#notifier('pollNow', this.#pollNow),
      ...(kind.startsWith('fetch') ? { fetch: this.#fetch } : { transport: this.#transport }),
    };
  }

  scheduler(): SchedulerLike {
    const { injector } = this;
    const now = injector.call('scheduler.now', () => asyncScheduler.now());
    const schedule = <T>(
      work: (this: SchedulerAction<T>, state?: T) => void,
      delay?: number,
    ): Subscription => {
      // before scheduling: without the returned action the library could not cancel it
      injector.call('scheduler.schedule', () => undefined)();
      let isDue = true;
      this.#actions++;
      const settle = (): void => {
        if (isDue) this.#actions--;
        isDue = false;
      };
      const action = asyncScheduler.schedule(function (this: SchedulerAction<unknown>) {
        settle();
        work.call(as(this));
      }, delay);
      action.add(settle);
      action.unsubscribe = injector.after('action.unsubscribe', action.unsubscribe.bind(action));
      return action;
    };
    return { now, schedule };
  }

  #signal(): AbortSignal {
    const { signal } = this.#abort;
    const { injector } = this;
    const overrides = {
      reason: { get: injector.call('signal.reason', (): unknown => REASON) },
      removeEventListener: {
        value: injector.after(
          'signal.removeEventListener',
          signal.removeEventListener.bind(signal),
        ),
      },
    };
    return Object.defineProperties(signal, overrides);
  }

  #notifier<T>(name: string, source: Subject<T>): Notifier<T> {
    const { injector } = this;
    return {
      subscribe: injector.after(`${name}.subscribe`, (observer, options) => {
        const subscription = source.subscribe(observer);
        options?.signal.addEventListener('abort', () => subscription.unsubscribe());
        return {
          unsubscribe: injector.after(`${name}.unsubscribe`, () => subscription.unsubscribe()),
        };
      }),
    };
  }

  #answer(): (typeof ANSWERS)[AnswerName] | { readonly body: string } {
    const name = this.#setting.answers[this.#requests++];
    this.injector.breakGlobal(this.#requests);
    return name === undefined ? { body: '"finished"' } : ANSWERS[name];
  }

  readonly #transport: StatusTransport = (request) =>
    this.injector.call('transport', () => this.#send(request))();

  #send({ signal }: StatusRequest): ReturnType<StatusTransport> {
    const { kind } = this.#setting;
    const { injector } = this;
    const answer = this.#answer();
    const response = typeof answer === 'string' ? undefined : this.#response(answer);
    if (kind === 'promise') {
      if (response) return Promise.resolve(response);
      if (answer === 'lost') return Promise.reject(new Error('connection lost'));
      return new Promise(() => signal.addEventListener('abort', () => undefined));
    }
    return {
      subscribe: ({ next, error }) => {
        const deliver = (): void => {
          if (response) next?.(response);
          else if (answer === 'lost') error?.(new Error('connection lost'));
        };
        const timer = kind === 'later' ? setTimeout(deliver, 50) : undefined;
        if (!timer) deliver();
        return {
          unsubscribe: injector.after('transport.unsubscribe', () => clearTimeout(timer)),
        };
      },
    };
  }

  #response(answer: {
    readonly status?: number;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }): StatusResponse {
    const { status = 200, body = '', headers = {} } = answer;
    const get = this.injector.call('headers.get', (name: string) => {
      return new Map(Object.entries(headers)).get(name) ?? null;
    });
    return this.injector.properties('response', { status, headers: { get }, body });
  }

  readonly #fetch: FetchLike = (_, { signal }) =>
    this.injector.call('transport', () => this.#respond(signal))();

  #respond(signal: AbortSignal | undefined): Promise<Awaited<ReturnType<FetchLike>>> {
    const answer = this.#answer();
    if (answer === 'lost') return Promise.reject(new TypeError('fetch failed'));
    if (answer === 'silence') {
      return new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(as<Error>(signal.reason))),
      );
    }
    if (this.#setting.kind === 'fetch of a text') {
      const { status, headers, body } = this.#response(answer);
      return Promise.resolve(as({ status, headers, text: () => Promise.resolve(body) }));
    }
    const {
      status = 200,
      body,
      headers = {},
    } = as<{
      status?: number;
      body?: string;
      headers?: Record<string, string>;
    }>(answer);
    return Promise.resolve(new Response(body ?? null, { status, headers }));
  }
}

const anyFault = fc.record<Fault>({
  point: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...GLOBALS) },
    { weight: 4, arbitrary: fc.constantFrom(...CALLED) },
    { weight: 2, arbitrary: fc.constantFrom(...RELEASES) },
  ),
  how: fc.constantFrom('throws', 'gives nonsense'),
  nth: fc.nat({ max: 6 }),
  once: fc.boolean(),
  nonsense: fc.constantFrom<unknown[]>(
    undefined,
    null,
    NaN,
    -1,
    '',
    'nonsense',
    {},
    [],
    Symbol('nonsense'),
    () => undefined,
  ),
});

export const fault = anyFault.map((it): Fault => {
  // with nonsense as api.terminal, no status would end a watch
  return it.point === 'api.terminal' ? { ...it, how: 'throws' } : it;
});

export const setting = fc.record<Setting>({
  answers: fc.array(fc.constantFrom(...as<AnswerName[]>(Object.keys(ANSWERS))), { maxLength: 4 }),
  kind: fc.constantFrom('Observable', 'later', 'promise', 'fetch', 'fetch of a text'),
  key: fc.constantFrom('none', 'text', 'function', 'promise'),
  limits: fc.constantFrom<(readonly [number, number])[]>(
    [1_000, Infinity],
    [1_000, 3_000],
    [Infinity, 3_000],
    [40_000, 5_000],
  ),
  events: fc.subarray<'pause' | 'pollNow' | 'abort'>(['pause', 'pollNow', 'abort']),
});

/** Whether a point is a global. */
export function isGlobal(point: string): boolean {
  return GLOBALS.some((name) => name === point);
}
