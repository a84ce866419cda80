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
 * What a {@link TaskStatusResource} is doing, in the words of Angular's resources: `idle` without a
 * task, `loading` before its first status, `resolved` with one, `reloading` from `reload()` to the
 * next status, `error` when the watch has failed.
 */
export type TaskStatusResourceStatus = 'idle' | 'loading' | 'reloading' | 'resolved' | 'error';

/** A task's status as signals. */
export interface TaskStatusResource<S extends string = TaskStatus> {
  /** The latest status, kept in an error; `undefined` before the first one. */
  readonly value: Signal<S | undefined>;
  /** What the watch ended with; kept, as in Angular's resources, until a reload has brought a status. */
  readonly error: Signal<Error | undefined>;
  /** Whether the status is `loading` or `reloading`. */
  readonly isLoading: Signal<boolean>;
  /** What the resource is doing. */
  readonly status: Signal<TaskStatusResourceStatus>;
  /** Whether there is a status; narrows the type of `value`. */
  hasValue(): this is TaskStatusResourceWithValue<S>;
  /**
   * Polls now; watches anew where the watch has ended.
   *
   * @returns whether there is something to poll: not while idle, on the server, or after the end of
   * the injection context
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
  /** Where to inject from, outside an injection context. Default: the present one. */
  readonly injector?: Injector | undefined;
}

/**
 * The status of a task as signals, which follow the task's id.
 *
 * A new id cancels the old watch; `undefined` is no task. The watch starts with the first change
 * detection and ends with the injection context. Built of stable signals alone, it looks like
 * Angular's `resource`, but that `value()` never throws.
 *
 * @param taskId called like a `computed`: the signals that it reads decide when the id changes
 * @param options over those of `provideTaskStatus`, one by one
 * @throws TypeError or RangeError at the call, for options that cannot work; a task id that cannot
 * work shows as `error`
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
  /** Whose state this is. */
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
  const nudges$ = new Subject<void>();
  const polls$ = (taskId: string, options: AngularTaskStatusOptions<string>): Observable<Poll> =>
    taskPolls$(taskId, { ...options, pollNow: alongWith(options.pollNow, nudges$) });
  let watching = Subscription.EMPTY;
  let mayReload = !isPlatformServer(inject(PLATFORM_ID));
  inject(DestroyRef).onDestroy(() => (mayReload = false));

  const wanted = computed(taskId);
  const known = signal(before(undefined));
  // what is known of another task says nothing of this one, also before the effect has run
  const state = computed(() => {
    const id = wanted();
    return known().taskId === id ? known() : before(id);
  });

  /** Watches from `state` on. */
  const begin = (from: State): void => {
    known.set(from);
    const { taskId } = from;
    if (taskId === undefined) return;
    const tell = (change: (last: State) => State): void => {
      const last = untracked(known);
      const next = change(last);
      // Stryker disable next-line ConditionalExpression: a signal tells nobody of what is the same
      if (next !== last) zone.run(() => known.set(next));
    };
    // inside: what is wrong with the id is this task's error
    watching = defer(() => watch$(polls$, taskId)).subscribe({
      next: ({ status }) => {
        if (status === undefined) return;
        tell((last) =>
          last.status === 'resolved' && last.value === status
            ? last
            : { taskId, status: 'resolved', value: status },
        );
      },
      error: (reason: unknown) =>
        tell((last) => ({ ...last, status: 'error', error: asError(reason) })),
    });
  };

  effect((onCleanup) => {
    const id = wanted();
    untracked(() => begin(before(id)));
    onCleanup(() => watching.unsubscribe());
  });

  const reload = (): boolean => {
    const last = state();
    if (!mayReload || last.taskId === undefined) return false;
    // else the effect is about to begin
    if (last !== known()) return true;
    const next: State = last.status === 'loading' ? last : { ...last, status: 'reloading' };
    if (watching.closed) begin(next);
    else {
      known.set(next);
      nudges$.next();
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
    // in an effect, too, what a request reads is none of its business
    reload: () => untracked(reload),
  };
}

function before(taskId: string | undefined): State {
  return { taskId, status: taskId === undefined ? 'idle' : 'loading' };
}

function alongWith(
  notifier: Notifier<unknown> | undefined,
  nudges$: Observable<void>,
): Observable<unknown> {
  if (!notifier) return nudges$;
  return new Observable((subscriber) => {
    // and not complete: the end of one ends nothing here
    const both = {
      next: () => subscriber.next(undefined),
      error: (reason: unknown) => subscriber.error(reason),
      complete: () => undefined,
    };
    subscriber.add(nudges$.subscribe(both));
    const controller = new AbortController();
    subscriber.add(() => controller.abort());
    const subscription = notifier.subscribe(both, { signal: controller.signal });
    if (isUnsubscribable(subscription)) subscriber.add(subscription);
  });
}

function asError(reason: unknown): Error {
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
