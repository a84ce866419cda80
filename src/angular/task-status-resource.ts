import {
  computed,
  DestroyRef,
  effect,
  inject,
  Injector,
  runInInjectionContext,
  signal,
  untracked,
  type Signal,
} from '@angular/core';
import { defer, Subject, Subscription } from 'rxjs';
import type { TaskPoll, TaskStatus } from 'rxjs-task-status';

import { injectWatches } from './injection-context.js';
import type { AngularTaskStatusOptions } from './options.js';
import {
  failedState,
  hasSameSource,
  initialState,
  readSource,
  snapshotOf,
  toError,
  type ResourceState,
  type TaskStatusResourceStatus,
  type TaskStatusSnapshot,
} from './resource-state.js';

/** A task's status as signals. It can be passed where Angular expects a `Resource`. */
export interface TaskStatusResource<S extends string = TaskStatus, D = unknown> {
  /** The latest status, also after an error; `undefined` before the first one. Never throws. */
  readonly value: Signal<S | undefined>;
  /** The error that ended the watch. It stays until a reload gets a status, as in Angular's resources. */
  readonly error: Signal<Error | undefined>;
  /** Whether the status is `loading` or `reloading`. */
  readonly isLoading: Signal<boolean>;
  /** The state of the resource. */
  readonly status: Signal<TaskStatusResourceStatus>;
  /** The state and the value or error together. */
  readonly snapshot: Signal<TaskStatusSnapshot<S | undefined>>;
  /**
   * The latest poll; `undefined` before the first one. If it has an `error` and a `nextDelay`, the watch is
   * retrying.
   */
  readonly poll: Signal<TaskPoll<S, D> | undefined>;
  /** Whether there is a status and no error; narrows the type of `value`. */
  hasValue(): this is TaskStatusResourceWithValue<S, D>;
  /**
   * Polls now. Starts a new watch if the last one has ended.
   *
   * @returns `false` if there is nothing to poll or a poll is awaited: while `idle`, `loading` or
   * `reloading`, if the id function has thrown, on the server, and after the end of the resource
   */
  readonly reload: () => boolean;
  /** Ends the watch, and the resource: it is `idle` from then on. */
  readonly destroy: () => void;
}

/** A {@link TaskStatusResource} whose `hasValue()` is true. */
export interface TaskStatusResourceWithValue<
  S extends string = TaskStatus,
  D = unknown,
> extends TaskStatusResource<S, D> {
  readonly value: Signal<S>;
  readonly snapshot: Signal<TaskStatusSnapshot<S>>;
}

/** The options of {@link taskStatusResource}. */
export interface TaskStatusResourceOptions<
  S extends string = TaskStatus,
  D = unknown,
> extends AngularTaskStatusOptions<S, D> {
  /** For calls outside an injection context. Default: the current one. */
  readonly injector?: Injector | undefined;
}

/**
 * Watches a task, and returns its status as signals.
 *
 * The id can change: a new id cancels the watch of the old one, and with `undefined` nothing is watched.
 * The watch starts with the first change detection, and ends when the injection context is destroyed.
 * Components that watch a task with the same options share one watch. The result is like that of Angular's
 * `resource`, but uses only stable signals, and its `value()` never throws.
 *
 * @param taskId runs like a `computed`: a change of the signals that it reads can change the id. If it
 * throws, this is the resource's `error`; Angular's `ResourceParamsStatus.IDLE` and `LOADING` (from
 * version 22 on) are its `status`
 * @param options replace those of `provideTaskStatus`, `backoff` and `retry` field by field
 * @throws TypeError or RangeError at the call, for an option that is not valid; an invalid task id is
 * the resource's `error`
 *
 * @example
 * export class TaskView {
 *   readonly taskId = input.required<string>();
 *   readonly task = taskStatusResource(() => this.taskId());
 *   // template: `@if (task.hasValue()) { {{ task.value() }} } @else if (task.error()) { … } @else { … }`
 * }
 */
export function taskStatusResource<S extends string = TaskStatus, D = unknown>(
  taskId: () => string | undefined,
  options?: TaskStatusResourceOptions<S, D>,
  // NoInfer: where the caller infers a type from the result, as signal forms do, S would be string
): TaskStatusResource<NoInfer<S>, NoInfer<D>>;
export function taskStatusResource(
  taskId: () => string | undefined,
  { injector, ...options }: TaskStatusResourceOptions<string> = {},
): TaskStatusResource<string> {
  return injector
    ? runInInjectionContext(injector, () => createResource(taskId, options))
    : createResource(taskId, options);
}

function createResource(
  taskId: () => string | undefined,
  options: AngularTaskStatusOptions<string>,
): TaskStatusResource<string> {
  const { isServer, border, livePolls$, transferred } = injectWatches(options);
  const reloads$ = new Subject<void>();
  const isDestroyed = signal(false);
  let subscription = Subscription.EMPTY;

  const source = computed(() => (isDestroyed() ? {} : readSource(taskId)), {
    equal: hasSameSource,
  });
  const stateOf = (): ResourceState => initialState(source(), transferred);
  const latest = signal<ResourceState>({ source: {}, status: 'idle' });
  const latestPoll = signal<TaskPoll<string> | undefined>(undefined);
  // before the effect has run, `latest` may still be the state of the previous task
  const isCurrent = computed(() => latest().source === source());
  const state = computed(() => (isCurrent() ? latest() : stateOf()));
  const poll = computed(() => (isCurrent() ? latestPoll() : stateOf().poll));

  const update = (change: (last: ResourceState) => ResourceState): void => {
    const last = untracked(latest);
    const next = change(last);
    // an unchanged status must not start a change detection
    if (next !== last) border.enter(() => latest.set(next));
  };

  const startWatch = (from: ResourceState): void => {
    latest.set(from);
    latestPoll.set(from.poll);
    const { taskId } = from.source;
    if (taskId === undefined) return;
    // defer: an invalid id throws inside the subscription and becomes the error of this task
    subscription = border.leave(() =>
      defer(() => livePolls$(taskId, reloads$)).subscribe({
        next: (poll) => {
          latestPoll.set(poll);
          const { status } = poll;
          if (status === undefined) return;
          update((last) =>
            last.status === 'resolved' && last.value === status
              ? last
              : { source: last.source, status: 'resolved', value: status },
          );
        },
        error: (reason: unknown) => update((last) => failedState(last, toError(reason))),
      }),
    );
  };

  const start = effect((onCleanup) => {
    source();
    untracked(() => startWatch(stateOf()));
    onCleanup(() => subscription.unsubscribe());
  });

  const destroy = (): void => {
    isDestroyed.set(true);
    start.destroy();
    subscription.unsubscribe();
  };
  inject(DestroyRef).onDestroy(destroy);

  const reload = (): boolean => {
    const last = state();
    const isSettled = last.status === 'resolved' || last.status === 'error';
    if (isServer || !isSettled || last.source.taskId === undefined) return false;
    // before the effect has run, it is about to start the watch
    if (!isCurrent()) return true;
    const next: ResourceState = { ...last, status: 'reloading', poll: latestPoll() };
    if (subscription.closed) startWatch(next);
    else {
      latest.set(next);
      border.leave(() => reloads$.next());
    }
    return true;
  };

  const status = computed(() => state().status);
  const value = computed(() => state().value);
  const error = computed(() => state().error);
  const hasValue = computed(() => value() !== undefined && error() === undefined);
  return {
    value,
    error,
    status,
    poll,
    isLoading: computed(() => status().endsWith('loading')),
    snapshot: computed(() => snapshotOf(state())),
    hasValue: (): this is TaskStatusResourceWithValue<string> => hasValue(),
    // untracked: an effect that reloads must not depend on the signals that a request reads
    reload: () => untracked(reload),
    destroy: () => untracked(destroy),
  };
}
