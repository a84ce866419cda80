import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromQuery, toQuery } from '../../docs/.vitepress/theme/playground/link.js';
import {
  CHOICES,
  keysOf,
  nearest,
  SLIDERS,
  START,
  type SliderName,
} from '../../docs/.vitepress/theme/playground/settings.js';
import { TIMELINES } from '../../docs/.vitepress/theme/playground/timelines.js';

const slider = (name: SliderName) =>
  fc
    .double({ min: SLIDERS[name].min, max: SLIDERS[name].max, noNaN: true })
    .map((value) => [name, nearest(SLIDERS[name], value)] as const);

const settings = fc
  .record({
    sliders: fc.tuple(...keysOf(SLIDERS).map(slider)),
    timeline: fc.constantFrom(...keysOf(TIMELINES)),
    resetOnChange: fc.boolean(),
    timeout: fc.constantFrom(...CHOICES.timeout.values),
    shown: fc.constantFrom(...CHOICES.shown.values),
  })
  .map(({ sliders, ...rest }) => ({
    ...START,
    ...(Object.fromEntries(sliders) as object),
    ...rest,
  }));

test('a link restores the settings', () => {
  fc.assert(
    fc.property(settings, (given) => {
      expect(fromQuery(toQuery(given))).toEqual(given);
    }),
  );
});

test('the settings at the start need no query', () => {
  expect(toQuery(START)).toBe('');
  expect(fromQuery('')).toEqual(START);
});

test('a query has only what was changed', () => {
  expect(toQuery({ ...START, 'backoff.initialDelay': 2_000, timeline: 'outage' })).toBe(
    '?backoff.initialDelay=2000&timeline=outage',
  );
});

test.each([
  'backoff.initialDelay=soon',
  'backoff.initialDelay=',
  'backoff.initialDelay=NaN',
  'timeout=12345',
  'timeline=toString',
  'resetOnChange=1',
  'unknown=1',
  '%E0%A4%A',
])('%s is ignored', (query) => {
  expect(fromQuery(`?${query}`)).toEqual(START);
});

test.each([
  ['backoff.initialDelay=99999999', { 'backoff.initialDelay': 10_000 }],
  ['backoff.initialDelay=-5', { 'backoff.initialDelay': 0 }],
  ['backoff.jitter=Infinity', { 'backoff.jitter': 1 }],
  ['backoff.initialDelay=1234', { 'backoff.initialDelay': 1_200 }],
  ['retry.maxRetries=2.6', { 'retry.maxRetries': 3 }],
])('%s is clamped to a value of the slider', (query, expected) => {
  expect(fromQuery(query)).toEqual({ ...START, ...expected });
});
