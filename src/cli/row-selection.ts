import type { TaskProgress } from './task-progress.js';

/**
 * Selects the tasks that get one of `count` rows, and keeps their order. Failing tasks come first, then
 * the others that have not ended, then those whose watch failed, then the rest. Among equals, the tasks
 * that changed last are selected.
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
