import { asyncScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { attempt } from '../../docs/.vitepress/theme/playground/attempt.js';
import {
  BACKOFF_DEFAULTS,
  defaultMaxDelay,
  RETRY_DEFAULTS,
} from '../../docs/.vitepress/theme/playground/defaults.js';
import { seenChanges } from '../../docs/.vitepress/theme/playground/lag.js';
import { MAX_REQUESTS, runWatch } from '../../docs/.vitepress/theme/playground/run.js';
import { seededRandom } from '../../docs/.vitepress/theme/playground/seeded-random.js';
import { keysOf, START, type Settings } from '../../docs/.vitepress/theme/playground/settings.js';
import { notes, summary } from '../../docs/.vitepress/theme/playground/summary.js';
import { TIMELINES } from '../../docs/.vitepress/theme/playground/timelines.js';
import { resolveOptions } from '../../src/watch/resolve-options.js';
import { expectedRequests } from './playground-model.js';

const WITHOUT_JITTER: Settings = { ...START, 'backoff.jitter': 0, 'retry.jitter': 0 };

function valueOf(name: string, settings: Settings): string | undefined {
  const run = runWatch(settings);
  const facts = summary(run, seenChanges(run, TIMELINES[settings.timeline]));
  return facts.find((fact) => fact.name === name)?.value;
}

test('starts with the defaults of the library', () => {
  const { backoff, retry } = resolveOptions({}, asyncScheduler);
  expect(backoff).toMatchObject(BACKOFF_DEFAULTS);
  expect(retry).toMatchObject(RETRY_DEFAULTS);
  for (const initialDelay of [1_000, 9_000]) {
    const { maxDelay } = resolveOptions({ backoff: { initialDelay } }, asyncScheduler).backoff;
    expect(defaultMaxDelay(initialDelay)).toBe(maxDelay);
  }
});

describe('the requests follow the formula', () => {
  const CHOSEN: Partial<Settings>[] = [
    {},
    { 'backoff.initialDelay': 3_000 },
    { 'backoff.initialDelay': 0 },
    { 'backoff.factor': 2.5, 'backoff.maxDelay': 20_000 },
    { 'backoff.factor': 1, latency: 0 },
    { 'backoff.initialDelay': 9_000, 'backoff.maxDelay': 2_000 },
    { resetOnChange: false, 'backoff.maxDelay': 60_000 },
    { 'retry.initialDelay': 2_500, 'retry.factor': 3, 'retry.maxDelay': 10_000 },
    { 'retry.maxRetries': 2 },
    { 'retry.maxRetryAfter': 10_000 },
  ];
  describe.each(keysOf(TIMELINES).filter((name) => name !== 'hour'))('%s', (timeline) => {
    test.each(CHOSEN)('%j', (chosen) => {
      const settings = { ...WITHOUT_JITTER, 'backoff.maxDelay': 10_000, ...chosen, timeline };
      const expected = expectedRequests(settings);
      const { requests } = runWatch(settings);
      const close = (ms: number): number => Number(ms.toFixed(3));
      expect(
        requests.map(({ sent, answered, answer }) => [close(sent), close(answered), answer]),
      ).toEqual(
        expected
          .slice(0, MAX_REQUESTS)
          .map(({ sent, answered, answer }) => [close(sent), close(answered), answer]),
      );
    });
  });

  test('of a task of an hour', () => {
    const settings: Settings = { ...WITHOUT_JITTER, timeline: 'hour' };
    const { requests, end } = runWatch(settings);
    expect(requests.map(({ sent }) => sent)).toEqual(
      expectedRequests(settings).map(({ sent }) => sent),
    );
    expect(end.how).toBe('complete');
  });
});

test('429: no request is sent before Retry-After has passed', () => {
  const { requests } = runWatch({ ...START, timeline: 'limited' });
  const limited = requests.findIndex(({ answer }) => answer === '429');
  const [failed, next] = requests.slice(limited, limited + 2);
  expect(failed?.retryAfter).toBe(15_000);
  expect((next?.sent ?? NaN) - (failed?.answered ?? NaN)).toBeGreaterThanOrEqual(15_000);
});

test('the same seed gives the same run, another seed another', () => {
  expect(runWatch({ ...START, seed: 7 })).toEqual(runWatch({ ...START, seed: 7 }));
  expect(runWatch({ ...START, seed: 7 })).not.toEqual(runWatch({ ...START, seed: 8 }));
});

test('the random numbers are spread over 0 to 1', () => {
  for (const seed of [1, 2, 50]) {
    const random = seededRandom(seed);
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 4_000; n++) {
      const quarter = Math.floor(random() * 4);
      counts[quarter] = (counts[quarter] ?? NaN) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  }
});

test('a run with very many requests is cut', () => {
  const settings: Settings = {
    ...WITHOUT_JITTER,
    timeline: 'hour',
    'backoff.initialDelay': 0,
    latency: 0,
  };
  const run = runWatch(settings);
  expect(run.requests).toHaveLength(MAX_REQUESTS);
  expect(run.end.how).toBe('cut');
  expect(notes(settings, run).join()).toContain('stops a run after 4,000 requests');
});

test('a value that the library refuses gives its message', () => {
  expect(attempt({ ...START, 'backoff.factor': 0.5 })).toEqual({
    refusal: 'RangeError: backoff.factor must be a number from 1 to Infinity, got 0.5',
  });
});

test('a maxDelay below initialDelay is explained', () => {
  const settings: Settings = { ...START, 'backoff.initialDelay': 9_000 };
  expect(notes(settings, runWatch(settings)).join()).toContain('every delay is maxDelay');
});

describe('the lag', () => {
  test('is the time from a change to the first answer with a status after it', () => {
    const settings: Settings = { ...WITHOUT_JITTER, latency: 0, 'backoff.factor': 1 };
    const maxDelay = { 'backoff.initialDelay': 7_000, 'backoff.maxDelay': 7_000 };
    const run = runWatch({ ...settings, ...maxDelay });
    // polls every 7 s
    expect(seenChanges(run, TIMELINES.steady)).toEqual([
      { status: 'running', at: 3_000, lag: 4_000, missed: false },
      { status: 'finished', at: 40_000, lag: 2_000, missed: false },
    ]);
    expect(valueOf('Mean lag', { ...settings, ...maxDelay })).toBe('3 s');
    expect(valueOf('Longest lag', { ...settings, ...maxDelay })).toBe('4 s');
  });

  test('grows by the rest of an outage', () => {
    const run = runWatch({ ...WITHOUT_JITTER, timeline: 'outage' });
    const failed = run.requests.filter(({ kind }) => kind === 'failed');
    expect(failed.length).toBeGreaterThan(3);
    expect(failed.every(({ sent }) => sent > 14_000 && sent < 45_000)).toBe(true);
  });

  test('a change that another one hides is missed', () => {
    // the third request sees the pause, the fifth one the end
    const settings: Settings = {
      ...WITHOUT_JITTER,
      'backoff.initialDelay': 10_000,
      'backoff.factor': 4,
      'backoff.maxDelay': 60_000,
      timeline: 'paused',
    };
    const missed = seenChanges(runWatch(settings), TIMELINES.paused).filter((it) => it.missed);
    expect(missed.map(({ status }) => status)).toEqual(['running']);
    expect(valueOf('Changes not seen', settings)).toBe('1');
  });
});

test('the summary says how the stream ended', () => {
  expect(valueOf('End', WITHOUT_JITTER)).toMatch(/^complete after 4\d/);
  expect(valueOf('End', { ...WITHOUT_JITTER, timeout: 10_000 })).toMatch(/^TaskTimeoutError after/);
  expect(valueOf('End', { ...START, timeline: 'outage', 'retry.maxRetries': 0 })).toMatch(
    /^HttpStatusError after/,
  );
});
