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
  type StatusResponse,
  type StatusTransport,
  taskPolls$,
  taskStatus$,
  type TaskStatusOptions,
} from '../src/index.js';
import { TASK_ID } from './support/history.js';
import { fc, test } from './support/property.js';
import { runs } from './support/runs.js';

// What the caller hands over may do anything. Time is the fake timers': promises settle in between.

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  config.onUnhandledError = null;
});

const saying = (word: string): StatusResponse => ({
  status: 200,
  headers: { get: () => null },
  body: JSON.stringify(word),
});
const FINISHED = saying('finished');
const REASON = new Error('thrown by the caller');
const boom = (): never => {
  throw REASON;
};

/** Whatever it is, to the compiler it is what is wanted. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
const as = <T>(value: unknown): T => value as T;

/** How a watch went: its statuses, its requests, and its end. */
interface Course {
  readonly statuses: string[];
  requests: number;
  end: unknown;
}

/** Watches for ten minutes, in which each watch here has long ended by its own limits. */
async function course(options: TaskStatusOptions, transport: StatusTransport): Promise<Course> {
  const { signal } = new AbortController();
  const seen: Course = { statuses: [], requests: 0, end: 'hangs' };
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

type Step = 'answers' | 'answers anew' | 'fails' | 'ends' | 'throws';

/** A promise that does all of this, in this order. */
const thenable = (...steps: Step[]): PromiseLike<StatusResponse> =>
  as({
    then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => {
      take(steps, resolve, reject);
    },
  });

/** Something like an Observable that does all of this, and gives no subscription. */
const subscribable = (...steps: Step[]): Subscribable<StatusResponse> =>
  as({
    subscribe: ({ next, error, complete }: Observer<unknown>) => {
      take(steps, next, error, complete);
    },
  });

function take(
  steps: Step[],
  answer: (value: unknown) => void,
  fail: (reason: unknown) => void,
  end?: () => void,
): void {
  const acts = {
    answers: () => answer(FINISHED),
    'answers anew': () => answer(saying('failed')),
    fails: () => fail(REASON),
    ends: () => end?.(),
    throws: boom,
  };
  for (const step of steps) acts[step]();
}

const unreadable = (field: string): object =>
  Object.defineProperty({ ...FINISHED }, field, { get: boom });

describe('a transport', () => {
  const noSource: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 42],
    ['a text', '"finished"'],
    ['an object', {}],
    ['an answer that is not wrapped', FINISHED],
    ['a list', []],
    ['a function', () => FINISHED],
    ['a symbol', Symbol('finished')],
    ['a then that is no function', { then: FINISHED }],
    ['a subscribe that is no function', { subscribe: FINISHED }],
  ];
  test.each(noSource)('that gives %s is a TypeError at once', async (_, value) => {
    const { end, requests } = await course({}, () => as(value));
    expect(end).toBeInstanceOf(TypeError);
    expect(end).toHaveProperty(
      'message',
      `transport must return an Observable or a promise, got ${typeof value}`,
    );
    expect(requests).toBe(1);
  });

  test('whose result cannot even be looked at ends the stream at once', async () => {
    const result = Object.defineProperty({}, 'then', { get: boom });
    const { end, requests } = await course({}, () => as(result));
    expect(end).toBeInstanceOf(Error);
    expect(requests).toBe(1);
  });

  const noAnswer: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', '"finished"'],
    ['an object', {}],
    ['no headers', { status: 200, body: '"finished"' }],
    ['a list of headers', { ...FINISHED, headers: [['content-type', 'x']] }],
    ['a status in words', { ...FINISHED, status: '200' }],
    ['a body that is not read', { ...FINISHED, body: new Uint8Array(9) }],
    ["the platform's own Response", new Response('"finished"')],
    ['a status that throws', unreadable('status')],
    ['a body that throws', unreadable('body')],
    ['headers that throw', unreadable('headers')],
  ];
  test.each(noAnswer)('that answers with %s is a TypeError at once', async (_, value) => {
    for (const give of [() => Promise.resolve(value), () => of(value)]) {
      const { end, requests } = await course({}, () => as(give()));
      expect(end).toBeInstanceOf(TypeError);
      expect(end).toHaveProperty(
        'message',
        expect.stringMatching(/^transport must answer with a StatusResponse(:|,) /),
      );
      expect(requests).toBe(1);
    }
  });

  const good: [string, () => ReturnType<StatusTransport>][] = [
    ['a promise that is settled twice', () => thenable('answers', 'answers anew')],
    ['a promise that rejects afterwards', () => thenable('answers', 'fails')],
    ['a promise that throws afterwards', () => thenable('answers', 'throws')],
    ['a promise of a promise', () => as(Promise.resolve(thenable('answers')))],
    ['an Observable that goes on', () => of(FINISHED, saying('failed'))],
    ['an Observable that errs afterwards', () => subscribable('answers', 'fails')],
    ['a subscribe that throws afterwards', () => subscribable('answers', 'throws')],
    ['both kinds at once', () => as(Object.assign(subscribable('answers'), thenable('throws')))],
    ['headers that throw', () => of({ ...FINISHED, headers: { get: boom } })],
    ['headers in a plain record', () => of({ ...FINISHED, headers: { 'content-type': 'x' } })],
    ['headers that give numbers', () => as(of({ ...FINISHED, headers: { get: () => 5 } }))],
  ];
  test.each(good)('that gives %s is heard once', async (_, give) => {
    const { statuses, end, requests } = await course({}, give);
    expect(statuses).toEqual(['finished']);
    expect(end).toBe('complete');
    expect(requests).toBe(1);
  });

  const lost: [string, () => ReturnType<StatusTransport>][] = [
    ['throws', boom],
    ['rejects', () => Promise.reject(REASON)],
    ['rejects with nothing', () => Promise.reject(as<Error>(undefined))],
    ['errs', () => throwError(() => REASON)],
    ['errs twice', () => subscribable('fails', 'fails')],
    ['errs, and answers then', () => subscribable('fails', 'answers')],
    ['completes, and answers then', () => subscribable('ends', 'answers')],
    ['has a subscribe that throws', () => subscribable('throws')],
    ['has a then that throws', () => thenable('throws')],
    ['rejects, and resolves then', () => thenable('fails', 'answers')],
  ];
  test.each(lost)('that %s has lost a request, which is retried', async (_, give) => {
    const { end, requests } = await course({}, give);
    expect(end).toMatchObject({ name: 'NetworkError', attempts: 2 });
    expect(requests).toBe(2);
  });

  test.each<[string, () => ReturnType<StatusTransport>]>([
    ['a promise', () => new Promise(() => undefined)],
    ['a thenable', () => thenable()],
    ['an Observable', () => NEVER],
  ])('whose %s never settles is ended by the limit of the request', async (_, give) => {
    const { end, requests } = await course({}, give);
    expect(end).toMatchObject({ name: 'RequestTimeoutError', attempts: 2 });
    expect(requests).toBe(2);
  });

  test('that answers only when it is aborted is not heard', async () => {
    const { statuses, end } = await course(
      {},
      ({ signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(FINISHED))),
    );
    expect(statuses).toEqual([]);
    expect(end).toMatchObject({ name: 'RequestTimeoutError' });
  });
});

describe('an apiKey()', () => {
  const unfit: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', { key: 'secret' }],
    ['an Observable', of('secret')],
    ['an empty text', ''],
    ['white space', ' '],
    ['two lines', 'a\nb'],
    ['what no header carries', '✓'],
  ];
  test.each(unfit)('that gives %s, promised or not, is a TypeError', async (_, key) => {
    for (const give of [() => key, () => Promise.resolve(key)]) {
      const { end, requests } = await course({ apiKey: as(give) }, () => of(FINISHED));
      expect(end).toBeInstanceOf(TypeError);
      expect(requests).toBe(0);
    }
  });

  test.each<[string, () => unknown]>([
    ['throws', boom],
    ['rejects', () => Promise.reject(REASON)],
    ['has a then that throws', () => thenable('throws')],
    ['rejects, and resolves then', () => thenable('fails', 'answers')],
  ])('that %s ends the stream by that', async (_, give) => {
    const { end, requests } = await course({ apiKey: as(give) }, () => of(FINISHED));
    expect(end).toBe(REASON);
    expect(requests).toBe(0);
  });

  test('that never settles is ended by the limit of the request, and asked anew', async () => {
    let asked = 0;
    const apiKey = (): Promise<string> => {
      asked++;
      return new Promise(() => undefined);
    };
    const { end, requests } = await course({ apiKey }, () => of(FINISHED));
    expect(end).toMatchObject({ name: 'RequestTimeoutError', attempts: 2 });
    expect([asked, requests]).toEqual([2, 0]);
  });

  test('that settles too late, in whichever way, changes nothing', async () => {
    for (const late of [() => Promise.resolve('key'), () => Promise.reject(REASON)]) {
      const apiKey = (): Promise<string> =>
        new Promise((resolve) => setTimeout(() => resolve(late()), 1_200));
      const { end, requests } = await course({ apiKey }, () => of(FINISHED));
      expect(end).toMatchObject({ name: 'RequestTimeoutError', attempts: 2 });
      expect(requests).toBe(0);
    }
  });

  test('that settles twice is heard once', async () => {
    const keys: unknown[] = [];
    const apiKey = (): Promise<string> =>
      as({
        then: (resolve: (key: string) => void) => {
          resolve('one');
          resolve('two');
        },
      });
    const { end } = await course({ apiKey }, ({ headers }) => {
      keys.push(headers['Authorization']);
      return of(FINISHED);
    });
    expect([end, keys]).toEqual(['complete', ['Bearer one']]);
  });
});

describe('a shouldRetry', () => {
  const unavailable = (): Observable<StatusResponse> => of({ ...FINISHED, status: 503 });

  test.each<[string, unknown]>([
    ['a text', 'no'],
    ['an object', {}],
    ['a promise', Promise.resolve(false)],
  ])('that gives %s says yes, and maxRetries binds', async (_, verdict) => {
    const shouldRetry = () => as<boolean>(verdict);
    const { end, requests } = await course({ retry: { maxRetries: 3, shouldRetry } }, unavailable);
    expect(end).toMatchObject({ code: 'http', attempts: 4 });
    expect(requests).toBe(4);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['NaN', Number.NaN],
    ['an empty text', ''],
  ])('that gives %s says no', async (_, verdict) => {
    const shouldRetry = () => as<boolean>(verdict);
    const { end, requests } = await course({ retry: { shouldRetry } }, unavailable);
    expect(end).toMatchObject({ code: 'http', attempts: 1 });
    expect(requests).toBe(1);
  });
});

describe('a random()', () => {
  const waits = async (random: () => unknown): Promise<unknown[]> => {
    const words = ['created', 'running', 'finished'];
    const delays: unknown[] = [];
    taskPolls$(TASK_ID, {
      transport: () => of(saying(words.shift() ?? 'finished')),
      backoff: { jitter: 1, random: as(random) },
    }).subscribe({
      next: ({ nextDelay }) => delays.push(nextDelay),
      error: (error: unknown) => delays.push(error),
    });
    await vi.advanceTimersByTimeAsync(600_000);
    return delays;
  };

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['NaN', Number.NaN],
    ['less than 0', -1],
    ['more than 1', 1.000_1],
    ['Infinity', Infinity],
    ['an object', {}],
    ['a function', () => 0.5],
  ])('that gives %s is as good as 0', async (_, drawn) => {
    expect(await waits(() => drawn)).toEqual([1_000, 1_000, undefined]);
  });

  test('that throws ends the stream by that, after the poll', async () => {
    expect(await waits(boom)).toEqual([undefined, REASON]);
  });
});

describe('a backoff.delay', () => {
  const waits = async (given: () => unknown): Promise<unknown[]> => {
    const words = ['created', 'running', 'finished'];
    const delays: unknown[] = [];
    taskPolls$(TASK_ID, {
      transport: () => of(saying(words.shift() ?? 'finished')),
      backoff: { jitter: 0, maxDelay: 4_000, delay: as<() => number>(given) },
    }).subscribe(({ nextDelay }) => delays.push(nextDelay));
    await vi.advanceTimersByTimeAsync(600_000);
    return delays;
  };

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['NaN', Number.NaN],
    ['an object', {}],
    ['Infinity', Infinity],
    ['null', null],
    ['a text', '5'],
    ['an empty text', ''],
    ['true', true],
    ['an empty list', []],
  ])('that gives %s waits maxDelay', async (_, given) => {
    expect(await waits(() => given)).toEqual([4_000, 4_000, undefined]);
  });
});

describe('a pauseWhile', () => {
  /** When requests leave, where `pauseWhile` emits these values at these times; answers take 50 ms. */
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
        return of(saying('running')).pipe(
          delay(50),
          finalize(() => inFlight--),
        );
      },
    }).subscribe();
    await vi.advanceTimersByTimeAsync(4_000);
    subscription.unsubscribe();
    return requests;
  };

  test('that says nothing new changes nothing', async () => {
    expect(await requestsAt([500, false], [700, false])).toEqual([0, 1_050, 2_100, 3_150]);
  });

  test.each([undefined, null, 0, ''])(
    'that emits %j, which is as good as false, changes nothing',
    async (value) => {
      expect(await requestsAt([500, value], [700, false])).toEqual([0, 1_050, 2_100, 3_150]);
    },
  );

  test.each([1, 'yes', {}])('that emits %j, which is as good as true, holds', async (value) => {
    expect(await requestsAt([500, value], [700, true], [2_000, false])).toEqual([0, 2_000, 3_050]);
  });
});

/** Where a caller's code runs, and what it does there, instead of or beside what it is there for. */
const mischief = fc.record({
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
    'nudges',
    'throws',
  ),
});

const reply = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<string | number>('created', 'running', 'paused') },
  { weight: 2, arbitrary: fc.constantFrom<string | number>(503, 429) },
);

describe('whatever the callbacks do', () => {
  test.prop(
    [
      fc.array(mischief, { minLength: 1, maxLength: 5 }),
      fc.array(reply, { maxLength: 6 }),
      fc.constantFrom('at once' as const, 'later' as const, 'promised' as const),
      fc.constantFrom(Infinity, 3_000),
    ],
    runs(300),
  )(
    'each watch asks for one thing at a time, ends once, and leaves nothing',
    async (mischiefs, replies, comes, timeout) => {
      vi.useFakeTimers();
      const breaches: string[] = [];
      const unhandled: unknown[] = [];
      config.onUnhandledError = (error) => unhandled.push(error);
      const pauseWhile = new Subject<boolean>();
      const pollNow = new Subject<void>();
      const abort = new AbortController();
      const turns = new Map<string, number>();
      const live = new Set<string>();
      const inFlight = new Set<string>();
      const requests = new Map<string, number>();
      const leave = new Map<string, () => void>();
      let watches = 0;
      let thrown = 0;

      /** Does what is to be done here, for the watch of this task. */
      const misbehave = (inside: string, taskId: string): void => {
        const nth = (turns.get(inside) ?? 0) + 1;
        turns.set(inside, nth);
        for (const it of mischiefs) {
          if (it.inside !== inside || it.nth !== nth) continue;
          switch (it.does) {
            case 'subscribes':
              start();
              break;
            case 'unsubscribes':
              leave.get(taskId)?.();
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
            case 'nudges':
              pollNow.next();
              break;
            case 'throws':
              thrown++;
              throw REASON;
          }
        }
      };

      /** The task whose watch asks the caller something that names none. */
      let asking = '';
      const options: TaskStatusOptions = {
        signal: abort.signal,
        pauseWhile,
        pollNow,
        timeout,
        requestTimeout: 1_000,
        apiKey: () => {
          misbehave('apiKey', asking);
          return 'key';
        },
        backoff: {
          random: () => {
            misbehave('random', asking);
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
          asking = taskId;
          const count = (requests.get(taskId) ?? 0) + 1;
          requests.set(taskId, count);
          if (!live.has(taskId)) breaches.push(`${taskId} asks after its end`);
          if (inFlight.has(taskId)) breaches.push(`${taskId} asks twice at once`);
          inFlight.add(taskId);
          const over = (): void => void inFlight.delete(taskId);
          signal.addEventListener('abort', over);
          try {
            misbehave('transport', taskId);
          } catch (error) {
            over();
            throw error;
          }
          const says = replies[count - 1] ?? 'finished';
          const response = typeof says === 'string' ? saying(says) : { ...FINISHED, status: says };
          if (comes === 'promised') return Promise.resolve(response).finally(over);
          const answer$ = of(response).pipe(tap(over));
          return comes === 'later' ? answer$.pipe(delay(50)) : answer$;
        },
      };

      function start(): void {
        // each may start the next, but not for ever
        if (watches === 4) return;
        const taskId = `task_${watches++}`;
        asking = taskId;
        live.add(taskId);
        const end = (): void => {
          if (!live.delete(taskId)) breaches.push(`${taskId} ended twice`);
        };
        const left$ = new Subject<void>();
        leave.set(taskId, () => {
          if (live.delete(taskId)) left$.next();
        });
        let last: string | undefined;
        taskStatus$(taskId, options)
          .pipe(takeUntil(left$.pipe(tap(() => (last = 'left')))))
          .subscribe({
            next: (status) => {
              asking = taskId;
              if (!live.has(taskId)) breaches.push(`${taskId} emits after its end`);
              if (status === last) breaches.push(`${taskId} repeats ${status}`);
              last = status;
              misbehave('next', taskId);
            },
            error: () => {
              end();
              misbehave('error', taskId);
            },
            complete: () => {
              if (last === 'left') return;
              end();
              misbehave('complete', taskId);
            },
          });
      }

      start();
      await vi.advanceTimersByTimeAsync(120_000);

      expect(breaches).toEqual([]);
      expect([...live]).toEqual([]);
      expect([...inFlight]).toEqual([]);
      // never hot: each request has used up a reply, and the last one ends the watch
      for (const count of requests.values()) expect(count).toBeLessThanOrEqual(replies.length + 4);
      expect(vi.getTimerCount()).toBe(0);
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
      expect([pauseWhile.observed, pollNow.observed]).toEqual([false, false]);
      // what a subscriber throws is reported, and what others throw ends a watch or is a lost request
      expect(unhandled.length).toBeLessThanOrEqual(thrown);
      expect(unhandled.every((it) => it === REASON)).toBe(true);
    },
  );
});
