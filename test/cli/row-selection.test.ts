import { describe, expect, test } from 'vitest';
import { selectRows } from '../../src/cli/row-selection.js';
import { lost, NOW, pollOf, taskOf, unavailable } from './tasks.js';

const next = { nextDelay: 1_000 };
const running = (taskId: string, at = NOW) =>
  taskOf(taskId, pollOf({ status: 'running' }, { ...next, at }));
const failing = (taskId: string, at = NOW) =>
  taskOf(taskId, pollOf({ error: unavailable }, { ...next, at }));
const finished = (taskId: string, at = NOW) =>
  taskOf(taskId, pollOf({ status: 'finished' }, { at }));
const inError = (taskId: string, at = NOW) => {
  const task = taskOf(taskId, pollOf({ error: lost }, { at }));
  task.onError(lost, at);
  return task;
};

describe('the tasks that have a row', () => {
  const idsOf = (tasks: Parameters<typeof selectRows>[0], rows: number) =>
    selectRows(tasks, rows).map(({ taskId }) => taskId);

  test('are all tasks in their order, if they fit', () => {
    const tasks = [finished('a'), running('b'), failing('c')];
    expect(idsOf(tasks, 3)).toEqual(['a', 'b', 'c']);
    expect(idsOf(tasks, 9)).toEqual(['a', 'b', 'c']);
    expect(idsOf(tasks, 0)).toEqual([]);
  });

  test('are failing tasks first, then those that have not ended, then errors, then ends', () => {
    const tasks = [finished('ended'), inError('error'), running('running'), failing('failing')];
    expect(idsOf(tasks, 1)).toEqual(['failing']);
    expect(idsOf(tasks, 2)).toEqual(['running', 'failing']);
    expect(idsOf(tasks, 3)).toEqual(['error', 'running', 'failing']);
  });

  test('are the ones that changed last, else the first ones, if several are equal', () => {
    const tasks = [running('a', 1), running('b', 3), running('c', 2), running('d', 2)];
    expect(idsOf(tasks, 1)).toEqual(['b']);
    expect(idsOf(tasks, 2)).toEqual(['b', 'c']);
    const same = [running('a'), running('b'), running('c')];
    expect(idsOf(same, 2)).toEqual(['a', 'b']);
  });

  test('do not move because of polls without a change', () => {
    const polled = taskOf(
      'a',
      pollOf({ status: 'running' }, { ...next, at: 1 }),
      pollOf({ status: 'running' }, { ...next, at: 9, changed: false }),
    );
    expect(idsOf([polled, running('b', 2)], 1)).toEqual(['b']);
  });

  test('move when a task recovers', () => {
    const recovered = taskOf(
      'a',
      pollOf({ error: unavailable }, { ...next, at: 1 }),
      pollOf({ status: 'running' }, { ...next, at: 9, changed: false }),
    );
    expect(idsOf([running('b', 2), recovered], 1)).toEqual(['a']);
  });
});
