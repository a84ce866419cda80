import { map, NEVER, of, Subject, VirtualTimeScheduler } from 'rxjs';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import {
  browserUseV1,
  createTaskStatusPool,
  type StatusTransport,
  type TaskApi,
  taskPolls$,
  taskResult$,
  taskStatus$,
  type TaskStatusPool,
  type TaskStatusPoolOptions,
} from '../../src/index.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import {
  type AnswerName,
  as,
  FaultyOptions,
  type Ending,
  record,
  HANGS,
  isGlobal,
  REASON,
  type Fault,
  fault,
  type Setting,
  setting,
  RunMonitor,
} from '../support/fault-injection.js';

// A watch ends whatever throws, and releases everything. The tests use fake timers, so that promises
// settle in between.

const HOUR = 3_600_000;

/** A signal of a runtime where it has no `reason`, such as React Native. */
function withoutReason(controller: AbortController): AbortSignal {
  return Object.defineProperty(controller.signal, 'reason', { value: undefined });
}

describe('law 7: an abort without a reason', () => {
  const ABORT = { name: 'AbortError', message: 'The operation was aborted' };

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test.each([
    ['with DOMException', DOMException],
    ['without DOMException', undefined],
  ])('is an AbortError, %s', (_, Exception) => {
    vi.stubGlobal('DOMException', Exception);
    for (const [isPool, isEarly] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ]) {
      const controller = new AbortController();
      const options = { signal: withoutReason(controller), transport: () => NEVER };
      if (isEarly) controller.abort();
      const status$ = isPool
        ? createTaskStatusPool(options).status$('task_1')
        : taskStatus$('task_1', options);
      const errors: unknown[] = [];
      status$.subscribe({ error: (error: unknown) => errors.push(error) });
      controller.abort();
      expect(errors).toMatchObject([ABORT]);
      expect(errors[0]).toBeInstanceOf(Exception ?? Error);
    }
  });

  test('other reasons are passed on as they are', () => {
    for (const reason of [null, 0, '', false, REASON]) {
      const errors: unknown[] = [];
      const options = { signal: AbortSignal.abort(reason), transport: () => NEVER };
      taskStatus$('task_1', options).subscribe({ error: (error: unknown) => errors.push(error) });
      expect(errors).toEqual([reason]);
    }
  });
});

describe('law 7: no watch without an end', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  /** Watches a task for an hour; everything here has ended long before. */
  async function run(setting: Setting, fault: Fault): Promise<Ending> {
    const monitor = new RunMonitor();
    const faulty = new FaultyOptions(setting, fault);
    let seen: Ending = { statuses: [], end: HANGS };
    faulty.injector.breakGlobal(0);
    try {
      const status$ = taskStatus$('task_1', faulty.options());
      faulty.act();
      seen = record(monitor, status$, faulty.leaks);
    } catch (error) {
      seen.end = error;
    }
    await monitor.pass(HOUR);
    vi.unstubAllGlobals();
    monitor.violations.push(...faulty.leaks());
    await monitor.close();
    expect(monitor.violations).toEqual([]);
    expect(seen.end).not.toBe(HANGS);
    return seen;
  }

  test.prop([setting, fault], runs(1_000))(
    'a missing global or an option that throws or returns nonsense ends the watch, at any time',
    async (setting, fault) => {
      await run(setting, fault);
    },
  );

  const PLAIN: Setting = {
    answers: ['running', 'created'],
    kind: 'later',
    key: 'none',
    limits: [1_000, Infinity],
    events: [],
  };
  const at = (
    point: Fault['point'],
    nth: number,
    nonsense?: { readonly gives: unknown },
  ): Fault => ({
    point,
    how: nonsense ? 'gives nonsense' : 'throws',
    nth,
    once: true,
    nonsense: nonsense?.gives,
  });

  // in each case an earlier version hung, or the process got an uncaught error
  test.each<[string, Partial<Setting>, Fault, string[], unknown]>([
    [
      'a scheduler that throws after an answer',
      {},
      at('scheduler.schedule', 1),
      ['running'],
      REASON,
    ],
    [
      'a scheduler that throws at the deadline',
      { answers: ['silence'], limits: [40_000, 5_000] },
      at('scheduler.schedule', 2),
      [],
      REASON,
    ],
    [
      'a scheduler that throws when a pause ends',
      { events: ['pause'] },
      at('scheduler.schedule', 2),
      ['running'],
      REASON,
    ],
    [
      'a clock that throws when the next request is sent',
      {},
      at('scheduler.now', 3),
      ['running'],
      REASON,
    ],
    [
      'a timer that throws when it is cancelled',
      {},
      at('action.unsubscribe', 0),
      ['running'],
      REASON,
    ],
    [
      'a timer that throws when it is cancelled after a promise',
      { kind: 'promise' },
      at('action.unsubscribe', 0),
      ['running'],
      REASON,
    ],
    ['a transport whose teardown throws', {}, at('transport.unsubscribe', 0), ['running'], REASON],
    [
      'a notifier whose teardown throws when the task has finished',
      { answers: [] },
      at('pollNow.unsubscribe', 0),
      ['finished'],
      REASON,
    ],
    [
      'a signal whose reason throws',
      { events: ['abort'], answers: Array<AnswerName>(9).fill('running') },
      at('signal.reason', 0),
      ['running'],
      REASON,
    ],
    ['an api.bodyLimit that throws', { kind: 'promise' }, at('api.bodyLimit', 3), [], REASON],
    [
      'a body that throws when it is read a second time',
      { kind: 'promise' },
      at('response.body', 1),
      [],
      REASON,
    ],
  ])('%s', async (_, setting, fault, statuses, end) => {
    const seen = await run({ ...PLAIN, ...setting }, fault);
    expect(seen.statuses.slice(0, 1)).toEqual(statuses);
    expect(seen.end).toBe(end);
  });

  test('the error of the server is reported, not an exception in the teardown after it', async () => {
    const seen = await run({ ...PLAIN, answers: [404] }, at('transport.unsubscribe', 0));
    expect(seen.end).toMatchObject({ code: 'not-found' });
  });

  test('a clock that throws after an event inside a callback ends the watch', () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi({ task_1: [['running', 0]] }, { scheduler, latency: 50 });
    const pollNow = new Subject<void>();
    let broken = false;
    const errors: unknown[] = [];
    taskStatus$('task_1', {
      transport,
      pollNow,
      scheduler: {
        now: () => {
          if (broken) throw REASON;
          return scheduler.now();
        },
        schedule: scheduler.schedule.bind(scheduler),
      },
    }).subscribe({
      next: () => pollNow.next(),
      error: (error: unknown) => errors.push([scheduler.now(), error]),
    });
    // after the poll, before the event: nothing else reads the clock in between
    pollNow.subscribe(() => (broken = true));
    scheduler.flush();
    expect(errors).toEqual([[50, REASON]]);
  });

  test('with a clock that shows NaN, requests of pollNow still keep their gap', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.maxFrames = 1_000;
    // it ends an endless loop
    const { transport, requests } = fakeTaskApi({ task_1: [['running', 0]] }, { scheduler });
    const pollNow = new Subject<void>();
    taskPolls$('task_1', {
      transport,
      pollNow,
      scheduler: { now: () => NaN, schedule: scheduler.schedule.bind(scheduler) },
    }).subscribe(() => pollNow.next());
    scheduler.flush();
    expect(requests.length).toBeLessThanOrEqual(5);
  });

  test('with a clock that shows NaN, requests still have a delay', async () => {
    const answers: AnswerName[] = ['503 with a date', '503 with a date', '503 with a date'];
    const clock = { ...at('scheduler.now', 0, { gives: NaN }), once: false };
    const seen = await run({ ...PLAIN, answers, kind: 'Observable' }, clock);
    expect(seen).toEqual({ statuses: ['finished'], end: 'complete' });
  });
});

describe('law 7: an exception of a function of the API ends the stream, in each phase', () => {
  const FUNCTIONS = ['request', 'status', 'details', 'retryAfter', 'resultPath', 'result'] as const;

  /** The ends of a task with this API, whose result is requested unless `resultPath` is missing. */
  async function endOf(
    api: Partial<TaskApi<string>>,
    kind: 'Observable' | 'promise',
    key: boolean,
  ) {
    const monitor = new RunMonitor();
    const answer = { status: 200, headers: {}, body: '{"state":"done"}' };
    const ends: unknown[] = [];
    const options = {
      api: {
        baseUrl: 'https://x.example',
        path: (id: string) => id,
        authorization: (given: string): [string, string] => ['X-Key', given],
        status: (json: unknown) => as<{ state: unknown }>(json).state,
        statuses: ['done'],
        terminal: ['done'],
        successful: ['done'],
        resultPath: (id: string) => `${id}/result`,
        ...api,
      },
      transport: () => (kind === 'promise' ? Promise.resolve(answer) : of(answer)),
      ...(key && { apiKey: () => Promise.resolve('key') }),
    };
    const pool = createTaskStatusPool(options);
    for (const result$ of [taskResult$('task_1', options), pool.result$('task_1')]) {
      result$.subscribe({
        error: (error: unknown) => ends.push(error),
        complete: () => ends.push('complete'),
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    await monitor.close();
    expect(monitor.violations).toEqual([]);
    return ends;
  }

  const USUAL = { request: () => ({}), retryAfter: () => undefined };

  test.each(
    FUNCTIONS.flatMap((name) =>
      (['Observable', 'promise'] as const).flatMap((kind) =>
        [false, true].map((key) => ({ name, kind, key })),
      ),
    ),
  )('$name, $kind, with a key: $key', async ({ name, kind, key }) => {
    const thrower = (): never => {
      throw REASON;
    };
    const [end, inPool] = await endOf({ [name]: thrower }, kind, key);
    // an answer whose status cannot be read is an unexpected one
    const expected = name === 'status' ? { code: 'unexpected-response' } : REASON;
    expect([end, inPool]).toMatchObject([expected, expected]);
  });

  test.each(['request', 'retryAfter'] as const)('%s in the result stage only', async (name) => {
    // two streams of two requests each: the second and the fourth are those of the results
    let uses = 0;
    const inResult = (): unknown => {
      uses++;
      if (uses % 2 === 0) throw REASON;
      return USUAL[name]();
    };
    const ends = await endOf({ [name]: inResult }, 'Observable', false);
    expect(ends).toEqual([REASON, REASON]);
    expect(uses).toBe(4);
  });

  test.each([null, undefined, 1, {}, Symbol('path')])(
    'a path of the result that is %s is an error',
    async (path) => {
      const ends = await endOf({ resultPath: () => as<string>(path) }, 'promise', false);
      expect(ends).toEqual([expect.any(TypeError), expect.any(TypeError)]);
    },
  );

  test('frozen objects are fine', async () => {
    const request = Object.freeze({
      method: 'POST',
      headers: Object.freeze({ a: 'b' }),
      body: 'x',
    });
    const api: Partial<TaskApi<string>> = { request: () => as(request), details: Object.freeze };
    expect(await endOf(Object.freeze(api), 'promise', true)).toEqual(['complete', 'complete']);
  });
});

describe('law 7: no watch of a pool without an end', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const healthy = (): StatusTransport => {
    const words = ['created', 'running'];
    return () => {
      const body = JSON.stringify(words.shift() ?? 'finished');
      return of({ status: 200, headers: {}, body });
    };
  };

  test.prop([setting, fault, fc.constantFrom(1, 2)], runs(500))(
    'a failure of one task ends only that task',
    async (setting, fault, maxConcurrent) => {
      const monitor = new RunMonitor();
      const faulty = new FaultyOptions(setting, fault);
      const shared = /^(scheduler|action)\./.test(fault.point) || isGlobal(fault.point);
      const none = (): string[] => [];
      let broken: Ending | undefined;
      let group: Ending | undefined;
      faulty.injector.breakGlobal(0);
      const events: unknown[] = [];
      try {
        const scheduler = faulty.scheduler();
        const pool = createTaskStatusPool({ scheduler, maxConcurrent, transport: healthy() });
        pool.stats$.subscribe({ error: () => undefined });
        try {
          broken = record(monitor, pool.status$('task_1', faulty.options()), none);
        } catch (error) {
          events.push(error);
        }
        faulty.act();
        const statuses$ = pool.statuses$(['task_1', 'task_2']).pipe(
          map((event) => {
            events.push(event);
            return event.taskId;
          }),
        );
        group = record(monitor, statuses$, none);
      } catch (error) {
        // at the call: only what all tasks share can break there
        if (!shared) throw error;
      }
      await monitor.pass(HOUR);
      vi.unstubAllGlobals();
      monitor.violations.push(...faulty.leaks());
      await monitor.close();
      expect(monitor.violations).toEqual([]);
      expect([broken?.end, group?.end]).not.toContain(HANGS);
      if (shared) return;
      expect(group?.end).toBe('complete');
      expect(events).toContainEqual({ taskId: 'task_2', status: 'finished' });
      expect(events).not.toContainEqual({ taskId: 'task_2', error: expect.anything() as unknown });
    },
  );

  /** The notifications of a pool's stream, in virtual time. */
  function eventsOf(
    options: (scheduler: VirtualTimeScheduler) => TaskStatusPoolOptions,
    taskIds: Parameters<TaskStatusPool['statuses$']>[0],
  ): unknown[] {
    const scheduler = new VirtualTimeScheduler();
    const pool = createTaskStatusPool({ scheduler, ...options(scheduler) });
    const events: unknown[] = [];
    pool.statuses$(taskIds).subscribe({
      next: (event) => events.push(event),
      error: (error: unknown) => events.push(error),
      complete: () => events.push('complete'),
    });
    scheduler.flush();
    return events;
  }

  test('an exception in api.path() is the error of that task', () => {
    const path = (id: string): string => {
      if (id === 'b') throw REASON;
      return id;
    };
    const { transport } = fakeTaskApi({ a: [['finished', 0]], c: [['finished', 0]] });
    const api = { ...browserUseV1, path };
    expect(eventsOf(() => ({ transport, api }), ['a', 'b', 'c'])).toEqual([
      { taskId: 'a', status: 'finished' },
      { taskId: 'b', error: REASON },
      { taskId: 'c', status: 'finished' },
      'complete',
    ]);
  });

  test('requests that wait for a cooldown end if its timer cannot be scheduled', () => {
    const transport = () => of({ status: 429, headers: { 'retry-after': '5' }, body: '' });
    const options = (clock: VirtualTimeScheduler): TaskStatusPoolOptions => ({
      transport,
      maxConcurrent: 1,
      requestTimeout: Infinity,
      scheduler: {
        now: () => clock.now(),
        schedule: () => {
          throw REASON;
        },
      },
    });
    const events = eventsOf(options, ['a', 'b', 'c']);
    expect(
      events.map((event) => (event === 'complete' ? event : as<{ error: unknown }>(event).error)),
    ).toEqual([REASON, REASON, REASON, 'complete']);
  });

  test('the next request after a cooldown ends if the clock throws', () => {
    let broken = false;
    const transport = () => {
      broken = true;
      return of({ status: 429, headers: { 'retry-after': '5' }, body: '' });
    };
    const options = (clock: VirtualTimeScheduler): TaskStatusPoolOptions => ({
      transport,
      maxConcurrent: 1,
      // task b waits when the clock breaks
      apiKey: () => 'key',
      scheduler: {
        now: () => {
          if (broken) throw REASON;
          return clock.now();
        },
        schedule: clock.schedule.bind(clock),
      },
    });
    expect(eventsOf(options, ['a', 'b'])).toEqual([
      { taskId: 'a', error: REASON },
      { taskId: 'b', error: REASON },
      'complete',
    ]);
  });

  test('a final poll that is queued until its limit ends if the clock throws', () => {
    const clock = new VirtualTimeScheduler();
    clock.maxFrames = 50_000;
    let broken = false;
    const pool = createTaskStatusPool({
      transport: () => NEVER,
      maxConcurrent: 1,
      requestTimeout: Infinity,
      scheduler: {
        now: () => {
          if (broken) throw REASON;
          return clock.now();
        },
        schedule: clock.schedule.bind(clock),
      },
    });
    const errors: unknown[] = [];
    pool.status$('a').subscribe();
    pool.status$('b', { timeout: 10_000 }).subscribe({
      error: (error: unknown) => errors.push(error),
    });
    clock.schedule(() => (broken = true), 20_000);
    clock.flush();
    expect(errors).toEqual([REASON]);
  });

  test("a removeEventListener() of the pool's signal that throws changes nothing", () => {
    const { signal } = new AbortController();
    const removeEventListener = (): void => {
      throw REASON;
    };
    Object.defineProperty(signal, 'removeEventListener', { value: removeEventListener });
    const { transport } = fakeTaskApi({ a: [['finished', 0]], b: [['finished', 0]] });
    expect(eventsOf(() => ({ transport, signal }), ['a', 'b'])).toEqual([
      { taskId: 'a', status: 'finished' },
      { taskId: 'b', status: 'finished' },
      'complete',
    ]);
  });

  test("a pool's signal whose reason throws ends every task", () => {
    const abort = new AbortController();
    const signal = Object.defineProperty(abort.signal, 'reason', {
      get: () => {
        throw REASON;
      },
    });
    const transport = () => NEVER;
    const options = (clock: VirtualTimeScheduler): TaskStatusPoolOptions => {
      clock.schedule(() => abort.abort(), 500);
      return { transport, signal };
    };
    expect(eventsOf(options, ['a', 'b'])).toEqual([
      { taskId: 'a', error: REASON },
      { taskId: 'b', error: REASON },
      'complete',
    ]);
  });
});
