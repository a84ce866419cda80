import { describe, expect } from 'vitest';
import { undisturbed } from '../support/arbitraries.js';
import { type Answer, historyWith, http, status } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { emissionsIn, endIn, pollsIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

const unknown = (word: string): Answer => ({ kind: 'unknown word', word, latency: 0 });
const words = fc.array(fc.constantFrom('created', 'running', 'archiving', 'hibernating'), {
  minLength: 1,
  maxLength: 12,
});
const known = (word: string) => word === 'created' || word === 'running';
const answersOf = (words: string[]) => words.map((it) => (known(it) ? status(it) : unknown(it)));
const ignoring = { unknownStatus: 'ignore' as const };

describe('law 17: ignored words', () => {
  test.prop([words], runs(200))(
    'they are not emitted and do not separate equal statuses',
    (words) => {
      const { trace } = runHistory(
        historyWith({ answers: answersOf(words), options: ignoring }),
        'taskStatus$',
      );
      const seen = [...words.filter(known), 'finished'];
      expect(emissionsIn(trace)).toEqual(seen.filter((word, index) => word !== seen[index - 1]));
    },
  );

  test.prop([words], runs(200))('they count as a status for the backoff', (words) => {
    const { trace } = runHistory(
      historyWith({ answers: answersOf(words), options: ignoring }),
      'taskPolls$',
    );
    let k = 0;
    const expected = words.map((word, index) => {
      k = word === words[index - 1] ? k + 1 : 1;
      return Math.min(5_000, 1_000 * 1.5 ** (k - 1));
    });
    expect(pollsIn(trace).flatMap(({ nextDelay }) => nextDelay ?? [])).toEqual(expected);
  });

  test.prop([undisturbed()], runs(200))(
    'their poll is an UnexpectedResponseError with changed: false and the last status',
    (drawn) => {
      const history = { ...drawn, options: { ...drawn.options, ...ignoring } };
      let last: string | undefined;
      for (const { attempt, status, error, changed } of pollsIn(
        runHistory(history, 'taskPolls$').trace,
      )) {
        if (
          history.answers[attempt - 1]?.kind === 'unknown word' &&
          error?.code !== 'request-timeout'
        ) {
          expect(error).toMatchObject({ name: 'UnexpectedResponseError', status: 200 });
          expect(error?.lastStatus).toBe(last);
          expect(changed).toBe(false);
        }
        last = status ?? last;
      }
    },
  );

  test.each([
    'unfinished',
    'finished ',
    'FINISHED',
    'not_finished',
    'finish',
    'finished,failed',
    '',
  ])('%j is not taken for a known status', (word) => {
    const answers = [status('running'), unknown(word)];
    const { trace } = runHistory(historyWith({ answers, options: ignoring }), 'taskStatus$');
    expect(requestsIn(trace)).toEqual([0, 1_000, 2_000]);
    expect(emissionsIn(trace)).toEqual(['running', 'finished']);
  });

  test('running, archiving, running emits once', () => {
    const answers = answersOf(['running', 'archiving', 'running']);
    const { trace } = runHistory(historyWith({ answers, options: ignoring }), 'taskStatus$');
    expect(emissionsIn(trace)).toEqual(['running', 'finished']);
    expect(requestsIn(trace)).toEqual([0, 1_000, 2_000, 3_000]);
  });

  test('they reset the failure count', () => {
    const answers = [http(503), unknown('archiving'), http(503), unknown('archiving'), http(503)];
    const options = { ...ignoring, retry: { maxRetries: 1 } };
    expect(endIn(runHistory(historyWith({ answers, options }), 'taskStatus$').trace)?.how).toBe(
      'complete',
    );
  });

  test('a repeated unknown word is polled with the backoff, not faster', () => {
    const answers = Array.from({ length: 20 }, () => unknown('archiving'));
    const requests = requestsIn(
      runHistory(historyWith({ answers, options: ignoring }), 'taskStatus$').trace,
    );
    const delays = requests.slice(1).map((ms, index) => ms - (requests[index] ?? 0));
    expect(delays.slice(0, 5)).toEqual([1_000, 1_500, 2_250, 3_375, 5_000]);
    expect(new Set(delays.slice(5))).toEqual(new Set([5_000]));
  });

  test('by default an unknown word is the error', () => {
    const { trace } = runHistory(historyWith({ answers: [unknown('archiving')] }), 'taskStatus$');
    expect(endIn(trace)?.how).toMatchObject({ name: 'UnexpectedResponseError', attempts: 1 });
  });
});
