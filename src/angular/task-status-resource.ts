import { isPlatformServer } from '@angular/common';
import {
  computed,
  DestroyRef,
  effect,
  inject,
  Injector,
  NgZone,
  PLATFORM_ID,
  runInInjectionContext,
  signal,
  untracked,
  type Signal,
} from '@angular/core';
import { defer, Observable, Subject, Subscription, type Unsubscribable } from 'rxjs';
import { taskPolls$, type Notifier, type TaskPoll, type TaskStatus } from 'rxjs-task-status';

import type { AngularTaskStatusOptions } from './provide-task-status.js';
import { injectWatchInContext } from './injection-context.js';

/**
 * The state of a {@link TaskStatusResource}, as in Angular's resources: `idle` without a task, `loading`
 * before its first status, `resolved` with one, `reloading` from `reload()` to the next status, `error`
 * when the watch has failed.
 */
export type TaskStatusResourceStatus = 'idle' | 'loading' | 'reloading' | 'resolved' | 'error';

/** A task's status as signals. */
export interface TaskStatusResource<S extends string = TaskStatus> {
  /** The latest status, also after an error; `undefined` before the first one. */
  readonly value: Signal<S | undefined>;
  /** The error that ended the watch. It stays until a reload gets a status, as in Angular's resources. */
  readonly error: Signal<Error | undefined>;
  /** Whether the status is `loading` or `reloading`. */
  readonly isLoading: Signal<boolean>;
  /** The state of the resource. */
  readonly status: Signal<TaskStatusResourceStatus>;
  /** Whether there is a status; narrows the type of `value`. */
  hasValue(): this is TaskStatusResourceWithValue<S>;
  /**
   * Polls now. Starts a new watch if the last one has ended.
   *
   * @returns `false` if there is nothing to poll: while idle, on the server, or after the injection
   * context was destroyed
   */
  readonly reload: () => boolean;
}

/** A {@link TaskStatusResource} whose `hasValue()` is true. */
export interface TaskStatusResourceWithValue<
  S extends string = TaskStatus,
> extends TaskStatusResource<S> {
  readonly value: Signal<S>;
}

/** The options of {@link taskStatusResource}. */
export interface TaskStatusResourceOptions<
  S extends string = TaskStatus,
> extends AngularTaskStatusOptions<S> {
  /** For calls outside an injection context. Default: the current one. */
  readonly injector?: Injector | undefined;
}

/**
 * Watches a task, and returns its status as signals.
 *
 * The id can change: a new id cancels the watch of the old one, and with `undefined` nothing is watched.
 * The watch starts with the first change detection, and ends when the injection context is destroyed.
 * The result is like that of Angular's `resource`, but uses only stable signals, and its `value()` never
 * throws.
 *
 * @param taskId runs like a `computed`: a change of the signals that it reads can change the id
 * @param options replace those of `provideTaskStatus`, `backoff` and `retry` field by field
 * @throws TypeError or RangeError at the call, for an option that is not valid; an invalid task id is
 * the resource's `error`
 *
 * @example
 * export class TaskView {
 *   readonly taskId = input.required<string>();
 *   readonly task = taskStatusResource(() => this.taskId());
 *   // template: `@if (task.hasValue()) { {{ task.value() }} } @else if (task.isLoading()) { … }`
 * }
 */
export function taskStatusResource<S extends string = TaskStatus>(
  taskId: () => string | undefined,
  options?: TaskStatusResourceOptions<S>,
): TaskStatusResource<S>;
export function taskStatusResource(
  taskId: () => string | undefined,
  { injector, ...options }: TaskStatusResourceOptions<string> = {},
): TaskStatusResource<string> {
  return injector
    ? runInInjectionContext(injector, () => createResource(taskId, options))
    : createResource(taskId, options);
}

type Poll = TaskPoll<string>;

interface State {
  /** The task that has this state. */
  readonly taskId: string | undefined;
  readonly status: TaskStatusResourceStatus;
  readonly value?: string;
  readonly error?: Error;
}

function createResource(
  taskId: () => string | undefined,
  options: AngularTaskStatusOptions<string>,
): TaskStatusResource<string> {
  const watch$ = injectWatchInContext(options);
  const zone = inject(NgZone);
  const reloads$ = new Subject<void>();
  const polls$ = (taskId: string, options: AngularTaskStatusOptions<string>): Observable<Poll> =>
    taskPolls$(taskId, { ...options, pollNow: mergeNotifiers(options.pollNow, reloads$) });
  let subscription = Subscription.EMPTY;
  let canReload = !isPlatformServer(inject(PLATFORM_ID));
  inject(DestroyRef).onDestroy(() => (canReload = false));

  const currentId = computed(taskId);
  const latest = signal(initialState(undefined));
  // before the effect has run, `latest` may still be the state of the previous task
  const state = computed(() => {
    const id = currentId();
    return latest().taskId === id ? latest() : initialState(id);
  });

  const startWatch = (from: State): void => {
    latest.set(from);
    const { taskId } = from;
    if (taskId === undefined) return;
    const update = (change: (last: State) => State): void => {
      const last = untracked(latest);
      const next = change(last);
      // an unchanged status must not start a change detection
      if (next !== last) zone.run(() => latest.set(next));
    };
    // defer: an invalid id throws inside the subscription and becomes the error of this task
    subscription = defer(() => watch$(polls$, taskId)).subscribe({
      next: ({ status }) => {
        if (status === undefined) return;
        update((last) =>
          last.status === 'resolved' && last.value === status
            ? last
            : { taskId, status: 'resolved', value: status },
        );
      },
      error: (reason: unknown) =>
        update((last) => ({ ...last, status: 'error', error: toError(reason) })),
    });
  };

  effect((onCleanup) => {
    const id = currentId();
    untracked(() => startWatch(initialState(id)));
    onCleanup(() => subscription.unsubscribe());
  });

  const reload = (): boolean => {
    const last = state();
    if (!canReload || last.taskId === undefined) return false;
    // a new id: the effect is about to start its watch
    if (last !== latest()) return true;
    const next: State = last.status === 'loading' ? last : { ...last, status: 'reloading' };
    if (subscription.closed) startWatch(next);
    else {
      latest.set(next);
      reloads$.next();
    }
    return true;
  };

  const value = computed(() => state().value);
  return {
    value,
    error: computed(() => state().error),
    status: computed(() => state().status),
    isLoading: computed(() => state().status.endsWith('loading')),
    hasValue: (): this is TaskStatusResourceWithValue<string> => value() !== undefined,
    // untracked: an effect that reloads must not depend on the signals that a request reads
    reload: () => untracked(reload),
  };
}

function initialState(taskId: string | undefined): State {
  return { taskId, status: taskId === undefined ? 'idle' : 'loading' };
}

/** Emits when either of them emits. Errors with the notifier, and never completes. */
function mergeNotifiers(
  notifier: Notifier<unknown> | undefined,
  reloads$: Observable<void>,
): Observable<unknown> {
  if (!notifier) return reloads$;
  return new Observable((subscriber) => {
    const observer = {
      next: () => subscriber.next(undefined),
      error: (reason: unknown) => subscriber.error(reason),
      complete: () => undefined,
    };
    subscriber.add(reloads$.subscribe(observer));
    const controller = new AbortController();
    subscriber.add(() => controller.abort());
    const subscription = notifier.subscribe(observer, { signal: controller.signal });
    if (isUnsubscribable(subscription)) subscriber.add(subscription);
  });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
}

function isUnsubscribable(value: unknown): value is Unsubscribable {
  return (
    typeof value === 'object' &&
    value !== null &&
    'unsubscribe' in value &&
    typeof value.unsubscribe === 'function'
  );
}
