import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { command, project } from './run.js';

const tests = fileURLToPath(new URL('../angular', import.meta.url));

/** `npm test` runs the comparison with the resources of Angular 20. */
describe.each([
  ['angular-21', 15],
  ['angular-22', 22],
])('%s', (name, count) => {
  beforeAll(async () => {
    for (const file of ['test-bed.ts', 'like-angular.test.ts']) {
      await cp(join(tests, file), join(project(name), file));
    }
  });

  test('taskStatusResource looks like the resources of this version', async () => {
    const flags = ['--reporter=json', '--testTimeout=200000', '--hookTimeout=200000'];
    const ended = await command(project(name), 'vitest', 'run', ...flags);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      numPassedTests: count,
      numTotalTests: count,
    });
  });

  test('its types are those of this version', async () => {
    const { stdout } = await command(project(name), 'tsc', '--project', '.');
    expect(stdout).toBe('');
  });
});
