import type { TaskProgress } from './task-progress.js';

/**
 * The tasks that get one of `count` rows, in their own order: first those that fail, then the others
 * that have not ended, then those that ended in an error, then the rest; of equals those that changed
 * last.
 */
export function selectRows(tasks: readonly TaskProgress[], count: number): readonly TaskProgress[] {
  if (tasks.length <= count) return tasks;
  const ranked = tasks.map((task, index) => ({ task, index, rank: rankOf(task) }));
  return ranked
    .sort((a, b) => a.rank - b.rank || b.task.changedAt - a.task.changedAt || a.index - b.index)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ task }) => task);
}

function rankOf({ endedAt, error, failing }: TaskProgress): number {
  if (endedAt === undefined) return failing ? 0 : 1;
  return error === undefined ? 3 : 2;
}
