import type { TaskApi } from 'rxjs-task-status';
import type { TaskProgress } from './task-progress.js';

/**
 * A task that has not ended is worse than one that failed, so that a script that runs `--once` in a loop
 * continues until all tasks have ended. An error is the worst, because more polls may not help.
 */
const FROM_BEST_TO_WORST = [0, 1, 2, 4, 3];

/** The terminal statuses of a task that someone stopped. */
const STOPPED = new Set(['stopped', 'cancelled']);

/** The exit code for several tasks: the worst of their exit codes. */
export function exitCode(tasks: readonly TaskProgress[], api: TaskApi<string>): number {
  const codes = new Set(tasks.map((task) => exitCodeOf(task, api)));
  return FROM_BEST_TO_WORST.reduce((worst, code) => (codes.has(code) ? code : worst), 0);
}

function exitCodeOf({ error, outcome }: TaskProgress, api: TaskApi<string>): number {
  if (error !== undefined) return 3;
  if (!api.terminal.includes(outcome)) return 4;
  if (api.successful.includes(outcome)) return 0;
  return STOPPED.has(outcome) ? 2 : 1;
}
