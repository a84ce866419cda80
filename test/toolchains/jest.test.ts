import { expect, test } from 'vitest';
import { command, project } from './run.js';

/** The part of Jest's report with the tests that passed, and the failures. */
interface JestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Runs the tests of a project. Returns how many passed, or the failures. */
async function run(name: string, ...flags: string[]): Promise<number | string> {
  // the default is 5 s, too little for a busy machine
  const common = ['--json', '--no-cache', '--testTimeout=200000'];
  const { stdout, stderr } = await command(project(name), 'jest', ...common, ...flags);
  if (!stdout) return stderr;
  const { testResults } = JSON.parse(stdout) as JestReport;
  const failures = testResults.map(({ message }) => message).filter(Boolean);
  if (failures.length > 0) return failures.join('\n');
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const others = tests.filter(({ status }) => status !== 'passed');
  return others.length > 0 ? JSON.stringify(others) : tests.length;
}

test('Jest runs the tests of a watch in Node, jsdom and happy-dom', async () => {
  expect(await run('jest', 'watch')).toBe(21);
});

test('Jest runs the first tests of docs/testing.md in Node and happy-dom', async () => {
  expect(await run('jest', 'first-tests')).toBe(20);
});

test('Jest loads the main entry and the one for tests beside that for Angular', async () => {
  expect(await run('jest-angular', 'task-badge')).toBe(2);
});
