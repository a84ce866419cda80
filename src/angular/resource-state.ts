import type { TaskPoll } from 'rxjs-task-status';

import { fieldOf } from '../api/guards.js';
import type { ServerPoll } from './transferred-polls.js';

/**
 * The state of a `TaskStatusResource`, as in Angular's resources: `idle` without a task, `loading` before
 * its first status, `resolved` with one, `reloading` from `reload()` to the next status, `error` when the
 * watch has failed or the id function has thrown.
 */
export type TaskStatusResourceStatus = 'idle' | 'loading' | 'reloading' | 'resolved' | 'error';

/** The state of a `TaskStatusResource` in one object, like Angular's `ResourceSnapshot`. */
export type TaskStatusSnapshot<T> =
  | {
      /** The state. */
      readonly status: 'idle';
      /** The latest status of the task. */
      readonly value: T;
    }
  | {
      /** The state. */
      readonly status: 'loading' | 'reloading';
      /** The latest status of the task. */
      readonly value: T;
    }
  | {
      /** The state. */
      readonly status: 'resolved';
      /** The latest status of the task. */
      readonly value: T;
    }
  | {
      /** The state. */
      readonly status: 'error';
      /** The error that ended the watch. */
      readonly error: Error;
    };

/** What the id function has returned or thrown. */
export interface Source {
  readonly taskId?: string | undefined;
  readonly error?: Error;
  /** The id will follow: the function has thrown Angular's `ResourceParamsStatus.LOADING`. */
  readonly isLoading?: boolean;
}

/** What a resource shows. */
export interface ResourceState {
  /** The task that has this state. */
  readonly source: Source;
  readonly status: TaskStatusResourceStatus;
  readonly value?: string | undefined;
  readonly error?: Error | undefined;
  /** The poll that the state begins with. */
  readonly poll?: TaskPoll<string> | undefined;
}

/** Calls the id function. */
export function readSource(taskId: () => string | undefined): Source {
  try {
    return { taskId: taskId() };
  } catch (error) {
    return sourceOf(toError(error));
  }
}

/**
 * What an id function means that throws an error. From Angular 22 on, this is also how it says that there
 * is no id. Older versions do not export the class, so it is recognised by its static fields.
 */
function sourceOf(error: Error): Source {
  const thrown = error.constructor;
  if (error === fieldOf(thrown, 'IDLE')) return {};
  return error === fieldOf(thrown, 'LOADING') ? { isLoading: true } : { error };
}

/** Whether two sources are the same task, the same error or the same state without a task. */
export function hasSameSource(a: Source, b: Source): boolean {
  return a.taskId === b.taskId && a.error === b.error && a.isLoading === b.isLoading;
}

/** The state before the first poll of the browser. */
export function initialState(
  source: Source,
  transferred: (taskId: string) => ServerPoll | undefined,
): ResourceState {
  const { taskId, error, isLoading } = source;
  if (error) return { source, status: 'error', error };
  if (taskId === undefined) return { source, status: isLoading ? 'loading' : 'idle' };
  const known = transferred(taskId);
  const state: ResourceState = { source, status: 'loading', poll: known?.poll };
  if (known?.error !== undefined) return failedState(state, toError(known.error));
  const value = known?.poll?.status;
  return value === undefined ? state : { ...state, status: 'resolved', value };
}

/** The state after the end of a watch by an error. */
export function failedState(last: ResourceState, error: Error): ResourceState {
  return { ...last, status: 'error', error };
}

/** The state as Angular's `ResourceSnapshot`. */
export function snapshotOf({
  status,
  value,
  error,
}: ResourceState): TaskStatusSnapshot<string | undefined> {
  return status === 'error' ? { status, error: toError(error) } : { status, value };
}

/** The reason as an `Error`, as Angular's resources have it. */
export function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
}
