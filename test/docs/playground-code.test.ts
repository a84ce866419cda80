import { readFile } from 'node:fs/promises';
import { format, type Options } from 'prettier';
import { describe, expect, test } from 'vitest';
import { toCode } from '../../docs/.vitepress/theme/playground/code.js';
import { chosenOptions } from '../../docs/.vitepress/theme/playground/options.js';
import { runWatch } from '../../docs/.vitepress/theme/playground/run.js';
import {
  keysOf,
  SLIDERS,
  START,
  type Settings,
} from '../../docs/.vitepress/theme/playground/settings.js';
import { runProgram, typeErrors } from './playground-program.js';

/** Every option differs from its default. */
const ALL: Settings = {
  ...START,
  ...Object.fromEntries(keysOf(SLIDERS).map((name) => [name, SLIDERS[name].max])),
  resetOnChange: false,
  timeout: 60_000,
};

const CHOSEN: Partial<Settings>[] = [
  {},
  { 'backoff.initialDelay': 2_000 },
  { 'backoff.initialDelay': 7_000, 'backoff.maxDelay': 7_000 },
  { 'backoff.jitter': 0.35, seed: 9, 'backoff.factor': 2.1 },
  { timeline: 'outage', 'retry.maxRetries': 3 },
  { timeline: 'limited', 'retry.jitter': 1, seed: 3 },
  { timeline: 'paused', resetOnChange: false, timeout: 30_000 },
  ALL,
];

describe('the code', () => {
  test('has only the options that differ from the defaults', () => {
    expect(toCode(chosenOptions(START))).not.toMatch(/backoff|retry|timeout/);
    const code = toCode(
      chosenOptions({ ...START, 'backoff.initialDelay': 2_000, 'retry.maxRetries': 3 }),
    );
    expect(code).toContain('  backoff: { initialDelay: 2_000 },\n  retry: { maxRetries: 3 },\n');
  });

  test('leaves maxDelay out where it is the default for this initialDelay', () => {
    const settings = { ...START, 'backoff.initialDelay': 7_000, 'backoff.maxDelay': 7_000 };
    expect(chosenOptions(settings).backoff).toEqual({ initialDelay: 7_000 });
  });

  test.each(CHOSEN)('sends the requests of the diagram: %j', (chosen) => {
    const settings = { ...START, ...chosen };
    const sent = runProgram(toCode(chosenOptions(settings)), settings);
    expect(sent.length).toBeGreaterThan(2);
    expect(sent).toEqual(runWatch(settings).requests.map((request) => request.sent));
  });

  test('type-checks', () => {
    expect(typeErrors(toCode(chosenOptions(ALL)))).toEqual([]);
    expect(typeErrors(toCode(chosenOptions(ALL)).replace('factor: 4', "factor: '4'"))).not.toEqual(
      [],
    );
  });

  test.each([START, { ...START, 'retry.maxRetries': 3 }, ALL])(
    'is formatted as Prettier does',
    async (settings) => {
      const { prettier } = JSON.parse(await readFile('package.json', 'utf8')) as {
        prettier: Options;
      };
      const code = toCode(chosenOptions(settings));
      expect(await format(code, { ...prettier, printWidth: 80, parser: 'typescript' })).toBe(code);
    },
  );
});
