import { jsonLine } from './json-line.js';
import type { TaskProgress } from './task-progress.js';

/**
 * The results of tasks as lines of JSON, in the order of the tasks. A task without a result has no line.
 *
 * The line of one task is its result alone, so that it can be piped on. Otherwise a line also has the
 * task id.
 */
export function resultLines(tasks: readonly TaskProgress[], json: boolean): string {
  const isAlone = tasks.length === 1 && !json;
  const lines = tasks.map(({ taskId, result }) => {
    if (!result) return '';
    return `${jsonLine(isAlone ? result.value : { taskId, result: result.value })}\n`;
  });
  return lines.join('');
}
