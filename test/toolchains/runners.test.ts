import { expect, test } from 'vitest';
import { command, execute, project } from './run.js';

test('Vitest runs the first tests of docs/testing.md, those with a TestScheduler included', async () => {
  const ended = await command(project('vitest'), 'vitest', 'run', '--reporter=json');
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ numPassedTests: 16, numTotalTests: 16 });
});

test('Mocha runs them with the clock of sinon', async () => {
  const ended = await command(project('mocha'), 'mocha', '--reporter=json', '*.test.js');
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ stats: { tests: 12, passes: 12 } });
});

test('node:test runs them', async () => {
  const flags = ['--test', '--test-reporter=tap', 'first-tests.test.js'];
  const ended = await execute(process.execPath, flags, project('node-test'));
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/^# pass 13\n# fail 0$/m);
});

test('Jasmine runs them', async () => {
  const ended = await command(project('jasmine'), 'jasmine', '--random=false', '*.test.js');
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/^10 specs, 0 failures$/m);
});
