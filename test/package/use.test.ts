import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { runInstalled, type Format } from './run.js';

const { folders } = inject('installed');

const NAMES = [
  'AuthenticationError',
  'HttpStatusError',
  'NetworkError',
  'RateLimitError',
  'RequestTimeoutError',
  'TASK_STATUSES',
  'TaskNotFoundError',
  'TaskStatusError',
  'TaskTimeoutError',
  'TaskUnsuccessfulError',
  'TaskValidationError',
  'UnexpectedResponseError',
  'browserUseV1',
  'browserUseV2',
  'browserUseV3',
  'browserUseV4',
  'createTaskStatus',
  'createTaskStatusPool',
  'defineTaskApi',
  'fetchTransport',
  'isTaskStatusError',
  'isTerminal',
  'mergeOptions',
  'requireFinished',
  'taskPolls$',
  'taskResult$',
  'taskStatus$',
  'toStatus',
  'whileHidden',
  'whileOffline',
];

const formats: readonly Format[] = ['esm', 'cjs'];

describe.each(Object.entries(folders))('the installed package with RxJS %s', (rxjs, folder) => {
  test('uses the installed RxJS', async () => {
    const text = await readFile(join(folder, 'node_modules/rxjs/package.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ version: rxjs });
  });

  test.each(formats)('works as %s', async (format) => {
    const other = rxjs === '7.2.0' ? folders['7.8.2'] : folders['7.2.0'];
    const found = await runInstalled(folder, 'consumer-child.ts', format, { args: [other] });
    expect(found).toEqual({
      names: NAMES,
      watch: { seen: ['created', 'running', 'finished', 'complete'], fewRequests: true },
      // instanceof works across entry points
      classes: [
        ['main', true],
        ['testing', true],
        ['node', true],
      ],
      // isTaskStatusError() works where instanceof cannot
      knownToAnotherCopy: [
        ['main', false, true],
        ['testing', false, true],
        ['node', false, true],
      ],
      unsuccessful: 'Task "task_1" ended as failed',
    });
  });
});
