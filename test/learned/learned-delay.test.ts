import { concat, NEVER, of, Subject, throwError, VirtualTimeScheduler } from 'rxjs';
import { NetworkError, taskPolls$, taskStatus$, type TaskPoll } from 'rxjs-task-status';
import { learnedDelay, type LearnedDelay, type LearnedHistory } from 'rxjs-task-status/learned';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect } from 'vitest';

import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';

const SECOND = 1_000;

/** The delay at `elapsed`, ms. */
function at(learned: LearnedDelay, elapsed: number, status = 'running', taskId = 'task_1'): number {
  return learned.delay(7, status, { taskId, elapsed });
}

/** A schedule that knows 100 durations of about a minute. */
function minuteLong(options: Parameters<typeof learnedDelay>[0] = {}): LearnedDelay {
  const learned = learnedDelay(options);
  for (let n = 0; n < 100; n++) learned.record('running', (55 + n / 10) * SECOND, 'task_1');
  return learned;
}

describe('learnedDelay', () => {
  test.prop(
    [
      fc.integer({ min: 1, max: 1_000 }),
      fc.nat(1e9),
      fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
    ],
    runs(300),
  )(
    'is the default schedule without history, whatever a request costs',
    (seen, elapsed, requestCost) => {
      const { delay } = learnedDelay({ requestCost });
      const expected = Math.min(5_000, 1_000 * 1.5 ** (seen - 1));
      expect(delay(seen, 'running', { taskId: 'task_1', elapsed })).toBe(expected);
      expect(delay(seen, undefined, { taskId: 'task_1', elapsed })).toBe(expected);
    },
  );

  test('waits until tasks usually end, polls often then, and less often again for a task that is late', () => {
    const learned = minuteLong();
    expect(at(learned, 0)).toBeGreaterThan(40 * SECOND);
    expect(at(learned, 60 * SECOND)).toBeLessThan(3 * SECOND);
    expect(at(learned, 300 * SECOND)).toBeGreaterThan(at(learned, 60 * SECOND));
  });

  test('knows only the statuses that it has learned', () => {
    const learned = minuteLong();
    expect(at(learned, 0, 'created')).toBe(5_000);
  });

  test('knows no more than a few durations say', () => {
    const learned = learnedDelay();
    learned.record('running', 60 * SECOND);
    const first = at(learned, 0);
    expect(first).toBeGreaterThan(5_000);
    expect(first).toBeLessThan(at(minuteLong(), 0) / 2);
  });

  test('waits longer if a request costs more', () => {
    const delays = [10, 100, 1_000, 10_000].map((requestCost) =>
      at(minuteLong({ requestCost }), 60 * SECOND),
    );
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(new Set(delays).size).toBe(4);
  });

  test('follows a change if it forgets old durations', () => {
    const learned = minuteLong({ halfLife: 20 });
    for (let n = 0; n < 300; n++) learned.record('running', (300 + n / 10) * SECOND);
    const remembering = minuteLong({ halfLife: Infinity });
    for (let n = 0; n < 300; n++) remembering.record('running', (300 + n / 10) * SECOND);
    const old = 55 * SECOND;
    expect(at(learned, old)).toBeGreaterThan(3 * at(remembering, old));
  });

  test('obeys maxDelay and the floor of the server', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi(
      {
        task_1: [
          ['running', 0],
          [{ status: 200, body: '"running"', headers: { 'Retry-After': '90' } }, 1],
          ['finished', 61 * SECOND],
        ],
      },
      { scheduler },
    );
    const polls: TaskPoll[] = [];
    taskPolls$('task_1', {
      transport: api.transport,
      scheduler,
      backoff: { delay: minuteLong().delay, maxDelay: 30 * SECOND, jitter: 0 },
    }).subscribe((poll) => polls.push(poll));
    scheduler.flush();
    expect(polls.map(({ nextDelay }) => nextDelay)).toEqual([30 * SECOND, 90 * SECOND, undefined]);
  });

  test('works with its methods detached', () => {
    const { delay, record, toJSON } = learnedDelay();
    record('running', 60 * SECOND);
    expect(delay(1, 'running', { taskId: 'task_1', elapsed: 0 })).toBeGreaterThan(1_000);
    expect(Object.keys(toJSON().overall)).toEqual(['running']);
  });

  test.each([
    [null, /^options must be an object, got null/],
    [{ requestCost: '1' }, /^requestCost must be a number/],
    [{ requestCost: 0 }, /^requestCost must be more than 0 .*got 0$/],
    [{ requestCost: NaN }, /^requestCost must be more than 0 .*got NaN$/],
    [{ requestCost: Infinity }, /^requestCost must be more than 0/],
    [{ halfLife: 0.5 }, /^halfLife must be at least 1, got 0.5/],
    [{ halfLife: null }, /^halfLife must be a number/],
    [{ key: 'prefix' }, /^key must be a function/],
  ])('refuses the options %j', (options, message) => {
    expect(() => learnedDelay(options as never)).toThrow(message);
  });

  test.each([
    [[1, 1], /^record\(\) needs the status/],
    [['running'], /^record\(\) needs a duration in ms/],
    [['running', -1], /^record\(\) needs a finite duration .* got -1$/],
    [['running', NaN], /^record\(\) needs a finite duration .* got NaN$/],
    [['running', Infinity], /^record\(\) needs a finite duration/],
  ])('refuses record(%j)', (values, message) => {
    const record: (...args: never[]) => void = learnedDelay().record;
    expect(() => record(...(values as never[]))).toThrow(message);
  });
});

describe('keys', () => {
  const key = (taskId: string): string => taskId.split('_')[0]!;

  /** `short` tasks take 10 s and `long` ones 10 minutes. */
  function twoKinds(count: number): LearnedDelay {
    const learned = learnedDelay({ key });
    for (let n = 0; n < count; n++) {
      learned.record('running', (10 + n / 100) * SECOND, `short_${n}`);
      learned.record('running', (600 + n) * SECOND, `long_${n}`);
    }
    return learned;
  }

  test('each learn for themselves', () => {
    const learned = twoKinds(50);
    expect(at(learned, 20 * SECOND, 'running', 'long_x')).toBeGreaterThan(300 * SECOND);
    expect(at(learned, 0, 'running', 'short_x')).toBeLessThan(11 * SECOND);
  });

  test('begin with what is known of all tasks', () => {
    const learned = learnedDelay({ key });
    for (let n = 0; n < 50; n++) learned.record('running', 600 * SECOND + n, `long_${n}`);
    const withoutKeys = learnedDelay();
    for (let n = 0; n < 50; n++) withoutKeys.record('running', 600 * SECOND + n);
    expect(at(learned, 0, 'running', 'new_1')).toBe(at(withoutKeys, 0));
    expect(at(learned, 0, 'running', 'new_1')).toBeGreaterThan(60 * SECOND);
    // a few tasks of another length are enough
    for (let n = 0; n < 10; n++) learned.record('running', 5 * SECOND, `new_${n}`);
    expect(at(learned, 0, 'running', 'new_1')).toBeLessThan(6 * SECOND);
    // and a key with few tasks follows when much more is known of all
    for (let n = 0; n < 500; n++) learned.record('running', 600 * SECOND + n, `long_${n}`);
    expect(at(learned, 20 * SECOND, 'running', 'new_1')).toBeGreaterThan(100 * SECOND);
  });

  test('are forgotten if they were not used for the longest time', () => {
    const learned = learnedDelay({ key });
    for (let n = 0; n <= 500; n++) learned.record('running', SECOND, `kind${n}_1`);
    const keys = Object.keys(learned.toJSON().keys);
    expect(keys).toHaveLength(500);
    expect(keys).not.toContain('kind0');
    expect(keys).toContain('kind500');
  });

  test('need a task id', () => {
    const learned = learnedDelay({ key });
    learned.record('running', SECOND);
    expect(learned.toJSON().keys).toEqual({});
    expect(Object.keys(learned.toJSON().overall)).toEqual(['running']);
  });

  test('must be strings: anything else, and an exception, is the error of the watch', () => {
    const scheduler = new VirtualTimeScheduler();
    const errors: unknown[] = [];
    for (const wrong of [
      () => 1 as never,
      () => {
        throw new Error('no key');
      },
    ]) {
      const { transport } = fakeTaskApi({ task_1: [['running', 0]] }, { scheduler });
      taskStatus$('task_1', {
        transport,
        scheduler,
        backoff: { delay: learnedDelay({ key: wrong }).delay },
      }).subscribe({ error: (error: unknown) => errors.push(String(error)) });
    }
    scheduler.flush();
    expect(errors).toEqual(['TypeError: key must return a string, got number', 'Error: no key']);
  });
});

describe('learn()', () => {
  const poll = (
    taskId: string,
    attempt: number,
    at: number,
    status: string,
    changed: boolean,
    nextDelay: number | null = 1_000,
  ): TaskPoll<string> => ({
    taskId,
    attempt,
    at,
    duration: 0,
    changed,
    status,
    ...(nextDelay !== null && { nextDelay }),
  });
  const failed = (
    taskId: string,
    attempt: number,
    at: number,
    nextDelay?: number,
  ): TaskPoll<string> => ({
    taskId,
    attempt,
    at,
    duration: 0,
    changed: false,
    error: new NetworkError({ taskId, attempts: 1, elapsed: 0, reason: 'no connection' }),
    ...(nextDelay !== undefined && { nextDelay }),
  });

  /** How many durations were learned, by the history: the sum of a text's digits is not 0. */
  function learnedFrom(
    polls: readonly TaskPoll<string>[],
    open = false,
  ): LearnedHistory['overall'] {
    const learned = learnedDelay();
    const source = open ? concat(of(...polls), NEVER) : of(...polls);
    source.pipe(learned.learn()).subscribe();
    return learned.toJSON().overall;
  }
  const has = (text: string | undefined): boolean => text !== undefined && text !== '';

  test('passes polls, completion and errors on', () => {
    const learned = learnedDelay();
    const polls = [poll('a', 1, 0, 'running', true), failed('a', 2, 10, 10)];
    const events: unknown[] = [];
    of(...polls)
      .pipe(learned.learn())
      .subscribe({ next: (value) => events.push(value), complete: () => events.push('complete') });
    expect(events).toEqual([...polls, 'complete']);
    const error = new Error('no more');
    throwError(() => error)
      .pipe(learned.learn())
      .subscribe({ error: (reason: unknown) => events.push(reason) });
    expect(events.at(-1)).toBe(error);
  });

  test('learns of a status when it changes: it has ended between two polls', () => {
    const learned = learnedDelay();
    const [exact] = [learnedDelay()];
    for (let n = 0; n < 50; n++) {
      of(
        poll(`t${n}`, 1, 0, 'running', true),
        poll(`t${n}`, 2, 59 * SECOND, 'running', false),
        poll(`t${n}`, 3, 61 * SECOND, 'finished', true, null),
      )
        .pipe(learned.learn())
        .subscribe();
      exact.record('running', 60 * SECOND);
    }
    expect(Object.keys(learned.toJSON().overall)).toEqual(['running']);
    expect(at(learned, 0) / at(exact, 0)).toBeCloseTo(1, 2);
  });

  test('spreads a long gap between two polls over the time in which the status may have ended', () => {
    const learned = learnedDelay();
    for (let n = 0; n < 100; n++) {
      of(
        poll(`t${n}`, 1, 0, 'running', true),
        poll(`t${n}`, 2, 100 * SECOND, 'finished', true, null),
      )
        .pipe(learned.learn())
        .subscribe();
    }
    // the hazard is small everywhere before, so the delays are those of a uniform distribution
    expect(at(learned, 0)).toBeLessThan(20 * SECOND);
    expect(at(learned, 50 * SECOND)).toBeLessThan(15 * SECOND);
  });

  test('counts a task that is running, for as long as it has been seen', () => {
    const learned = minuteLong();
    const before = at(learned, 56 * SECOND);
    const source = new Subject<TaskPoll<string>>();
    const subscription = source.pipe(learned.learn()).subscribe();
    for (let n = 0; n < 50; n++) {
      source.next(poll(`t${n}`, 1, 0, 'running', true));
      source.next(poll(`t${n}`, 2, 400 * SECOND, 'running', false));
    }
    const during = at(learned, 56 * SECOND);
    expect(during).toBeGreaterThan(before * 1.1);
    // what was seen remains when the watch ends
    subscription.unsubscribe();
    expect(at(learned, 56 * SECOND) / during).toBeCloseTo(1, 1);
    expect(has(learned.toJSON().overall['running']?.[2])).toBe(true);
  });

  test('counts a task whose watch ends with an error as censored', () => {
    const { running } = learnedFrom(
      [poll('a', 1, 0, 'running', true), failed('a', 2, SECOND, 10), failed('a', 3, 2 * SECOND)],
      true,
    );
    expect([has(running?.[1]), has(running?.[2])]).toEqual([false, true]);
  });

  test('counts a task as censored when another watch of it begins', () => {
    const { running } = learnedFrom(
      [poll('a', 1, 0, 'running', true), poll('a', 1, 50 * SECOND, 'finished', true, null)],
      true,
    );
    expect([has(running?.[1]), has(running?.[2])]).toEqual([false, true]);
  });

  test('does not learn of a status whose beginning it has not seen', () => {
    const polls = [poll('a', 5, 0, 'running', false), poll('a', 6, SECOND, 'finished', true, null)];
    expect(learnedFrom(polls)).toEqual({});
    // not a poll of a status
    expect(learnedFrom([failed('a', 1, 0, 10)])).toEqual({});
    // the status that a restarted process already had: this watch sees it from now on
    const known = [poll('a', 1, 0, 'running', false), poll('a', 2, SECOND, 'finished', true, null)];
    expect(has(learnedFrom(known)['running']?.[1])).toBe(true);
  });

  test('does not learn of a terminal status that does not change', () => {
    expect(learnedFrom([poll('a', 1, 0, 'finished', true, null)])).toEqual({});
    // a watch that ends without a change
    const { running } = learnedFrom(
      [poll('a', 1, 0, 'running', true), poll('a', 2, SECOND, 'running', false, null)],
      true,
    );
    expect(has(running?.[2])).toBe(true);
  });

  test('forgets tasks of a pool that nobody watches any more', () => {
    const learned = learnedDelay();
    const source = new Subject<TaskPoll<string>>();
    source.pipe(learned.learn()).subscribe();
    source.next(poll('left', 1, 0, 'running', true));
    for (let n = 1; n <= 1_000; n++) source.next(poll('b', n, n * SECOND, 'created', n === 1));
    expect(has(learned.toJSON().overall['running']?.[2])).toBe(true);
    // a task that is polled is not forgotten
    expect(learned.toJSON().overall['created']?.[2]).toBe('');
  });

  test('forgets nothing because watches end before the status does', () => {
    const learned = minuteLong({ halfLife: 20 });
    const before = at(learned, 0);
    // a page that is opened and left again
    for (let n = 0; n < 1_000; n++) {
      of(poll('a', 1, 0, 'running', true))
        .pipe(learned.learn())
        .subscribe();
    }
    expect(at(learned, 0)).toBeGreaterThan(before * 0.9);
  });

  test('ignores a clock that was set back', () => {
    const learned = learnedDelay();
    of(
      poll('a', 1, 100 * SECOND, 'running', true),
      poll('a', 2, 50 * SECOND, 'running', false),
      poll('a', 3, 60 * SECOND, 'finished', true, null),
    )
      .pipe(learned.learn())
      .subscribe();
    expect(has(learned.toJSON().overall['running']?.[1])).toBe(true);
  });

  test('saves requests of the tasks that follow, in a whole watch', () => {
    const learned = learnedDelay();
    const requestsFor = (backoff: object): number => {
      const scheduler = new VirtualTimeScheduler();
      const api = fakeTaskApi(
        Object.fromEntries(
          Array.from({ length: 60 }, (_, n) => [
            `t${n}`,
            [
              ['running', 0],
              ['finished', (55 + n / 6) * SECOND],
            ],
          ]),
        ),
        { scheduler },
      );
      for (let n = 0; n < 60; n++) {
        taskPolls$(`t${n}`, { transport: api.transport, scheduler, backoff })
          .pipe(learned.learn())
          .subscribe();
      }
      scheduler.flush();
      return api.requests.length;
    };
    const usual = requestsFor({});
    expect(requestsFor({ delay: learned.delay, maxDelay: 60 * SECOND })).toBeLessThan(usual / 2);
  });
});

describe('toJSON() and history', () => {
  const duration = fc.double({ min: 0, max: 1e8, noNaN: true });

  test.prop(
    [
      fc.array(fc.tuple(fc.constantFrom('created', 'running'), duration), { maxLength: 60 }),
      fc.nat(600),
    ],
    runs(100),
  )('keep what was learned', (records, seconds) => {
    const learned = learnedDelay({ key: (taskId) => taskId });
    for (const [status, ms] of records) learned.record(status, ms, 'task_1');
    const history: unknown = JSON.parse(JSON.stringify(learned));
    const restored = learnedDelay({ key: (taskId) => taskId, history });
    for (const status of ['created', 'running']) {
      const ratio = at(restored, seconds * SECOND, status) / at(learned, seconds * SECOND, status);
      expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
    }
  });

  test.prop([fc.array(duration, { minLength: 400, maxLength: 800 })], runs(5))(
    'take less than 2 kB a key, whatever was learned',
    (durations) => {
      const learned = learnedDelay({ key: () => 'a key' });
      const source = new Subject<TaskPoll<string>>();
      source.pipe(learned.learn()).subscribe();
      durations.forEach((ms, n) => {
        for (const status of ['created', 'running', 'paused', 'archiving']) {
          learned.record(status, ms, 'task_1');
          const facts = { taskId: `${status}${n}`, duration: 0, status, nextDelay: 1 };
          source.next({ ...facts, attempt: 1, at: 0, changed: true });
          source.next({ ...facts, attempt: 2, at: ms, changed: false });
        }
      });
      source.complete();
      const { keys } = learned.toJSON();
      expect(JSON.stringify(keys['a key']).length).toBeLessThan(2_000);
    },
  );

  test('are empty for a schedule that has learned nothing', () => {
    expect(learnedDelay().toJSON()).toEqual({ version: 1, overall: {}, keys: {} });
    expect(learnedDelay({ history: learnedDelay().toJSON() }).toJSON().overall).toEqual({});
    // a status that is only running
    const learned = learnedDelay();
    learned.delay(1, 'running', { taskId: 'a', elapsed: 0 });
    expect(learnedDelay({ history: learned.toJSON() }).toJSON().overall).toEqual({
      running: [0, '', ''],
    });
  });

  test.each([
    [null],
    ['{}'],
    [{ version: 2, overall: {}, keys: {} }],
    [{ version: 1, overall: null, keys: {} }],
    [{ version: 1, overall: {}, keys: [], extra: 1 }],
    [{ version: 1, overall: { running: [1, ''] }, keys: {} }],
    [{ version: 1, overall: { running: ['1', '', ''] }, keys: {} }],
    [{ version: 1, overall: { running: [-1, '', ''] }, keys: {} }],
    [{ version: 1, overall: { running: [1, 1, ''] }, keys: {} }],
    [{ version: 1, overall: {}, keys: { a: 1 } }],
  ])('refuse the history %j, if it is not one', (history) => {
    if (JSON.stringify(history).includes('extra')) {
      expect(() => learnedDelay({ history })).not.toThrow();
    } else {
      expect(() => learnedDelay({ history })).toThrow(/^history must be what toJSON\(\)/);
    }
  });
});

describe('shared counts', () => {
  const shared = (learned: LearnedDelay, seconds: number, taskId = 'task_1') =>
    Array.from({ length: 100 }, (_, n) =>
      learned.observe({
        taskId,
        status: 'running',
        from: (seconds + n / 10) * SECOND,
        to: (seconds + n / 10) * SECOND,
        censored: false,
      }),
    ).flat();

  test('teach a schedule what others have learned', () => {
    const learned = learnedDelay();
    learned.replaceShared('', shared(learned, 55));
    expect(at(learned, 0) / at(minuteLong(), 0)).toBeCloseTo(1, 2);
    // they are not part of what this one has learned
    expect(learned.toJSON().overall).toEqual({ running: [0, '', ''] });
  });

  test('are replaced by newer ones, and forgotten', () => {
    const learned = learnedDelay({ key: (taskId) => taskId });
    learned.replaceShared('task_1', shared(learned, 10));
    learned.replaceShared('task_1', shared(learned, 300));
    expect(at(learned, 0)).toBeGreaterThan(200 * SECOND);
    expect(at(learned, 0, 'running', 'another')).toBeGreaterThan(200 * SECOND);
    learned.replaceShared('task_1', []);
    expect(at(learned, 0)).toBe(5_000);
  });

  test('ignore what is not a count', () => {
    const learned = learnedDelay();
    const observation = { key: '', status: 'running', bin: 80, weight: 1, censored: false };
    learned.replaceShared('', [
      { ...observation, bin: -1 },
      { ...observation, bin: 1e9 },
      { ...observation, bin: 0.5 },
      { ...observation, weight: NaN },
    ]);
    expect(at(learned, 0)).toBe(5_000);
  });

  test('have a place for a duration that has not ended', () => {
    const learned = learnedDelay();
    const duration = { taskId: 'a', status: 'running', from: 61 * SECOND, to: 61 * SECOND };
    const [observation, ...more] = learned.observe({ ...duration, censored: true });
    expect(more).toEqual([]);
    expect(observation).toMatchObject({ key: '', status: 'running', weight: 1, censored: true });
    learned.replaceShared('', [
      ...shared(learned, 55),
      ...Array.from({ length: 100 }, () => observation!),
    ]);
    expect(at(learned, 58 * SECOND)).toBeGreaterThan(at(minuteLong(), 58 * SECOND) * 1.1);
  });
});
