/** Runs the test of docs/angular.md with each test runner, changed only as the page says. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CHROMIUM, hasChromium } from '../support/chromium.js';
import { command, execute, project } from './run.js';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));

type Changes = readonly (readonly [from: RegExp, to: string])[];

const NO_VITEST = [/^import .* from 'vitest';\n/m, ''] as const;

const FOR_JEST: Changes = [NO_VITEST, [/\bvi\./g, 'jest.']];

const FOR_KARMA: Changes = [
  NO_VITEST,
  [/vi\.useFakeTimers\(/g, 'jasmine.clock().install().mockDate('],
  [/vi\.useRealTimers\(/g, 'jasmine.clock().uninstall('],
  [/vi\.advanceTimersByTime\(/g, 'jasmine.clock().tick('],
];

/** Writes the test of the page, and the component that it tests, into a folder of a project. */
async function writeTest(folder: string, name: string, changes: Changes): Promise<void> {
  const page = await readFile(join(docs, 'angular.md'), 'utf8');
  const [, code = ''] = /^```ts\n([^`]*fakeTaskApi\(\{[^`]*)^```$/m.exec(page) ?? [];
  const changed = changes.reduce((text, [from, to]) => {
    expect(text).toMatch(from);
    return text.replace(from, to);
  }, code);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `import { TaskBadge } from './task-badge';\n${changed}`);
  await cp(join(docs, 'examples/angular-testing/task-badge.ts'), join(folder, 'task-badge.ts'));
}

/** Runs a target of the Angular CLI without its cache, questions and statistics. */
function ng(...args: string[]): ReturnType<typeof command> {
  const environment = ['NG_CLI_ANALYTICS=false', `CHROME_BIN=${CHROMIUM}`];
  const folder = project('ng-test');
  const program = join(folder, '../../node_modules/.bin/ng');
  return execute('env', [...environment, program, ...args], folder);
}

test('Vitest runs it with ng test of Angular 21', async () => {
  await writeTest(join(project('ng-test'), 'src'), 'docs.spec.ts', []);
  const { code, stdout, stderr } = await ng('test');
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/Tests {2}2 passed \(2\)/);
});

if (hasChromium('Karma')) {
  test('Karma runs it in Chromium with Angular 21', async () => {
    await writeTest(join(project('ng-test'), 'src'), 'docs.karma.ts', FOR_KARMA);
    const { code, stdout, stderr } = await ng('run', 'app:karma');
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain('TOTAL: 2 SUCCESS');
  });
}

test.each([
  ['the default preset of jest-preset-angular', 'jest-angular', '.', []],
  ['the configuration of Nx', 'nx-angular', 'apps/shop', ['--config=jest.config.cjs']],
] as const)('Jest runs it with %s', async (_, name, application, flags) => {
  const folder = join(project(name), application);
  await writeTest(join(folder, 'src/app'), 'docs.spec.ts', FOR_JEST);
  const jest = join(project(name), '../../node_modules/.bin/jest');
  const common = ['--json', '--no-cache', '--testTimeout=200000', 'docs.spec'];
  const { code, stdout, stderr } = await execute(jest, [...common, ...flags], folder);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ numPassedTests: 2, numTotalTests: 2 });
});
