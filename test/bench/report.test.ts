import { expect, test } from 'vitest';
import { figures, targets, type Results } from './report.js';
import type { Sample } from './rows.js';
import { quartiles, ratios } from './statistics.js';

test('quartiles are interpolated between values', () => {
  expect(quartiles([4, 1, 3, 2])).toEqual({ lower: 1.75, median: 2.5, upper: 3.25 });
  expect(quartiles([7])).toEqual({ lower: 7, median: 7, upper: 7 });
});

test('a ratio compares values of the same run', () => {
  expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
});

const measure = 'Heap per waiting watch';

function resultsOf(library: number[], loop: number[]): Results {
  const samplesOf = (contestant: string, values: number[]): Sample[] =>
    values.map((value) => ({ measure, contestant, value }));
  const machine = { cpu: '', cores: 1, memory: 1, system: '', node: '', date: '', versions: {} };
  const samples = [...samplesOf('rxjs-task-status', library), ...samplesOf('bare loop', loop)];
  return { machine, runs: library.length, took: 0, samples };
}

test('a target is reached only if the upper quartile of the ratios meets it', () => {
  // the medians are below the 1.6 that the target allows, in both
  const reaching = resultsOf([130, 140, 150, 160, 900], [100, 100, 100, 100, 100]);
  const missing = resultsOf([130, 140, 150, 161, 162], [100, 100, 100, 100, 100]);
  expect(targets(reaching)).toMatch(/1\.50x \(1\.40 to 1\.60\) +\| reached/);
  expect(targets(missing)).toMatch(/1\.50x \(1\.40 to 1\.61\) +\| \*\*missed\*\*/);
});

test('a target without measurements is left out', () => {
  expect(targets(resultsOf([], []))).not.toContain('reached');
  expect(targets(resultsOf([100], []))).not.toContain('reached');
});

test('each contestant has a row with the ratio of the library to it', () => {
  const lines = figures(resultsOf([150, 150, 150], [100, 100, 100])).split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[2]).toMatch(/Heap per waiting watch, B +\| rxjs-task-status +\| 150/);
  expect(lines[3]).toMatch(/\| bare loop +\| 100 +\| 1\.50x/);
});
