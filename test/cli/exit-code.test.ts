import { browserUseV1, browserUseV4, defineTaskApi } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { exitCode } from '../../src/cli/exit-code.js';
import { TaskProgress } from '../../src/cli/task-progress.js';
import { lost, NOW, pollOf, taskOf } from './tasks.js';

const OF_CODE = {
  0: () => taskOf('a', pollOf({ status: 'finished' })),
  1: () => taskOf('b', pollOf({ status: 'failed' })),
  2: () => taskOf('c', pollOf({ status: 'stopped' })),
  3: () => {
    const task = taskOf('d', pollOf({ status: 'running' }));
    task.onError(lost, NOW);
    return task;
  },
  4: () => taskOf('e', pollOf({ status: 'paused' }, { nextDelay: 1_000 })),
};

describe('the exit code', () => {
  test.each([
    [[0], 0],
    [[1], 1],
    [[2], 2],
    [[3], 3],
    [[4], 4],
    [[0, 1], 1],
    [[2, 1, 0], 2],
    [[4, 2], 4],
    [[1, 4, 0], 4],
    [[4, 3], 3],
    [[3, 4, 2, 1, 0], 3],
  ] as const)('of tasks with the codes %j is %i', (codes, code) => {
    expect(
      exitCode(
        codes.map((of) => OF_CODE[of]()),
        browserUseV1,
      ),
    ).toBe(code);
  });

  test('of a task without any answer is 4', () => {
    expect(exitCode([taskOf('a')], browserUseV1)).toBe(4);
  });

  test.each([
    ['completed', 0],
    ['failed', 1],
    ['cancelled', 2],
    ['dispatching', 4],
  ])('of a run that is %s is %i', (status, code) => {
    const task = new TaskProgress('a', browserUseV4, NOW);
    task.onPoll(pollOf({ status }));
    expect(exitCode([task], browserUseV4)).toBe(code);
  });

  test('of an end without success that is not a stop is 1', () => {
    const api = defineTaskApi({
      ...browserUseV1,
      statuses: ['working', 'done', 'unsuccessful'],
      terminal: ['done', 'unsuccessful'],
      successful: ['done'],
    });
    const task = new TaskProgress('a', api, NOW);
    task.onPoll(pollOf({ status: 'unsuccessful' }));
    expect(exitCode([task], api)).toBe(1);
  });
});
