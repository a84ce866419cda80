import { expect, test } from 'vitest';
import { command, execute, project } from './run.js';

/** For Mocha and Node, which have no environments. */
const HAPPY_DOM = '--import=@happy-dom/global-registrator/register.js';

test.each(['node', 'jsdom', 'happy-dom'])(
  'Vitest runs the first tests of docs/testing.md in %s, those with a TestScheduler included',
  async (environment) => {
    const flags = ['--reporter=json', `--environment=${environment}`];
    const ended = await command(project('vitest'), 'vitest', 'run', ...flags);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ numPassedTests: 18, numTotalTests: 18 });
  },
);

test('Mocha runs them with the clock of sinon', async () => {
  const ended = await command(project('mocha'), 'mocha', '--reporter=json', '*.test.js');
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ stats: { tests: 12, passes: 12 } });
});

test('Mocha runs those that work, with the globals of happy-dom', async () => {
  const flags = ['--reporter=json', HAPPY_DOM, '--grep=does not work', '--invert'];
  const ended = await command(project('mocha'), 'mocha', ...flags, '*.test.js');
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ stats: { tests: 5, passes: 5 } });
});

test.each([
  ['the globals of Node', []],
  ['the globals of happy-dom', [HAPPY_DOM]],
])('node:test runs them with %s', async (_, globals) => {
  const flags = [...globals, '--test', '--test-reporter=tap', 'first-tests.test.js'];
  const ended = await execute(process.execPath, flags, project('node-test'));
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/^# pass 13\n# fail 0$/m);
});

test('Jasmine runs them', async () => {
  const ended = await command(project('jasmine'), 'jasmine', '--random=false', '*.test.js');
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/^10 specs, 0 failures$/m);
});
