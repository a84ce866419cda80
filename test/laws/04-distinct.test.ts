import { describe, expect } from 'vitest';
import { history, undisturbed } from '../support/arbitraries.js';
import { historyWith, status } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { emissionsIn, pollsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

describe('law 4: distinct', () => {
  test.prop([history()], runs(300))('no status is emitted twice in a row', (history) => {
    const emissions = emissionsIn(runHistory(history, 'taskStatus$').trace);
    emissions.forEach((status, index) => expect(status).not.toBe(emissions[index - 1]));
  });

  test.prop([undisturbed()], runs(300))(
    'every status that differs from the previous one, first from knownStatus, is emitted',
    (history) => {
      const polls = pollsIn(runHistory(history, 'taskPolls$').trace);
      const seen = [history.options.knownStatus, ...polls.map(({ status }) => status)].filter(
        (status) => status !== undefined,
      );
      const known = history.options.knownStatus === undefined ? 0 : 1;
      const differing = seen.filter((status, index) => status !== seen[index - 1]).slice(known);
      expect(emissionsIn(runHistory(history, 'taskStatus$').trace)).toEqual(differing);
    },
  );

  test.prop([undisturbed(), fc.nat()], runs(300))(
    'knownStatus skips this status until it changes, and changes nothing else',
    (history, nth) => {
      const { statuses } = history.vocabulary;
      const known = statuses[nth % statuses.length] ?? statuses[0];
      const from = (knownStatus: string | undefined) => {
        // a `backoff.delay` function may depend on the known status; without it the delays are equal
        const backoff = { ...history.options.backoff, delay: undefined };
        return runHistory(
          { ...history, options: { ...history.options, backoff, knownStatus } },
          'taskStatus$',
        ).trace;
      };
      let changed = false;
      const skipped = from(undefined).filter(([, what, details]) => {
        changed ||= what === 'emission' && details !== known;
        return changed || what !== 'emission';
      });
      expect(from(known)).toEqual(skipped);
    },
  );

  test('created, running, running, paused, running emits each change', () => {
    const answers = ['created', 'running', 'running', 'paused', 'running'].map((it) => status(it));
    const emissions = (knownStatus?: string) =>
      emissionsIn(
        runHistory(historyWith({ answers, options: { knownStatus } }), 'taskStatus$').trace,
      );
    expect(emissions()).toEqual(['created', 'running', 'paused', 'running', 'finished']);
    expect(emissions('created')).toEqual(['running', 'paused', 'running', 'finished']);
    expect(emissions('running')).toEqual(['created', 'running', 'paused', 'running', 'finished']);
  });
});
