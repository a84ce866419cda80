// Everything that a caller hands over to a watch, one part of which breaks, and what is left then.

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

// kept, for the tests replace the globals
const { AbortController, Response, setImmediate, queueMicrotask } = globalThis;

export const REASON = new Error('thrown by the caller');
const KEY = 'bu_secret-secret-secret';

/** Whatever it is, to the compiler it is what is wanted. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export const as = <T>(value: unknown): T => value as T;

/** What the server says to one request. */
const ANSWERS = {
  running: { body: '"running"' },
  created: { body: '"created"' },
  'later, please': { body: '"running"', headers: { 'retry-after': '2' } },
  503: { status: 503, body: `{"detail":"Down, ${KEY}"}` },
  'back at a date': { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:02 GMT' } },
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

/** What can be broken: a global, or something of the caller's that the library calls or reads. */
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
/** Those that release something: they do so, then throw. */
const RELEASES = [
  'action.unsubscribe',
  'transport.unsubscribe',
  'pauseWhile.unsubscribe',
  'pollNow.unsubscribe',
  'signal.removeEventListener',
] as const;

export interface Sabotage {
  readonly point: (typeof GLOBALS)[number] | (typeof CALLED)[number] | (typeof RELEASES)[number];
  readonly how: 'throws' | 'gives nonsense';
  /** A global: before the n-th request, 0 for before the call. All else: at its n-th use. */
  readonly nth: number;
  /** Whether it works again afterwards. */
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

/** Replaces functions and properties by others that break at one point. */
class Saboteur {
  readonly #plan: Sabotage;
  #uses = 0;

  constructor(plan: Sabotage) {
    this.#plan = plan;
  }

  /** A function that may break instead of doing what it should. */
  call<A extends unknown[], R>(point: string, original: (...args: A) => R): (...args: A) => R {
    const { how, nonsense } = this.#plan;
    return (...args) => {
      if (!this.#isDue(point)) return original(...args);
      if (how === 'throws') throw REASON;
      return as<R>(nonsense);
    };
  }

  /** A function that may break after it has done what it should. */
  after<A extends unknown[], R>(point: string, original: (...args: A) => R): (...args: A) => R {
    const { how, nonsense } = this.#plan;
    return (...args) => {
      const result = original(...args);
      if (!this.#isDue(point)) return result;
      if (how === 'throws') throw REASON;
      return as<R>(nonsense);
    };
  }

  /** The same object, each property of which may break. */
  properties<O extends object>(prefix: string, object: O): O {
    const copy = {};
    for (const [name, value] of Object.entries(object)) {
      const get = this.call(`${prefix}.${name}`, (): unknown => value);
      // a function breaks when it is called
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
    const { point, how, nth, nonsense } = this.#plan;
    if (!isGlobal(point) || requests !== nth) return;
    const boom = function (): never {
      throw REASON;
    };
    vi.stubGlobal(point, how === 'throws' ? boom : nonsense);
  }

  #isDue(point: string): boolean {
    if (point !== this.#plan.point) return false;
    this.#uses++;
    const { nth, once } = this.#plan;
    return once ? this.#uses === nth + 1 : this.#uses > nth;
  }
}

/** What a run leaves behind, or what nobody handles. */
export class Watchdog {
  readonly faults: string[] = [];
  readonly #onRejection = (reason: unknown): void => {
    this.faults.push(`unhandled rejection: ${String(reason)}`);
  };

  constructor() {
    process.on('unhandledRejection', this.#onRejection);
    config.onUnhandledError = (error) => this.faults.push(`unhandled error: ${String(error)}`);
  }

  async pass(ms: number): Promise<void> {
    try {
      await vi.advanceTimersByTimeAsync(ms);
    } catch (error) {
      this.faults.push(`uncaught in a timer: ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    // rejections are reported after the microtasks
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', this.#onRejection);
    config.onUnhandledError = null;
  }
}

/** A subscription to what a test watches: how it ends, and what is left of it then. */
export interface Ending {
  statuses: string[];
  end: unknown;
}

export const HANGS = 'hangs';

export function follow(
  watchdog: Watchdog,
  subject$: Observable<string>,
  leftovers: () => string[],
): Ending {
  const seen: Ending = { statuses: [], end: HANGS };
  const end = (how: unknown): void => {
    if (seen.end !== HANGS) watchdog.faults.push('ended twice');
    seen.end = how;
    // an error in subscribe() comes before the teardown
    queueMicrotask(() => watchdog.faults.push(...leftovers()));
  };
  try {
    subject$.subscribe({
      next: (status) => seen.statuses.push(status),
      error: (error: unknown) => end(error),
      complete: () => end('complete'),
    });
  } catch (error) {
    watchdog.faults.push(`subscribe() throws ${String(error)}`);
  }
  return seen;
}

/** Everything that a caller hands over, with one part that breaks. */
export class Caller {
  readonly saboteur: Saboteur;
  readonly #setting: Setting;
  readonly #abort = new AbortController();
  readonly #pauseWhile = new Subject<boolean>();
  readonly #pollNow = new Subject<number>();
  #actions = 0;
  #requests = 0;

  constructor(setting: Setting, sabotage: Sabotage) {
    this.#setting = setting;
    this.saboteur = new Saboteur(sabotage);
  }

  /** What a watch has left behind. */
  readonly leftovers = (): string[] => {
    const faults: string[] = [];
    if (this.#actions > 0) faults.push(`${this.#actions} scheduled actions are left`);
    if (this.#pauseWhile.observed) faults.push('pauseWhile is still subscribed to');
    if (this.#pollNow.observed) faults.push('pollNow is still subscribed to');
    if (getEventListeners(this.#abort.signal, 'abort').length > 0) {
      faults.push('a listener on signal is left');
    }
    return faults;
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

  /** The options of the watch that the sabotage is for. */
  options(): TaskStatusOptions {
    const { key, kind, limits } = this.#setting;
    const { saboteur } = this;
    const [requestTimeout, timeout] = limits;
    const apiKey = saboteur.call('apiKey', () => (key === 'promise' ? Promise.resolve(KEY) : KEY));
    return {
      api: saboteur.properties('api', { ...browserUseV1, bodyLimit: 65_536 }),
      ...(key === 'none' ? {} : { apiKey: key === 'text' ? KEY : apiKey }),
      headers: { 'X-Secret': 'header-secret' },
      requestTimeout,
      timeout,
      scheduler: this.scheduler(),
      backoff: {
        random: saboteur.call('backoff.random', () => 0.5),
        delay: saboteur.call('backoff.delay', () => 1_000),
      },
      retry: {
        maxRetries: 3,
        random: saboteur.call('retry.random', () => 0.5),
        shouldRetry: saboteur.call('retry.shouldRetry', (_, __, transient) => transient),
      },
      signal: this.#signal(),
      pauseWhile: this.#notifier('pauseWhile', this.#pauseWhile),
      pollNow: this.#notifier('pollNow', this.#pollNow),
      ...(kind.startsWith('fetch') ? { fetch: this.#fetch } : { transport: this.#transport }),
    };
  }

  scheduler(): SchedulerLike {
    const { saboteur } = this;
    const now = saboteur.call('scheduler.now', () => asyncScheduler.now());
    const schedule = <T>(
      work: (this: SchedulerAction<T>, state?: T) => void,
      delay?: number,
    ): Subscription => {
      // what is scheduled without a handle cannot be cancelled: it does not run
      saboteur.call('scheduler.schedule', () => undefined)();
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
      action.unsubscribe = saboteur.after('action.unsubscribe', action.unsubscribe.bind(action));
      return action;
    };
    return { now, schedule };
  }

  #signal(): AbortSignal {
    const { signal } = this.#abort;
    const { saboteur } = this;
    const own = {
      reason: { get: saboteur.call('signal.reason', (): unknown => REASON) },
      removeEventListener: {
        value: saboteur.after(
          'signal.removeEventListener',
          signal.removeEventListener.bind(signal),
        ),
      },
    };
    return Object.defineProperties(signal, own);
  }

  #notifier<T>(name: string, source: Subject<T>): Notifier<T> {
    const { saboteur } = this;
    return {
      subscribe: saboteur.after(`${name}.subscribe`, (observer, options) => {
        const subscription = source.subscribe(observer);
        options?.signal.addEventListener('abort', () => subscription.unsubscribe());
        return {
          unsubscribe: saboteur.after(`${name}.unsubscribe`, () => subscription.unsubscribe()),
        };
      }),
    };
  }

  #answer(): (typeof ANSWERS)[AnswerName] | { readonly body: string } {
    const name = this.#setting.answers[this.#requests++];
    this.saboteur.breakGlobal(this.#requests);
    return name === undefined ? { body: '"finished"' } : ANSWERS[name];
  }

  readonly #transport: StatusTransport = (request) =>
    this.saboteur.call('transport', () => this.#send(request))();

  #send({ signal }: StatusRequest): ReturnType<StatusTransport> {
    const { kind } = this.#setting;
    const { saboteur } = this;
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
          unsubscribe: saboteur.after('transport.unsubscribe', () => clearTimeout(timer)),
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
    const get = this.saboteur.call('headers.get', (name: string) => {
      return new Map(Object.entries(headers)).get(name) ?? null;
    });
    return this.saboteur.properties('response', { status, headers: { get }, body });
  }

  readonly #fetch: FetchLike = (_, { signal }) =>
    this.saboteur.call('transport', () => this.#respond(signal))();

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

const anySabotage = fc.record<Sabotage>({
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

export const sabotage = anySabotage.map((it): Sabotage => {
  // with a list of its own, no status ends a watch
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
