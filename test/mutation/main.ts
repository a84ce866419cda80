// Changes the sources in every small way that Stryker knows, one at a time, and shows which changes no
// test notices: npm run test:mutation, for some files alone with their names, for those that were
// changed with --since REVISION.
import { execFileSync } from 'node:child_process';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { PARTS } from './parts.js';

/** How many of the mutants that are not excluded must be noticed. */
const SCORE = 0.95;

/** How many of all mutants may be excluded, over all sources. */
const EXCLUDED = 0.02;

type MutantResult = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { since: { type: 'string' }, concurrency: { type: 'string', default: '2' } },
});

const started = Date.now();
const files = filesToMutate();
if (files.length === 0) {
  console.log('no source to change');
  process.exit();
}
const mutants: MutantResult[] = [];
for (const { name, holds } of PARTS) {
  const mutate = files.filter(holds);
  if (mutate.length === 0) continue;
  process.env.MUTATION_PART = name;
  const stryker = new Stryker({
    mutate,
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency: Number(values.concurrency),
    timeoutMS: 2_000,
    timeoutFactor: 2,
    reporters: ['clear-text', 'progress-append-only', 'html'],
    htmlReporter: { fileName: `reports/mutation/${name}.html` },
    clearTextReporter: { logTests: false, reportTests: false, reportScoreTable: false },
    ignorePatterns: ['/docs/api', '/coverage', '/dist', '/reports'],
    allowEmpty: true,
  });
  mutants.push(...(await stryker.runMutationTest()));
}

const all = figures('all', mutants);
console.log(
  ''.padEnd(36) +
    '   score' +
    ['mutants', 'noticed', 'missed', 'invalid', 'excluded']
      .map((word) => word.padStart(9))
      .join(''),
);
for (const file of files) {
  const its = mutants.filter(({ fileName }) => relative('.', fileName) === file);
  if (its.length > 0) print(figures(file, its));
}
print(all);
console.log(
  `score ${percent(all.score)}, at least ${percent(SCORE)}; excluded ${percent(all.excluded / all.mutants)}, ` +
    `at most ${percent(EXCLUDED)}; took ${Math.round((Date.now() - started) / 60_000)} min`,
);
const whole = positionals.length === 0 && values.since === undefined;
if (all.score < SCORE || (whole && all.excluded > EXCLUDED * all.mutants)) process.exitCode = 1;

/** The sources that were named, or that have changed, or all. */
function filesToMutate(): string[] {
  const all = git('ls-files', '--cached', '--others', '--exclude-standard', 'src');
  const changed =
    values.since === undefined
      ? all
      : [
          ...git('diff', '--name-only', values.since, '--', 'src'),
          ...git('ls-files', '--others', '--exclude-standard', 'src'),
        ];
  return all.filter(
    (file) => changed.includes(file) && (positionals.length === 0 || positionals.includes(file)),
  );
}

function git(...args: string[]): string[] {
  return execFileSync('git', args, { encoding: 'utf8' }).split('\n').filter(Boolean);
}

interface Figures {
  readonly name: string;
  readonly score: number;
  readonly mutants: number;
  readonly noticed: number;
  readonly missed: number;
  /** The tests could not be run at all. */
  readonly invalid: number;
  readonly excluded: number;
}

function figures(name: string, of: readonly MutantResult[]): Figures {
  const count = (...statuses: MutantResult['status'][]): number =>
    of.filter(({ status }) => statuses.includes(status)).length;
  const noticed = count('Killed', 'Timeout');
  const missed = count('Survived', 'NoCoverage');
  return {
    name,
    score: noticed + missed > 0 ? noticed / (noticed + missed) : 1,
    mutants: of.length,
    noticed,
    missed,
    invalid: count('RuntimeError', 'CompileError'),
    excluded: count('Ignored'),
  };
}

function print({ name, score, mutants, noticed, missed, invalid, excluded }: Figures): void {
  const cells = [mutants, noticed, missed, invalid, excluded].map((n) => String(n).padStart(9));
  console.log(name.padEnd(36) + percent(score).padStart(8) + cells.join(''));
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}
