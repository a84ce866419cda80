import { NEVER, Observable, of, Subject, throwError, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import {
  HttpStatusError,
  taskPolls$,
  taskStatus$,
  TaskTimeoutError,
  type StatusRequest,
  type StatusResponse,
  type TaskPoll,
  type TaskStatusOptions,
} from '../src/index.js';

// The contract by example: every number here was computed by hand from its sentences, without the
// model of test/laws. The jitter is 0, unless a test gives it.

/** A status word, an answer, or an error; at once, or after `ms`. */
type Reply =
  string | { status: number; headers?: StatusResponse['headers']; body?: string } | Error;
type Step = Reply | { reply: Reply; ms: number } | typeof silence;

/** No answer ever. */
const silence = Symbol('silence');

const word = (text: string): Reply => ({ status: 200, body: JSON.stringify(text) });
const unavailable = { status: 503 };
const asksFor = (seconds: number, status = 503): Reply => ({
  status,
  headers: { 'Retry-After': String(seconds) },
  body: '"running"',
});

function replyOf(reply: Reply): Observable<StatusResponse> {
  if (reply instanceof Error) return throwError(() => reply);
  const {
    status,
    headers = {},
    body = '',
  } = typeof reply === 'string' ? { status: 200, body: JSON.stringify(reply) } : reply;
  return of({ status, headers, body });
}

/** A watch of polls in virtual time. The last step is repeated. */
function watch(steps: readonly Step[], options: TaskStatusOptions = {}) {
  const scheduler = new VirtualTimeScheduler();
  const sent: number[] = [];
  const polls: TaskPoll[] = [];
  const end: { at?: number; error?: unknown } = {};
  const transport = (): Observable<StatusResponse> => {
    sent.push(scheduler.now());
    const step = steps[Math.min(sent.length, steps.length) - 1];
    if (step === undefined || step === silence) return NEVER;
    if (typeof step === 'string' || !('reply' in step)) return replyOf(step);
    return new Observable((subscriber) =>
      scheduler.schedule(() => replyOf(step.reply).subscribe(subscriber), step.ms),
    );
  };
  const { backoff, retry } = options;
  const subscription = taskPolls$('task_1', {
    transport,
    scheduler,
    ...options,
    backoff: { jitter: 0, ...backoff },
    retry: retry === false ? false : { jitter: 0, ...retry },
  }).subscribe({
    next: (poll) => polls.push(poll),
    error: (error: unknown) => Object.assign(end, { at: scheduler.now(), error }),
    complete: () => Object.assign(end, { at: scheduler.now() }),
  });
  return {
    scheduler,
    sent,
    polls,
    end,
    /** Acts at given times, then runs all, but not further than `until`. */
    run(acts: readonly (readonly [at: number, act: () => void])[] = [], until = 1e9) {
      for (const [at, act] of [...acts, [until, () => subscription.unsubscribe()] as const]) {
        scheduler.schedule(act, at);
      }
      scheduler.flush();
      return this;
    },
  };
}

describe('delay formula', () => {
  test.each([
    ['the defaults', {}, [0, 1_000, 2_500, 4_750, 8_125, 13_125, 18_125]],
    [
      'an initialDelay above 5,000 is its own maximum',
      { initialDelay: 10_000 },
      [0, 10_000, 20_000],
    ],
    ['unless maxDelay is given', { initialDelay: 10_000, maxDelay: 8_000 }, [0, 8_000, 16_000]],
    [
      'a delay is at least 1',
      { initialDelay: 0, maxDelay: 0 },
      Array.from({ length: 20 }, (_, i) => i),
    ],
  ])('%s', (_, backoff, expected) => {
    const { sent } = watch(['running'], { backoff }).run([], 20_001);
    expect(sent.slice(0, expected.length)).toEqual(expected);
  });

  test.each([
    [0, 1_000],
    [0.25, 875],
    [1, 500],
    [1.001, 1_000],
    [-0.001, 1_000],
    [NaN, 1_000],
  ])('with jitter 0.5 and random() %d the first delay is %d', (drawn, expected) => {
    const { polls } = watch(['running'], { backoff: { jitter: 0.5, random: () => drawn } });
    expect(polls[0]?.nextDelay).toBe(expected);
  });

  test('the delay after a second failure is at least the poll delay that would follow now', () => {
    // after five polls a poll would wait 5,000; the retries alone would wait 500, 1,000, 2,000, 4,000
    const five = Array.from({ length: 5 }, () => 'running');
    const { sent } = watch([...five, unavailable], { retry: { maxRetries: 6 } }).run();
    const retries = sent.slice(6).map((at, index) => at - (sent[index + 5] ?? 0));
    expect(retries).toEqual([500, 5_000, 5_000, 5_000, 8_000, 16_000]);
  });

  test.each([
    [0, 1],
    [-Infinity, 1],
    [7.5, 7.5],
    [Infinity, 5_000],
    [NaN, 5_000],
    ['7', 5_000],
    [undefined, 5_000],
  ])('backoff.delay that returns %o means %d', (value, expected) => {
    const { polls } = watch(['running'], { backoff: { delay: () => value as number } });
    expect(polls[0]?.nextDelay).toBe(expected);
  });
});

describe('what backoff.delay is called with: seen, status, elapsed', () => {
  const callsOf = (
    steps: readonly Step[],
    options: TaskStatusOptions = {},
    acts: readonly [number, () => void][] = [],
  ) => {
    const calls: unknown[] = [];
    const delay: NonNullable<TaskStatusOptions['backoff']>['delay'] = (
      seen,
      status,
      { taskId, elapsed },
    ) => {
      expect(taskId).toBe('task_1');
      calls.push([seen, status, elapsed]);
      return 1_000;
    };
    watch(steps, { ...options, backoff: { ...options.backoff, delay } }).run(acts);
    return calls;
  };

  test('a change restarts seen and elapsed; elapsed includes the latency of answers', () => {
    const slow = (reply: Reply): Step => ({ reply, ms: 50 });
    expect(callsOf([slow('created'), slow('running'), slow('running'), 'finished'])).toEqual([
      [1, 'created', 0],
      [1, 'running', 0],
      [2, 'running', 1_050],
    ]);
  });

  test('it is called after a second failure, not after the first, and failures do not count in seen', () => {
    const steps = ['running', unavailable, unavailable, 'running', 'finished'];
    expect(callsOf(steps)).toEqual([
      [1, 'running', 0],
      // at 1,500, after the second failure
      [1, 'running', 1_500],
      [2, 'running', 2_500],
    ]);
  });

  test('the end of a pause restarts seen, not elapsed', () => {
    const paused = new Subject<boolean>();
    const acts: [number, () => void][] = [
      [1_500, () => paused.next(true)],
      [4_000, () => paused.next(false)],
    ];
    expect(
      callsOf(['running', 'running', 'running', 'finished'], { pauseWhile: paused }, acts),
    ).toEqual([
      [1, 'running', 0],
      [2, 'running', 1_000],
      [1, 'running', 4_000],
    ]);
  });

  test('an ignored word counts in seen, but does not change status and elapsed', () => {
    const steps = ['running', word('archiving'), word('archiving'), 'running', 'finished'];
    expect(callsOf(steps, { unknownStatus: 'ignore' })).toEqual([
      [1, 'running', 0],
      [1, 'running', 1_000],
      [2, 'running', 2_000],
      [1, 'running', 3_000],
    ]);
  });

  test('status may be the knownStatus, for which elapsed is 0', () => {
    expect(
      callsOf([unavailable, unavailable, 'running', 'finished'], { knownStatus: 'running' }),
    ).toEqual([
      [1, 'running', 0],
      [1, 'running', 0],
    ]);
  });
});

describe('law 9: shouldRetry', () => {
  test('gets the retries so far, from 0, and the default decision', () => {
    const calls: unknown[] = [];
    const { end } = watch(
      [unavailable, { status: 404 }, 'running', new Error('reset'), 'finished'],
      {
        retry: {
          shouldRetry: ({ code }, retries, transient) => {
            calls.push([code, retries, transient]);
            return true;
          },
        },
      },
    ).run();
    expect(calls).toEqual([
      ['http', 0, true],
      ['not-found', 1, false],
      ['network', 0, true],
    ]);
    expect(end).not.toHaveProperty('error');
  });

  test('that retries a 404 ends at maxRetryAfter, and the error names the reason', () => {
    const { sent, end } = watch([asksFor(1_800, 404)], {
      retry: { shouldRetry: () => true },
    }).run();
    expect(sent).toEqual([0]);
    expect(end.error).toMatchObject({ code: 'not-found', retryAfter: 1_800_000 });
    expect(String(end.error)).toContain('more than retry.maxRetryAfter');
  });

  test('a 404 in its grace period waits for maxRetryAfter, and its error gives no other reason', () => {
    const { sent, polls } = watch([asksFor(1_800, 404), 'finished'], {
      notFoundGrace: 1,
      retry: { shouldRetry: () => true },
    }).run();
    expect(sent).toEqual([0, 300_000]);
    expect(polls[0]?.error?.message).not.toContain('maxRetryAfter');
  });
});

describe('law 11: deadline', () => {
  test.each([
    [
      'sent at the deadline',
      ['running', silence],
      { timeout: 500, requestTimeout: Infinity },
      30_500,
    ],
    ['sent before it', [silence], { timeout: 500, requestTimeout: Infinity }, 30_500],
    ['with a shorter requestTimeout', [silence], { timeout: 500, requestTimeout: 4_000 }, 4_000],
    ['with timeout: 0', [silence], { timeout: 0, requestTimeout: Infinity }, 30_000],
  ] satisfies [string, Step[], TaskStatusOptions, number][])(
    'a final poll without an answer ends in time: %s',
    (_, steps, options, at) => {
      const { end } = watch(steps, options).run();
      expect(end).toMatchObject({
        at,
        error: { code: 'timeout', cause: { code: 'request-timeout' } },
      });
    },
  );

  test('the cause is the failure whose retry delay was running, also in a pause', () => {
    const paused = new Subject<boolean>();
    const { polls, end } = watch([unavailable], { timeout: 300, pauseWhile: paused }).run([
      [100, () => paused.next(true)],
    ]);
    expect(end).toMatchObject({ at: 300 });
    expect(end.error).toBeInstanceOf(TaskTimeoutError);
    expect(end.error).toHaveProperty('cause', polls[0]?.error);
    expect(polls[0]?.error).toBeInstanceOf(HttpStatusError);
  });
});

describe('law 12: pause and poll now', () => {
  test('pollNow in a pause has no effect, although a request is in flight', () => {
    const paused = new Subject<boolean>();
    const now = new Subject<void>();
    const steps = [{ reply: 'running', ms: 300 }, 'finished'];
    const { sent } = watch(steps, { pauseWhile: paused, pollNow: now }).run([
      [100, () => paused.next(true)],
      [150, () => now.next()],
      [200, () => paused.next(false)],
    ]);
    expect(sent).toEqual([0, 1_300]);
  });

  test('the watch aborts the signal of a platform-like notifier, and ignores later calls', () => {
    const observers: { next: (value: unknown) => void; error: (error: unknown) => void }[] = [];
    const signals: (AbortSignal | undefined)[] = [];
    const platform: NonNullable<TaskStatusOptions['pollNow']> = {
      subscribe: (observer, options) => {
        observers.push(observer);
        signals.push(options?.signal);
      },
    };
    const { sent, end } = watch(['running', 'finished'], {
      pauseWhile: platform,
      pollNow: platform,
    }).run([[500, () => observers[1]?.next('click')]]);
    expect(sent).toEqual([0, 500]);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
    for (const observer of observers) {
      observer.next(true);
      observer.error(new Error('late'));
    }
    expect(end).toEqual({ at: 500 });
  });
});

test('law 15: subscribe listens, schedules the deadline, sends, and then limits the request', () => {
  const order: string[] = [];
  const { signal } = new AbortController();
  const notifier = (name: string) => ({ subscribe: () => void order.push(name) });
  const scheduler = new VirtualTimeScheduler();
  const schedule = scheduler.schedule.bind(scheduler);
  scheduler.schedule = (work, delay, state) => {
    order.push(`schedule ${String(delay)}`);
    return schedule(work, delay, state);
  };
  const addEventListener = signal.addEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    order.push('signal');
    addEventListener(...args);
  };
  taskStatus$('task_1', {
    scheduler,
    signal,
    pauseWhile: notifier('pauseWhile'),
    pollNow: notifier('pollNow'),
    timeout: 777,
    requestTimeout: 555,
    transport: (request: StatusRequest) => {
      order.push(request.method);
      return NEVER;
    },
  })
    .subscribe()
    .unsubscribe();
  expect(order).toEqual(['signal', 'pauseWhile', 'pollNow', 'schedule 777', 'GET', 'schedule 555']);
});

describe('section 4: polls', () => {
  test('have exactly these fields', () => {
    const steps = [
      { reply: 'running', ms: 20 },
      { reply: unavailable, ms: 10 },
      'running',
      'finished',
    ];
    const { polls } = watch(steps, { knownStatus: 'running' }).run();
    const taskId = 'task_1';
    expect(polls).toStrictEqual([
      {
        taskId,
        attempt: 1,
        at: 0,
        duration: 20,
        nextDelay: 1_000,
        changed: false,
        status: 'running',
      },
      {
        taskId,
        attempt: 2,
        at: 1_020,
        duration: 10,
        nextDelay: 500,
        changed: false,
        error: polls[1]?.error,
      },
      {
        taskId,
        attempt: 3,
        at: 1_530,
        duration: 0,
        nextDelay: 1_500,
        changed: false,
        status: 'running',
      },
      { taskId, attempt: 4, at: 3_030, duration: 0, changed: true, status: 'finished' },
    ]);
  });
});
