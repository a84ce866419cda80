import { VirtualTimeScheduler } from 'rxjs';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect } from 'vitest';
import { type BackoffOptions, taskStatus$ } from '../../src/index.js';
import { type History, historyWith, http, status, TASK_ID } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { pollsIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

const backoff = fc.record({
  initialDelay: fc.constantFrom(0, 1, 100, 1_000, 60_000),
  factor: fc.constantFrom(1, 1.5, 2, 1e200),
  maxDelay: fc.constantFrom(1, 1_000, 5_000, 2_147_483_647),
  jitter: fc.constantFrom(0, 0.1, 0.5, 1),
  resetOnChange: fc.boolean(),
});
const words = fc.array(fc.constantFrom('created' as const, 'running' as const), {
  minLength: 1,
  maxLength: 12,
});
const random = fc.double({ min: 0, max: 1, noNaN: true });

const delaysIn = (history: History) =>
  pollsIn(runHistory(history, 'taskPolls$').trace).flatMap(({ nextDelay }) => nextDelay ?? []);

describe('law 6: backoff', () => {
  test.prop([backoff, words, random], runs(300))(
    'delays follow the formula, and a change of status restarts it',
    (backoff, words, random) => {
      const { initialDelay, factor, maxDelay, jitter, resetOnChange } = backoff;
      let k = 0;
      const expected = words.map((word, index) => {
        k = resetOnChange && word !== words[index - 1] ? 1 : k + 1;
        const base = initialDelay === 0 ? 0 : Math.min(maxDelay, initialDelay * factor ** (k - 1));
        return Math.max(1, base * (1 - jitter) + base * jitter * (1 - random));
      });
      const options = { backoff, random: { backoff: [random], retry: [0] } };
      expect(delaysIn(historyWith({ options, answers: words.map((it) => status(it)) }))).toEqual(
        expected,
      );
    },
  );

  test.prop([backoff, fc.integer({ min: 0, max: 8 }), random], runs(300))(
    'after failures in a row the formula applies to retry, from the second on with at least the poll delay',
    (backoff, failures, random) => {
      const { initialDelay, factor, maxDelay, jitter } = backoff;
      const retry = {
        initialDelay: 500,
        factor: 2,
        maxDelay: 30_000,
        jitter,
        maxRetries: Infinity,
      };
      const pollBase = initialDelay === 0 ? 0 : Math.min(maxDelay, initialDelay * factor);
      const expected = Array.from({ length: failures }, (_, index) => {
        const own = Math.min(30_000, 500 * 2 ** index);
        const base = index === 0 ? own : Math.max(own, pollBase);
        return Math.max(1, base * (1 - jitter) + base * jitter * (1 - random));
      });
      const history = historyWith({
        options: { backoff, retry, random: { backoff: [0], retry: [random] } },
        answers: [
          status('running'),
          status('running'),
          ...Array.from({ length: failures }, () => http(503)),
        ],
      });
      expect(delaysIn(history).slice(2)).toEqual(expected);
    },
  );

  test.prop(
    [words, fc.array(fc.constantFrom(0, 1, 700), { minLength: 12, maxLength: 12 })],
    runs(300),
  )('a change is seen within one delay plus one request', (words, latencies) => {
    const answers = words.map((word, index) => status(word, latencies[index]));
    const polls = pollsIn(runHistory(historyWith({ answers }), 'taskPolls$').trace);
    polls.forEach(({ at, duration, changed }, index) => {
      const before = polls[index - 1];
      if (!changed || before === undefined) return;
      // the change came after the previous answer
      const since = at + duration - (before.at + before.duration);
      expect(since).toBe((before.nextDelay ?? 0) + duration);
    });
  });

  test.prop([fc.constantFrom(Number.NaN, -1, 1.01, Infinity, -Infinity)])(
    'a random() outside 0..1 counts as 0',
    (value) => {
      const options = { backoff: { jitter: 0.5 }, random: { backoff: [value], retry: [0] } };
      expect(delaysIn(historyWith({ options, answers: [status('running')] }))).toEqual([1_000]);
    },
  );

  test.prop(
    [fc.constantFrom(undefined, 'created', 'running'), fc.nat({ max: 3 }), words],
    runs(200),
  )(
    'delay gets how often in a row the status was seen, and the last known status',
    (knownStatus, missing, words) => {
      const calls: [number, string | undefined][] = [];
      const scheduler = new VirtualTimeScheduler();
      // before the first word the task is missing
      const { transport } = fakeTaskApi(
        {
          [TASK_ID]: [...words, 'finished' as const].map((word, index) => [
            word,
            (missing + index) * 100,
          ]),
        },
        { scheduler },
      );
      taskStatus$(TASK_ID, {
        transport,
        scheduler,
        knownStatus,
        notFoundGrace: Infinity,
        backoff: {
          jitter: 0,
          delay: (seen, status) => {
            calls.push([seen, status]);
            return 100;
          },
        },
      }).subscribe();
      scheduler.flush();
      let k = 0;
      expect(calls).toEqual([
        ...Array.from({ length: missing }, (_, index) => [index + 1, knownStatus]),
        ...words.map((word, index) => [(k = word === words[index - 1] ? k + 1 : 1), word]),
      ]);
    },
  );

  test('by default delays start at 1 s, grow by half each time, and are at most 5 s', () => {
    const answers = Array.from({ length: 7 }, () => status('running'));
    expect(requestsIn(runHistory(historyWith({ answers }), 'taskStatus$').trace)).toEqual([
      0, 1_000, 2_500, 4_750, 8_125, 13_125, 18_125, 23_125,
    ]);
  });

  test.each<[Omit<BackoffOptions, 'delay' | 'random'>, number[]]>([
    [{ initialDelay: 10_000 }, [10_000, 10_000, 10_000]],
    [{ initialDelay: 7_500, factor: 3 }, [7_500, 7_500, 7_500]],
    [{ initialDelay: 3_600_000 }, [3_600_000, 3_600_000, 3_600_000]],
    // the default maxDelay, and one that was given
    [{ initialDelay: 5_000 }, [5_000, 5_000, 5_000]],
    [{ initialDelay: 4_000 }, [4_000, 5_000, 5_000]],
    [{ initialDelay: 10_000, maxDelay: 5_000 }, [5_000, 5_000, 5_000]],
    [{ initialDelay: 10_000, maxDelay: 15_000 }, [10_000, 15_000, 15_000]],
  ])(
    'maxDelay is the larger of 5 s and initialDelay, unless it is given: %j',
    (backoff, delays) => {
      const answers = Array.from({ length: 3 }, () => status('running'));
      const options = { backoff: { jitter: 0, ...backoff } };
      const polls = pollsIn(runHistory(historyWith({ answers, options }), 'taskPolls$').trace);
      expect(polls.map(({ nextDelay }) => nextDelay)).toEqual([...delays, undefined]);
    },
  );

  test('delay replaces the base, clamped to 1 ms and maxDelay; NaN counts as maxDelay', () => {
    const delay = { bySeen: [0, 700, 9_000, Number.NaN], slowStatus: 'paused', slowDelay: 3_000 };
    const answers = [...Array.from({ length: 4 }, () => status('running')), status('paused')];
    expect(delaysIn(historyWith({ options: { backoff: { delay } }, answers }))).toEqual([
      1, 700, 5_000, 5_000, 3_000,
    ]);
  });

  test('delay gets the task id, and how long this watch has seen the status', () => {
    const delay = { bySeen: [700], slowStatus: undefined, slowDelay: 700 };
    const unknown = { kind: 'unknown word' as const, word: 'archiving', latency: 0 };
    const { delayCalls } = runHistory(
      historyWith({
        start: 5_000,
        options: { knownStatus: 'running', notFoundGrace: Infinity, backoff: { delay } },
        answers: [
          http(404),
          status('running', 100),
          http(503),
          http(503),
          status('running'),
          status('paused'),
          status('running'),
        ],
      }),
      'taskStatus$',
    );
    const context = (elapsed: number) => ({ taskId: TASK_ID, elapsed });
    expect(delayCalls).toEqual([
      [5_000, 1, 'running', context(0)],
      [5_800, 1, 'running', context(0)],
      // the second failure in a row waits for at least the poll delay
      [7_000, 1, 'running', context(1_200)],
      [8_000, 2, 'running', context(2_200)],
      [8_700, 1, 'paused', context(0)],
      [9_400, 1, 'running', context(0)],
    ]);
    const ignored = runHistory(
      historyWith({
        options: { unknownStatus: 'ignore', backoff: { delay, resetOnChange: false } },
        answers: [unknown, status('running'), unknown, status('running')],
      }),
      'taskStatus$',
    );
    expect(ignored.delayCalls.map(([, , , { elapsed }]) => elapsed)).toEqual([0, 0, 700, 1_400]);
  });

  test.each([
    [undefined, 1_000, 5_000],
    [undefined, 6_000, 6_000],
    [undefined, 60_000, 60_000],
    [4_000, 6_000, 4_000],
  ])(
    'with maxDelay %s and initialDelay %i no delay is longer than %i ms',
    (maxDelay, initialDelay, longest) => {
      const answers = Array.from({ length: 8 }, () => status('running'));
      const options = { backoff: { initialDelay, maxDelay } };
      expect(Math.max(...delaysIn(historyWith({ options, answers })))).toBe(longest);
    },
  );
});
