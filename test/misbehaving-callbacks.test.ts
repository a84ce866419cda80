import { getEventListeners } from 'node:events';
import {
  config,
  delay,
  finalize,
  NEVER,
  type Observer,
  Observable,
  of,
  Subject,
  type Subscribable,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import {
  type BackoffOptions,
  type StatusResponse,
  type StatusTransport,
  taskPolls$,
  taskStatus$,
  type TaskStatusOptions,
} from '../src/index.js';
import { TASK_ID } from './support/history.js';
import { fc, test } from './support/property.js';
import { runs } from './support/runs.js';
import { scriptedApi } from './support/scripted-api.js';

// The functions and objects of the caller may do anything. Fake timers let promises settle in between.

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  config.onUnhandledError = null;
});

const answerWith = (word: string): StatusResponse => ({
  status: 200,
  headers: { get: () => null },
  body: JSON.stringify(word),
});
const FINISHED = answerWith('finished');
const REASON = new Error('thrown by the caller');
const throwReason = (): never => {
  throw REASON;
};

/** Passes a value of a wrong type to the compiler. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
const as = <T>(value: unknown): T => value as T;

/** The statuses, the number of requests, and the end of a watch. */
interface WatchResult {
  readonly statuses: string[];
  requests: number;
  end: unknown;
}

/** Runs a watch for ten minutes. Its limits end each watch here long before. */
async function run(options: TaskStatusOptions, transport: StatusTransport): Promise<WatchResult> {
  const { signal } = new AbortController();
  const seen: WatchResult = { statuses: [], requests: 0, end: 'hangs' };
  taskStatus$(TASK_ID, {
    signal,
    requestTimeout: 1_000,
    backoff: { jitter: 0 },
    ...options,
    retry: options.retry ?? { maxRetries: 1, jitter: 0 },
    transport: (request) => {
      seen.requests++;
      return transport(request);
    },
  }).subscribe({
    next: (status) => seen.statuses.push(status),
    error: (error: unknown) => (seen.end = error),
    complete: () => (seen.end = 'complete'),
  });
  await vi.advanceTimersByTimeAsync(600_000);
  if (seen.end !== 'hangs') {
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  }
  return seen;
}

type Step = 'answers' | 'answers again' | 'fails' | 'ends' | 'throws';

/** A promise that takes these steps in order. */
const thenable = (...steps: Step[]): PromiseLike<StatusResponse> =>
  as({
    then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => {
      takeSteps(steps, resolve, reject);
    },
  });

/** Like an Observable that takes these steps in order, without a subscription. */
const subscribable = (...steps: Step[]): Subscribable<StatusResponse> =>
  as({
    subscribe: ({ next, error, complete }: Observer<unknown>) => {
      takeSteps(steps, next, error, complete);
    },
  });

function takeSteps(
  steps: Step[],
  answer: (value: unknown) => void,
  fail: (reason: unknown) => void,
  end?: () => void,
): void {
  const acts = {
    answers: () => answer(FINISHED),
    'answers again': () => answer(answerWith('failed')),
    fails: () => fail(REASON),
    ends: () => end?.(),
    throws: throwReason,
  };
  for (const step of steps) acts[step]();
}

const unreadable = (field: string): object =>
  Object.defineProperty({ ...FINISHED }, field, { get: throwReason });

describe('a transport', () => {
  const noSubscribable: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 42],
    ['a string', '"finished"'],
    ['an object', {}],
    ['an answer without a promise', FINISHED],
    ['an array', []],
    ['a function', () => FINISHED],
    ['a symbol', Symbol('finished')],
    ['a then that is not a function', { then: FINISHED }],
    ['a subscribe that is not a function', { subscribe: FINISHED }],
  ];
  test.each(noSubscribable)('that returns %s is a TypeError at once', async (_, value) => {
    const { end, requests } = await run({}, () => as(value));
    expect(end).toBeInstanceOf(TypeError);
    expect(end).toHaveProperty(
      'message',
      `transport must return an Observable or a promise, got ${typeof value}`,
    );
    expect(requests).toBe(1);
  });

  test('that returns an object with a throwing getter ends the stream at once', async () => {
    const result = Object.defineProperty({}, 'then', { get: throwReason });
    const { end, requests } = await run({}, () => as(result));
    expect(end).toBeInstanceOf(Error);
    expect(requests).toBe(1);
  });

  const noAnswer: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a string', '"finished"'],
    ['an object', {}],
    ['no headers', { status: 200, body: '"finished"' }],
    ['an array of headers', { ...FINISHED, headers: [['content-type', 'x']] }],
    ['a status that is a string', { ...FINISHED, status: '200' }],
    ['a body of bytes', { ...FINISHED, body: new Uint8Array(9) }],
    ["the platform's own Response", new Response('"finished"')],
    ['a status that throws', unreadable('status')],
    ['a body that throws', unreadable('body')],
    ['headers that throw', unreadable('headers')],
  ];
  test.each(noAnswer)('that answers with %s is a TypeError at once', async (_, value) => {
    for (const give of [() => Promise.resolve(value), () => of(value)]) {
      const { end, requests } = await run({}, () => as(give()));
      expect(end).toBeInstanceOf(TypeError);
      expect(end).toHaveProperty(
        'message',
        expect.stringMatching(/^transport must answer with a StatusResponse(:|,) /),
      );
      expect(requests).toBe(1);
    }
  });

  const good: [string, () => ReturnType<StatusTransport>][] = [
    ['a promise that is settled twice', () => thenable('answers', 'answers again')],
    ['a promise that rejects afterwards', () => thenable('answers', 'fails')],
    ['a promise that throws afterwards', () => thenable('answers', 'throws')],
    ['a promise of a promise', () => as(Promise.resolve(thenable('answers')))],
    ['an Observable that continues', () => of(FINISHED, answerWith('failed'))],
    ['an Observable that errors afterwards', () => subscribable('answers', 'fails')],
    ['a subscribe that throws afterwards', () => subscribable('answers', 'throws')],
    [
      'an object that is both',
      () => as(Object.assign(subscribable('answers'), thenable('throws'))),
    ],
    ['headers that throw', () => of({ ...FINISHED, headers: { get: throwReason } })],
    ['headers in a plain record', () => of({ ...FINISHED, headers: { 'content-type': 'x' } })],
    ['headers with numbers', () => as(of({ ...FINISHED, headers: { get: () => 5 } }))],
  ];
  test.each(good)('that returns %s gives one answer', async (_, give) => {
    const { statuses, end, requests } = await run({}, give);
    expect(statuses).toEqual(['finished']);
    expect(end).toBe('complete');
    expect(requests).toBe(1);
  });

  const lost: [string, () => ReturnType<StatusTransport>][] = [
    ['throws', throwReason],
    ['rejects', () => Promise.reject(REASON)],
    ['rejects with undefined', () => Promise.reject(as<Error>(undefined))],
    ['errors', () => throwError(() => REASON)],
    ['errors twice', () => subscribable('fails', 'fails')],
    ['errors, then answers', () => subscribable('fails', 'answers')],
    ['completes, then answers', () => subscribable('ends', 'answers')],
    ['has a subscribe that throws', () => subscribable('throws')],
    ['has a then that throws', () => thenable('throws')],
    ['rejects, then resolves', () => thenable('fails', 'answers')],
  ];
  test.each(lost)('that %s is a NetworkError, and the request is retried', async (_, give) => {
    const { end, requests } = await run({}, give);
    expect(end).toMatchObject({ name: 'NetworkError', attempts: 2 });
    expect(requests).toBe(2);
  });

  test.each<[string, () => ReturnType<StatusTransport>]>([
    ['a promise', () => new Promise(() => undefined)],
    ['a thenable', () => thenable()],
    ['an Observable', () => NEVER],
  ])('whose %s never settles is ended by requestTimeout', async (_, give) => {
    const { end, requests } = await run({}, give);
    expect(end).toMatchObject({ name: 'RequestTimeoutError', attempts: 2 });
    expect(requests).toBe(2);
  });

  test('that answers only when it is aborted emits nothing', async () => {
    const { statuses, end } = await run(
      {},
      ({ signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(FINISHED))),
    );
    expect(statuses).toEqual([]);
    expect(end).toMatchObject({ name: 'RequestTimeoutError' });
  });
});

describe('an apiKey()', () => {
  const invalid: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', { key: 'secret' }],
    ['an Observable', of('secret')],
    ['an empty string', ''],
    ['white space', ' '],
    ['a line break', 'a\nb'],
    ['a character beyond Latin-1', '✓'],
  ];
  test.each(invalid)(
    'that returns %s, directly or in a promise, is a TypeError',
    async (_, key) => {
      for (const give of [() => key, () => Promise.resolve(key)]) {
        const { end, requests } = await run({ apiKey: as(give) }, () => of(FINISHED));
        expect(end).toBeInstanceOf(TypeError);
        expect(requests).toBe(0);
      }
    },
  );

  test.each<[string, () => unknown]>([
    ['throws', throwReason],
    ['rejects', () => Promise.reject(REASON)],
    ['has a then that throws', () => thenable('throws')],
    ['rejects, then resolves', () => thenable('fails', 'answers')],
  ])('that %s ends the stream with that error', async (_, give) => {
    const { end, requests } = await run({ apiKey: as(give) }, () => of(FINISHED));
    expect(end).toBe(REASON);
    expect(requests).toBe(0);
  });

  test('that never settles is ended by requestTimeout, and called again', async () => {
    let calls = 0;
    const apiKey = (): Promise<string> => {
      calls++;
      return new Promise(() => undefined);
    };
    const { end, requests } = await run({ apiKey }, () => of(FINISHED));
    expect(end).toMatchObject({ name: 'RequestTimeoutError', attempts: 2 });
    expect([calls, requests]).toEqual([2, 0]);
  });

  test('that resolves or rejects too late changes nothing', async () => {
    for (const late of [() => Promise.resolve('key'), () => Promise.reject(REASON)]) {
      const apiKey = (): Promise<string> =>
        new Promise((resolve) => setTimeout(() => resolve(late()), 1_200));
      const { end, requests } = await run({ apiKey }, () => of(FINISHED));
      expect(end).toMatchObject({ name: 'RequestTimeoutError', attempts: 2 });
      expect(requests).toBe(0);
    }
  });

  test('that resolves twice gives the first key', async () => {
    const keys: unknown[] = [];
    const apiKey = (): Promise<string> =>
      as({
        then: (resolve: (key: string) => void) => {
          resolve('one');
          resolve('two');
        },
      });
    const { end } = await run({ apiKey }, ({ headers }) => {
      keys.push(headers['Authorization']);
      return of(FINISHED);
    });
    expect([end, keys]).toEqual(['complete', ['Bearer one']]);
  });
});

describe('a shouldRetry', () => {
  const unavailable = (): Observable<StatusResponse> => of({ ...FINISHED, status: 503 });

  test.each<[string, unknown]>([
    ['a string', 'no'],
    ['an object', {}],
    ['a promise', Promise.resolve(false)],
  ])('that returns %s retries, and maxRetries applies', async (_, decision) => {
    const shouldRetry = () => as<boolean>(decision);
    const { end, requests } = await run({ retry: { maxRetries: 3, shouldRetry } }, unavailable);
    expect(end).toMatchObject({ code: 'http', attempts: 4 });
    expect(requests).toBe(4);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['NaN', Number.NaN],
    ['an empty string', ''],
  ])('that returns %s does not retry', async (_, decision) => {
    const shouldRetry = () => as<boolean>(decision);
    const { end, requests } = await run({ retry: { shouldRetry } }, unavailable);
    expect(end).toMatchObject({ code: 'http', attempts: 1 });
    expect(requests).toBe(1);
  });
});

/** The delays of a watch of three statuses, and its error. */
async function delaysOf(backoff: BackoffOptions): Promise<unknown[]> {
  const { transport } = scriptedApi({ [TASK_ID]: ['created', 'running', 'finished'] });
  const delays: unknown[] = [];
  taskPolls$(TASK_ID, { transport, backoff }).subscribe({
    next: ({ nextDelay }) => delays.push(nextDelay),
    error: (error: unknown) => delays.push(error),
  });
  await vi.advanceTimersByTimeAsync(600_000);
  return delays;
}

describe('a random()', () => {
  const delaysWith = (random: () => unknown) => delaysOf({ jitter: 1, random: as(random) });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['NaN', Number.NaN],
    ['less than 0', -1],
    ['more than 1', 1.000_1],
    ['Infinity', Infinity],
    ['an object', {}],
    ['a function', () => 0.5],
  ])('that returns %s counts as 0', async (_, value) => {
    expect(await delaysWith(() => value)).toEqual([1_000, 1_000, undefined]);
  });

  test('that throws ends the stream with that error, after the poll', async () => {
    expect(await delaysWith(throwReason)).toEqual([undefined, REASON]);
  });
});

describe('a backoff.delay', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['NaN', Number.NaN],
    ['an object', {}],
    ['Infinity', Infinity],
    ['null', null],
    ['a string', '5'],
    ['an empty string', ''],
    ['true', true],
    ['a bigint', 5n],
    ['an empty array', []],
  ])('that returns %s counts as maxDelay', async (_, given) => {
    expect(await delaysOf({ jitter: 0, maxDelay: 4_000, delay: as(() => given) })).toEqual([
      4_000,
      4_000,
      undefined,
    ]);
  });
});

describe('a pauseWhile', () => {
  /** The times of the requests when `pauseWhile` emits these values. Answers take 50 ms. */
  const requestsAt = async (...emissions: [ms: number, value: unknown][]): Promise<number[]> => {
    const start = Date.now();
    const pauseWhile = new Subject<unknown>();
    const requests: number[] = [];
    let inFlight = 0;
    for (const [ms, value] of emissions) setTimeout(() => pauseWhile.next(value), ms);
    const subscription = taskStatus$(TASK_ID, {
      backoff: { jitter: 0, factor: 1 },
      pauseWhile: as(pauseWhile),
      transport: () => {
        requests.push(Date.now() - start);
        expect(++inFlight).toBe(1);
        return of(answerWith('running')).pipe(
          delay(50),
          finalize(() => inFlight--),
        );
      },
    }).subscribe();
    await vi.advanceTimersByTimeAsync(4_000);
    subscription.unsubscribe();
    return requests;
  };

  test('that repeats its value changes nothing', async () => {
    expect(await requestsAt([500, false], [700, false])).toEqual([0, 1_050, 2_100, 3_150]);
  });

  test.each([undefined, null, 0, ''])(
    'that emits %j, which counts as false, changes nothing',
    async (value) => {
      expect(await requestsAt([500, value], [700, false])).toEqual([0, 1_050, 2_100, 3_150]);
    },
  );

  test.each([1, 'yes', {}])('that emits %j, which counts as true, pauses', async (value) => {
    expect(await requestsAt([500, value], [700, true], [2_000, false])).toEqual([0, 2_000, 3_050]);
  });
});

/** The callback that misbehaves, and what it does. */
const misbehavior = fc.record({
  inside: fc.constantFrom(
    'next',
    'error',
    'complete',
    'transport',
    'apiKey',
    'shouldRetry',
    'random',
  ),
  nth: fc.integer({ min: 1, max: 3 }),
  does: fc.constantFrom(
    'subscribes',
    'unsubscribes',
    'aborts',
    'pauses',
    'pauses and resumes',
    'polls now',
    'throws',
  ),
});

const reply = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<string | number>('created', 'running', 'paused') },
  { weight: 2, arbitrary: fc.constantFrom<string | number>(503, 429) },
);

describe('callbacks that misbehave', () => {
  test.prop(
    [
      fc.array(misbehavior, { minLength: 1, maxLength: 5 }),
      fc.array(reply, { maxLength: 6 }),
      fc.constantFrom('at once' as const, 'later' as const, 'in a promise' as const),
      fc.constantFrom(Infinity, 3_000),
    ],
    runs(300),
  )(
    'each watch has one request at a time, ends once and releases everything',
    async (misbehaviors, replies, answers, timeout) => {
      vi.useFakeTimers();
      const violations: string[] = [];
      const unhandled: unknown[] = [];
      config.onUnhandledError = (error) => unhandled.push(error);
      const pauseWhile = new Subject<boolean>();
      const pollNow = new Subject<void>();
      const abort = new AbortController();
      const turns = new Map<string, number>();
      const live = new Set<string>();
      const inFlight = new Set<string>();
      const requests = new Map<string, number>();
      const unsubscribers = new Map<string, () => void>();
      let watches = 0;
      let thrown = 0;

      /** Misbehaves in this callback of the watch of this task. */
      const misbehave = (inside: string, taskId: string): void => {
        const nth = (turns.get(inside) ?? 0) + 1;
        turns.set(inside, nth);
        for (const it of misbehaviors) {
          if (it.inside !== inside || it.nth !== nth) continue;
          switch (it.does) {
            case 'subscribes':
              start();
              break;
            case 'unsubscribes':
              unsubscribers.get(taskId)?.();
              break;
            case 'aborts':
              abort.abort(REASON);
              break;
            case 'pauses':
              pauseWhile.next(true);
              setTimeout(() => pauseWhile.next(false), 500);
              break;
            case 'pauses and resumes':
              pauseWhile.next(true);
              pauseWhile.next(false);
              break;
            case 'polls now':
              pollNow.next();
              break;
            case 'throws':
              thrown++;
              throw REASON;
          }
        }
      };

      /** The task whose watch calls a callback without a task id. */
      let currentTask = '';
      const options: TaskStatusOptions = {
        signal: abort.signal,
        pauseWhile,
        pollNow,
        timeout,
        requestTimeout: 1_000,
        apiKey: () => {
          misbehave('apiKey', currentTask);
          return 'key';
        },
        backoff: {
          random: () => {
            misbehave('random', currentTask);
            return 0.5;
          },
        },
        retry: {
          maxRetries: 3,
          shouldRetry: (error) => {
            misbehave('shouldRetry', error.taskId);
            return true;
          },
        },
        transport: ({ taskId, signal }) => {
          currentTask = taskId;
          const count = (requests.get(taskId) ?? 0) + 1;
          requests.set(taskId, count);
          if (!live.has(taskId)) violations.push(`${taskId} sends a request after its end`);
          if (inFlight.has(taskId)) violations.push(`${taskId} has two requests in flight`);
          inFlight.add(taskId);
          const over = (): void => void inFlight.delete(taskId);
          signal.addEventListener('abort', over);
          try {
            misbehave('transport', taskId);
          } catch (error) {
            over();
            throw error;
          }
          const content = replies[count - 1] ?? 'finished';
          const response =
            typeof content === 'string' ? answerWith(content) : { ...FINISHED, status: content };
          if (answers === 'in a promise') return Promise.resolve(response).finally(over);
          const answer$ = of(response).pipe(tap(over));
          return answers === 'later' ? answer$.pipe(delay(50)) : answer$;
        },
      };

      function start(): void {
        // each watch may start another one, up to a limit
        if (watches === 4) return;
        const taskId = `task_${watches++}`;
        currentTask = taskId;
        live.add(taskId);
        const end = (): void => {
          if (!live.delete(taskId)) violations.push(`${taskId} ended twice`);
        };
        const unsubscribe$ = new Subject<void>();
        unsubscribers.set(taskId, () => {
          if (live.delete(taskId)) unsubscribe$.next();
        });
        let last: string | undefined;
        taskStatus$(taskId, options)
          .pipe(takeUntil(unsubscribe$.pipe(tap(() => (last = 'unsubscribed')))))
          .subscribe({
            next: (status) => {
              currentTask = taskId;
              if (!live.has(taskId)) violations.push(`${taskId} emits after its end`);
              if (status === last) violations.push(`${taskId} repeats ${status}`);
              last = status;
              misbehave('next', taskId);
            },
            error: () => {
              end();
              misbehave('error', taskId);
            },
            complete: () => {
              if (last === 'unsubscribed') return;
              end();
              misbehave('complete', taskId);
            },
          });
      }

      start();
      await vi.advanceTimersByTimeAsync(120_000);

      expect(violations).toEqual([]);
      expect([...live]).toEqual([]);
      expect([...inFlight]).toEqual([]);
      // each request consumes a reply, and the last reply ends the watch: no request is wasted
      for (const count of requests.values()) expect(count).toBeLessThanOrEqual(replies.length + 4);
      expect(vi.getTimerCount()).toBe(0);
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
      expect([pauseWhile.observed, pollNow.observed]).toEqual([false, false]);
      // exceptions of subscribers are reported, others end a watch or are a NetworkError
      expect(unhandled.length).toBeLessThanOrEqual(thrown);
      expect(unhandled.every((it) => it === REASON)).toBe(true);
    },
  );
});
