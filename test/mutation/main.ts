// Changes the source in many small ways, one at a time, and lists the changes that no test notices:
// npm run test:mutation. Arguments are names of source files; --since REVISION takes the files that
// have changed since then.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { PARTS } from './parts.js';

/** The part of the mutants that must be noticed, without the excluded ones. */
const SCORE = 0.95;

/** The part of all mutants that may be excluded. */
const EXCLUDED = 0.02;

type MutantResult = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { since: { type: 'string' }, concurrency: { type: 'string', default: '2' } },
});

/** What exclusion-plugin.js excludes. */
const EXCLUSIONS = JSON.parse(readFileSync('test/mutation/exclusions.json', 'utf8')) as {
  readonly file: string;
  readonly code: string;
  readonly reason: string;
}[];

const started = Date.now();
const files = filesToMutate();
if (files.length === 0) {
  console.log('no source file to mutate');
  process.exit();
}
const mutants: MutantResult[] = [];
for (const { name, includes } of PARTS) {
  const mutate = files.filter(includes);
  if (mutate.length === 0) continue;
  process.env.MUTATION_PART = name;
  const stryker = new Stryker({
    mutate,
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/*', resolve('test/mutation/exclusion-plugin.js')],
    ignorers: ['exclusions'],
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
const unused = EXCLUSIONS.filter(
  ({ file, reason }) =>
    files.includes(file) &&
    !mutants.some(
      ({ fileName, statusReason }) => relative('.', fileName) === file && statusReason === reason,
    ),
);
for (const { file, code } of unused) {
  console.error(`test/mutation/exclusions.json excludes nothing in ${file}: ${code}`);
}
if (unused.length > 0) process.exitCode = 1;
const whole = positionals.length === 0 && values.since === undefined;
if (all.score < SCORE || (whole && all.excluded > EXCLUDED * all.mutants)) process.exitCode = 1;

/** The source files that were named, or have changed, or all. */
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
  /** Mutants with which the tests could not run. */
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
