import { of, VirtualTimeScheduler } from 'rxjs';
import { describe, expect } from 'vitest';
import { taskStatus$ } from '../../src/index.js';
import { type History, historyWith, http, status, TASK_ID } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { pollsIn, requestsIn } from '../support/trace.js';
import { watch } from '../support/virtual.js';

const backoff = fc.record({
  initialDelay: fc.constantFrom(0, 1, 100, 1_000, 60_000),
  factor: fc.constantFrom(1, 1.5, 2, 1e200),
  maxDelay: fc.constantFrom(1, 1_000, 5_000, 2_147_483_647),
  jitter: fc.constantFrom(0, 0.1, 0.5, 1),
  resetOnChange: fc.boolean(),
});
const words = fc.array(fc.constantFrom('created', 'running'), { minLength: 1, maxLength: 12 });
const random = fc.double({ min: 0, max: 1, noNaN: true });

const delaysIn = (history: History) =>
  pollsIn(watch(history, 'taskPolls$').trace).flatMap(({ nextDelay }) => nextDelay ?? []);

describe('law 6: backoff', () => {
  test.prop([backoff, words, random], runs(300))(
    'waits follow the formula, and a change of status starts it again',
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
    'after failures in a row, the formula over retry, from the second on no shorter than the poll wait',
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
  )(
    'between a change and its detection lies at most one wait plus one request',
    (words, latencies) => {
      const answers = words.map((word, index) => status(word, latencies[index]));
      const polls = pollsIn(watch(historyWith({ answers }), 'taskPolls$').trace);
      polls.forEach(({ at, duration, changed }, index) => {
        const before = polls[index - 1];
        if (!changed || before === undefined) return;
        // The change came after the answer before this one.
        const since = at + duration - (before.at + before.duration);
        expect(since).toBe((before.nextDelay ?? 0) + duration);
      });
    },
  );

  test.prop([fc.constantFrom(Number.NaN, -1, 1.01, Infinity, -Infinity)])(
    'a random() outside 0..1 counts as 0',
    (drawn) => {
      const options = { backoff: { jitter: 0.5 }, random: { backoff: [drawn], retry: [0] } };
      expect(delaysIn(historyWith({ options, answers: [status('running')] }))).toEqual([1_000]);
    },
  );

  test.prop(
    [fc.constantFrom(undefined, 'created', 'running'), fc.nat({ max: 3 }), words],
    runs(200),
  )(
    'delay is asked with how often the status was seen, and with the last one that is known',
    (knownStatus, missing, words) => {
      const asked: [number, string | undefined][] = [];
      const scheduler = new VirtualTimeScheduler();
      let turn = 0;
      taskStatus$(TASK_ID, {
        scheduler,
        knownStatus,
        notFoundGrace: Infinity,
        backoff: {
          delay: (seen, status) => {
            asked.push([seen, status]);
            return 100;
          },
        },
        transport: () => {
          const status = turn < missing ? 404 : 200;
          const body = JSON.stringify(words[turn - missing] ?? 'finished');
          turn += 1;
          return of({ status, headers: { get: () => null }, body });
        },
      }).subscribe();
      scheduler.flush();
      let k = 0;
      expect(asked).toEqual([
        ...Array.from({ length: missing }, (_, index) => [index + 1, knownStatus]),
        ...words.map((word, index) => [(k = word === words[index - 1] ? k + 1 : 1), word]),
      ]);
    },
  );

  test('the defaults: 1 s, half as much again each time, at most 5 s', () => {
    const answers = Array.from({ length: 7 }, () => status('running'));
    expect(requestsIn(watch(historyWith({ answers }), 'taskStatus$').trace)).toEqual([
      0, 1_000, 2_500, 4_750, 8_125, 13_125, 18_125, 23_125,
    ]);
  });

  test('delay stands in for the base, between 1 ms and maxDelay; what is no number is maxDelay', () => {
    const delay = { bySeen: [0, 700, 9_000, Number.NaN], slowWhile: 'paused', slow: 3_000 };
    const answers = [...Array.from({ length: 4 }, () => status('running')), status('paused')];
    expect(delaysIn(historyWith({ options: { backoff: { delay } }, answers }))).toEqual([
      1, 700, 5_000, 5_000, 3_000,
    ]);
  });
});
