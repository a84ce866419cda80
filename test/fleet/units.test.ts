import { Redis } from 'ioredis';
import { of as of$, take, VirtualTimeScheduler } from 'rxjs';
import type { TaskPoll, TaskStatusOptions } from 'rxjs-task-status';
import {
  taskPolls$,
  AuthenticationError,
  HttpStatusError,
  NetworkError,
  RateLimitError,
  TaskNotFoundError,
  UnexpectedResponseError,
} from 'rxjs-task-status';
import { describe, expect, test, vi } from 'vitest';
import { parseEntry, storedUpdate, type Entry } from '../../src/fleet/change.js';
import { ConsumerPosition } from '../../src/fleet/consumer-position.js';
import { idBefore, isLater, timeOf } from '../../src/fleet/entry-id.js';
import { verdictOf } from '../../src/fleet/gate.js';
import { fleetKeys, jobIdOf } from '../../src/fleet/keys.js';
import { ThrottledLogger } from '../../src/fleet/logger.js';
import { messageOf } from '../../src/fleet/message-of.js';
import { RedisRetry } from '../../src/fleet/redis-retry.js';
import { restAfter } from '../../src/fleet/rest-delay.js';
import { Turns } from '../../src/fleet/turns.js';
import { memoryLogger, responseOf } from './fixture.js';

const facts = { taskId: 'task_1', attempts: 1, elapsed: 0 };
const http = (status: number, retryAfter?: number) => ({
  ...facts,
  status,
  detail: '',
  retryAfter,
});

function pollOf(outcome: object): TaskPoll<string> {
  const poll = { taskId: 'task_1', attempt: 1, at: 0, duration: 0, nextDelay: 0, changed: false };
  return { ...poll, ...outcome } as TaskPoll<string>;
}

describe('the verdict on an answer', () => {
  test.for<[name: string, outcome: object, verdict: object]>([
    ['a status', { status: 'running' }, { type: 'resume' }],
    ['a 401', { error: new AuthenticationError(http(401)) }, { type: 'pause' }],
    ['a 403', { error: new AuthenticationError(http(403)) }, { type: 'pause' }],
    ['a 429', { error: new RateLimitError(http(429)) }, { type: 'hold', ms: 5_000 }],
    ['a 429 that asks', { error: new RateLimitError(http(429, 7)) }, { type: 'hold', ms: 7 }],
    ['a 503 that asks', { error: new HttpStatusError(http(503, 9)) }, { type: 'hold', ms: 9 }],
    ['a 503', { error: new HttpStatusError(http(503)) }, { type: 'nothing' }],
    ['a 404', { error: new TaskNotFoundError(http(404)) }, { type: 'resume' }],
    ['no answer', { error: new NetworkError({ ...facts, reason: '' }) }, { type: 'nothing' }],
    [
      'an unknown word',
      { error: new UnexpectedResponseError({ ...facts, status: 200, body: '', problem: '' }) },
      { type: 'resume' },
    ],
  ])('for %s', ([, outcome, verdict]) => {
    expect(verdictOf(pollOf(outcome))).toEqual(verdict);
  });
});

describe('the delay of a task that gives its slot back', () => {
  const good = { seen: 1, failures: 0, changed: false, succeeded: true };
  const bad = { seen: 0, failures: 1, changed: false, succeeded: false };
  const noJitter = { jitter: 0 };
  /** Leaves the delay of a retry as it is. */
  const NO_POLL_DELAY = { delay: () => 1 };
  const of = (
    before: { seen: number; failures: number },
    counts: typeof good,
    watch: TaskStatusOptions<string> = { backoff: noJitter, retry: noJitter },
    nextDelay = 0,
  ) => restAfter({ ...pollOf({ status: 'running' }), nextDelay }, before, counts, watch);

  test('grows with the number of polls over all slices', () => {
    expect(of({ seen: 0, failures: 0 }, good)).toEqual({ due: 1_000, seen: 1, failures: 0 });
    expect(of({ seen: 1, failures: 0 }, good)).toEqual({ due: 1_500, seen: 2, failures: 0 });
    expect(of({ seen: 9, failures: 0 }, good)).toEqual({ due: 5_000, seen: 10, failures: 0 });
  });

  test('begins again after a change, and after a success', () => {
    const changed = { ...good, changed: true };
    expect(of({ seen: 9, failures: 0 }, changed)).toEqual({ due: 1_000, seen: 1, failures: 0 });
    expect(of({ seen: 0, failures: 9 }, good).failures).toBe(0);
  });

  test('grows with the failures over all slices, and is then at least that of a poll', () => {
    expect(of({ seen: 0, failures: 0 }, bad)).toEqual({ due: 500, seen: 0, failures: 1 });
    expect(of({ seen: 3, failures: 1 }, bad)).toEqual({ due: 2_250, seen: 3, failures: 2 });
    expect(of({ seen: 0, failures: 4 }, bad).due).toBe(8_000);
    expect(of({ seen: 0, failures: 9 }, bad, { backoff: noJitter, retry: false }).due).toBeLessThan(
      30_001,
    );
  });

  test('is at least what was planned, which a Retry-After may have set', () => {
    expect(of({ seen: 0, failures: 0 }, good, { backoff: noJitter }, 60_000).due).toBe(60_000);
    const ended = restAfter(
      { taskId: 'a', attempt: 1, at: 0, duration: 0, changed: false, status: 'running' },
      { seen: 0, failures: 0 },
      good,
      { backoff: noJitter },
    );
    expect(ended.due).toBe(1_000);
  });

  test.each([
    ['statuses', () => responseOf('running'), good],
    ['failures', () => responseOf({ status: 503 }), bad],
  ])('has the defaults of taskStatus$ after %s', (_, answer, counts) => {
    const scheduler = new VirtualTimeScheduler();
    const random = () => 0.5;
    const watch = { backoff: { random }, retry: { random } };
    const planned: number[] = [];
    const options = { ...watch, scheduler, transport: () => of$(answer()) };
    taskPolls$('task_1', options)
      .pipe(take(8))
      .subscribe(({ nextDelay = 0 }) => planned.push(nextDelay));
    scheduler.flush();
    const due = planned.map((_delay, index) => {
      const before = { seen: index * counts.seen, failures: index * counts.failures };
      return of(before, counts, { ...watch, backoff: counts === bad ? NO_POLL_DELAY : { random } });
    });
    expect(due.map((rest) => rest.due)).toEqual(planned);
  });

  test('is what the function of the user has planned', () => {
    const backoff = { delay: () => 77 };
    expect(of({ seen: 0, failures: 0 }, good, { backoff }, 77).due).toBe(77);
  });

  test('is shortened by the jitter', () => {
    expect(of({ seen: 0, failures: 0 }, good, { backoff: { random: () => 1 } }).due).toBe(900);
    expect(of({ seen: 0, failures: 0 }, bad, { retry: { random: () => 1 } }).due).toBe(250);
    const { due } = of({ seen: 0, failures: 0 }, good, {});
    expect(due).toBeGreaterThanOrEqual(900);
    expect(due).toBeLessThanOrEqual(1_000);
  });
});

describe('turns', () => {
  function setUp(concurrency: number) {
    const scheduler = new VirtualTimeScheduler();
    const turns = new Turns(concurrency, scheduler);
    const finished: string[] = [];
    const turn = (name: string, polled: boolean, inFlight = false) => {
      const it = {
        startedAt: scheduler.now(),
        polled,
        inFlight,
        finish: () => finished.push(name),
      };
      turns.add(it);
      return it;
    };
    return { scheduler, turns, turn, finished };
  }

  test('nobody gives a slot back while a slot is free', () => {
    const { turns, turn, finished } = setUp(2);
    turn('a', true);
    turns.onWaiting(5);
    expect(turns.take()).toBe(false);
    expect(finished).toEqual([]);
    expect(turns.waiting).toBe(5);
  });

  test('those that have had a slot longest give it back, as many as are needed', () => {
    const { turns, turn, finished } = setUp(3);
    turn('a', true);
    turn('b', true);
    turn('c', true);
    turns.onWaiting(2);
    expect(finished).toEqual(['a', 'b']);
    expect(turns.take()).toBe(false);
  });

  test('those with a request in flight, or without a poll, give it back later', () => {
    const { scheduler, turns, turn, finished } = setUp(3);
    turn('a', true, true);
    const b = turn('b', false);
    turn('c', true);
    turns.onWaiting(3);
    expect(finished).toEqual(['c']);
    expect([turns.take(), turns.take(), turns.take()]).toEqual([true, true, false]);
    scheduler.frame = 1_000;
    turns.onWaiting(1);
    expect(finished).toEqual(['c', 'b']);
    turns.delete(b);
    turns.onWaiting(1);
    expect(turns.take()).toBe(false);
  });
});

describe('ids of the stream', () => {
  test('are compared by both parts', () => {
    expect(isLater('5-1', '5-0')).toBe(true);
    expect(isLater('5-0', '5-0')).toBe(false);
    expect(isLater('5', '4-9')).toBe(true);
    expect(isLater('10-0', '9-5')).toBe(true);
    expect(timeOf('1700-3')).toBe(1_700);
  });

  test('have one before them', () => {
    expect(idBefore('5-3')).toBe('5-2');
    expect(idBefore('5-0')).toBe('4-18446744073709551615');
  });
});

describe('entries of the stream', () => {
  test('are read as they are written', () => {
    expect(storedUpdate({ status: 'running' })).toEqual(['status', 'running']);
    expect(storedUpdate({ error: 'invalid' })).toEqual(['error', 'invalid']);
    const fields = 'sequence 3 task a owner 7 ordinal 2 kind error word invalid at 9'.split(' ');
    expect(parseEntry(fields)).toEqual({
      sequence: 3,
      owner: 7,
      change: { key: 'a:7:2', taskId: 'a', ordinal: 2, error: 'invalid', at: 9 },
    });
  });

  test('are ignored if a part is missing', () => {
    for (const name of ['task', 'owner', 'word']) {
      const fields = 'task a owner 7 word x'
        .split(' ')
        .flatMap((part, at, all) =>
          at % 2 === 0 && part !== name ? [part, String(all[at + 1])] : [],
        );
      expect(parseEntry(fields)).toBeUndefined();
    }
  });
});

describe('keys', () => {
  test('are below the prefix', () => {
    const keys = fleetKeys('p');
    expect([keys.changes, keys.sequence, keys.gate, keys.slot]).toEqual([
      'p:changes',
      'p:changes:sequence',
      'p:gate',
      'p:slot',
    ]);
    expect([keys.task('a'), keys.position('b'), keys.received('b', 3)]).toEqual([
      'p:task:a',
      'p:consumer:b:position',
      'p:consumer:b:received:3',
    ]);
  });

  test('a job has an id that BullMQ allows, whatever the id of its task is', () => {
    expect(jobIdOf('a:b', '7')).toBe('task-a%3Ab-7');
  });
});

describe('the logger of a worker', () => {
  test('warns of each kind once a minute', () => {
    const scheduler = new VirtualTimeScheduler();
    const logger = memoryLogger();
    const log = new ThrottledLogger(logger, scheduler);
    log.warn('a', 'one');
    log.warn('a', 'two');
    log.warn('b', 'three');
    scheduler.frame = 60_000;
    log.warn('a', 'four');
    expect(logger.lines).toEqual(
      ['one', 'three', 'four'].map((word) => `warn rxjs-task-status: ${word}`),
    );
  });

  test('forgets kinds when there are too many', () => {
    const logger = memoryLogger();
    const log = new ThrottledLogger(logger, new VirtualTimeScheduler());
    for (let kind = 0; kind <= 1_000; kind += 1) log.warn(String(kind), 'new');
    log.warn('0', 'again');
    expect(logger.lines.at(-1)).toBe('warn rxjs-task-status: again');
  });

  test('may throw, and may have no debug level', () => {
    const fail = () => {
      throw new Error('disk full');
    };
    const scheduler = new VirtualTimeScheduler();
    const log = new ThrottledLogger({ info: fail, warn: fail, error: fail }, scheduler);
    log.log('info', 'x');
    log.log('debug', 'x');
    log.warn('a', 'x');
  });
});

describe('a command that Redis refuses', () => {
  test('is repeated until it succeeds, and logged once', async () => {
    vi.useFakeTimers();
    try {
      const logger = memoryLogger();
      const scheduler = new VirtualTimeScheduler();
      const { asyncScheduler } = await import('rxjs');
      const retry = new RedisRetry(asyncScheduler, new ThrottledLogger(logger, scheduler));
      let tries = 0;
      const done = retry.run(() => {
        tries += 1;
        return tries < 8 ? Promise.reject(new Error('OOM no memory')) : Promise.resolve(tries);
      });
      await vi.advanceTimersByTimeAsync(20_000);
      expect(await done).toBe(8);
      expect(logger.lines).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test('rejects after the close', async () => {
    const { asyncScheduler } = await import('rxjs');
    const log = new ThrottledLogger(memoryLogger(), asyncScheduler);
    const retry = new RedisRetry(asyncScheduler, log);
    const failed = retry.run(() => Promise.reject(new Error('Connection is closed.')));
    retry.close();
    await expect(failed).rejects.toThrow('Connection is closed.');
  });
});

test('the message of a failure is one line', () => {
  expect(messageOf(new Error('a\n  b'))).toBe('a b');
  expect(messageOf(new RangeError())).toBe('RangeError');
  expect(messageOf('text')).toBe('text');
});

test('a repeated change is no reason for a gap after a position whose number is unknown', () => {
  const redis = new Redis({ lazyConnect: true });
  const position = new ConsumerPosition(redis, fleetKeys('fleet'), 'one');
  const change = { key: 'k', taskId: 'task_1', ordinal: 1, status: 'running', at: 0 };
  const entry = (sequence: number): Entry => ({ sequence, owner: 1, change });
  // as after an id in `from` that is later than the saved position
  position.sequence = undefined;
  position.repeat('5-0', entry(5));
  expect(position.missingBefore(entry(9))).toBe(0);
  position.advance('9-0', entry(9));
  position.repeat('10-0', entry(7));
  expect(position.missingBefore(entry(12))).toBe(2);
});
