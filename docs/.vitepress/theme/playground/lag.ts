import type { TaskStatus } from 'rxjs-task-status';
import type { Run } from './run.js';
import type { Timeline } from './timelines.js';

/** A change of the task's status, and how late the watch saw it. */
export interface SeenChange {
  readonly status: TaskStatus;
  readonly at: number;
  /** From the change to the first answer with a status after it, ms; absent if there is none. */
  readonly lag?: number;
  /** Whether that answer already had a later status. */
  readonly missed: boolean;
}

/** When the watch handled an answer with a status, ms. */
export function sightings({ requests }: Run): number[] {
  return requests.filter(({ kind }) => kind !== 'failed').map(({ answered }) => answered);
}

/** The changes of the status, without the first status. */
export function seenChanges(run: Run, { task }: Timeline): SeenChange[] {
  const seen = sightings(run);
  return task.slice(1).map(([status, at], index) => {
    const next = task[index + 2]?.[1] ?? Infinity;
    const first = seen.find((answered) => answered >= at);
    return first === undefined
      ? { status, at, missed: false }
      : { status, at, lag: first - at, missed: first >= next };
  });
}
