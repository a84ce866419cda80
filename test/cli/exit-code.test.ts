import {
  browserUseV1,
  browserUseV2,
  browserUseV3,
  browserUseV4,
  defineTaskApi,
} from 'rxjs-task-status';
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

  const APIS = { v2: browserUseV2, v3: browserUseV3, v4: browserUseV4 };

  test.each([
    ['v2', 'finished', 0],
    ['v2', 'unsuccessful', 1],
    ['v2', 'failed', 1],
    ['v2', 'stopped', 2],
    ['v2', 'started', 4],
    ['v3', 'succeeded', 0],
    ['v3', 'unsuccessful', 1],
    ['v3', 'timed_out', 1],
    ['v3', 'error', 1],
    ['v3', 'stopped', 2],
    ['v3', 'idle', 4],
    ['v4', 'completed', 0],
    ['v4', 'failed', 1],
    ['v4', 'cancelled', 2],
    ['v4', 'dispatching', 4],
  ] as const)('of a task of %s that is %s is %i', (version, status, code) => {
    const api = APIS[version];
    const task = new TaskProgress('a', api, NOW);
    task.onPoll(pollOf({ status }));
    expect(exitCode([task], api)).toBe(code);
  });

  test.each(Object.entries(APIS))('of %s is 0 only for success', (_, api) => {
    const isSuccess = (status: string) => {
      const task = new TaskProgress('a', api, NOW);
      task.onPoll(pollOf({ status }));
      return exitCode([task], api) === 0;
    };
    expect((api.statuses as readonly string[]).filter(isSuccess)).toEqual(api.successful);
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
