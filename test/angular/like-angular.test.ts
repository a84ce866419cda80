// @vitest-environment jsdom
/** A `taskStatusResource` beside Angular's own `resource` and `rxResource`, in each state. */
import { withFakeTime } from './test-bed.js';
import {
  provideZonelessChangeDetection,
  resource,
  signal,
  type Resource,
  type ResourceRef,
  type ResourceStatus,
  type Signal,
} from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { defer, firstValueFrom, NEVER, Subject } from 'rxjs';
import type { StatusResponse, TaskStatus } from 'rxjs-task-status';
import { taskStatusResource, type TaskStatusResource } from 'rxjs-task-status/angular';
import { beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';

withFakeTime();

type Word = TaskStatus | undefined;

/** Each answers the latest request of each of them. */
let answers$: Subject<TaskStatus | Error>;

const id = signal<string | undefined>(undefined);
let ours: TaskStatusResource;
let theirs: readonly [ResourceRef<Word>, ResourceRef<Word>];

/** The words of a template: Angular's own order. */
function show(task: Resource<Word>): string {
  if (task.hasValue()) return `value ${task.value()}`;
  if (task.error()) return 'error';
  return task.isLoading() ? 'loading' : 'nothing';
}

/** The state of all three. They must agree. */
function states(): unknown {
  const [first, ...others] = [ours, ...theirs].map((task: Resource<Word>) => ({
    status: task.status(),
    isLoading: task.isLoading(),
    hasValue: task.hasValue(),
    error: task.error() !== undefined,
    shows: show(task),
  }));
  expect(others).toEqual([first, first]);
  return first;
}

/** Runs the effects, and lets the promises and the shortest gap between two polls pass. */
async function settle(): Promise<void> {
  TestBed.tick();
  await vi.advanceTimersByTimeAsync(300);
  TestBed.tick();
}

async function answer(with_: TaskStatus | Error): Promise<void> {
  answers$.next(with_);
  await settle();
}

async function load(taskId: string | undefined, with_?: TaskStatus | Error): Promise<void> {
  id.set(taskId);
  await settle();
  if (with_) await answer(with_);
}

const reload = (): boolean[] => [ours, ...theirs].map((task) => task.reload());
const all = (value: unknown): unknown[] => [value, value, value];

beforeEach(async () => {
  TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
  answers$ = new Subject();
  const next = async (): Promise<TaskStatus> => {
    const value = await firstValueFrom(answers$);
    if (value instanceof Error) throw value;
    return value;
  };
  const transport = async (): Promise<StatusResponse> => {
    const value = await firstValueFrom(answers$);
    const [status, body] = value instanceof Error ? [404, ''] : [200, JSON.stringify(value)];
    return { status, headers: {}, body };
  };
  TestBed.runInInjectionContext(() => {
    // only reload() polls again
    ours = taskStatusResource(id, { transport, backoff: { initialDelay: 2 ** 31 - 1 } });
    theirs = [
      resource({ params: id, loader: next }),
      rxResource<TaskStatus, string | undefined>({ params: id, stream: () => defer(next) }),
    ];
  });
  await load(undefined);
});

describe('in each state taskStatusResource looks like resource and rxResource', () => {
  test('idle', () => {
    expect(states()).toMatchObject({ status: 'idle', shows: 'nothing' });
    expect(reload()).toEqual(all(false));
  });

  test('loading', async () => {
    await load('task_1');
    expect(states()).toMatchObject({ status: 'loading', shows: 'loading' });
    expect(reload()).toEqual(all(false));
  });

  test('loading, before the effects have run', () => {
    id.set('task_1');
    expect(states()).toMatchObject({ status: 'loading', shows: 'loading' });
  });

  test('resolved', async () => {
    await load('task_1', 'running');
    expect(states()).toMatchObject({ status: 'resolved', shows: 'value running' });
  });

  test('reloading', async () => {
    await load('task_1', 'running');
    expect(reload()).toEqual(all(true));
    expect(states()).toMatchObject({ status: 'reloading', shows: 'value running' });
    expect(reload()).toEqual(all(false));
    await settle();
    await answer('paused');
    expect(states()).toMatchObject({ status: 'resolved', shows: 'value paused' });
  });

  test('error', async () => {
    await load('task_1', new Error('no task'));
    expect(states()).toMatchObject({ status: 'error', shows: 'error' });
  });

  test('error, after a value', async () => {
    await load('task_1', 'running');
    reload();
    await settle();
    await answer(new Error('no task'));
    expect(states()).toMatchObject({ status: 'error', shows: 'error' });
  });

  test('reloading after an error', async () => {
    await load('task_1', new Error('no task'));
    expect(reload()).toEqual(all(true));
    expect(states()).toMatchObject({ status: 'reloading', shows: 'error' });
    await settle();
    await answer('running');
    expect(states()).toMatchObject({ status: 'resolved', shows: 'value running' });
  });

  test('a new id', async () => {
    await load('task_1', 'running');
    id.set('task_2');
    expect(states()).toMatchObject({ status: 'loading', shows: 'loading' });
    await settle();
    await answer('paused');
    expect(states()).toMatchObject({ status: 'resolved', shows: 'value paused' });
    await load(undefined);
    expect(states()).toMatchObject({ status: 'idle', shows: 'nothing' });
  });

  test('destroyed', async () => {
    await load('task_1', 'running');
    for (const task of [ours, ...theirs]) task.destroy();
    expect(states()).toMatchObject({ status: 'idle', shows: 'nothing' });
    expect(reload()).toEqual(all(false));
  });
});

describe('only taskStatusResource', () => {
  test('has a value() that never throws, and keeps the latest status in an error', async () => {
    await load('task_1', 'running');
    reload();
    await settle();
    await answer(new Error('no task'));
    expect(ours.value()).toBe('running');
    for (const task of theirs) expect(() => task.value()).toThrow();
  });
});

/** What Angular 22 adds to `Resource`. Version 20, which is installed, has no snapshot. */
interface Resource22<T> extends Resource<T> {
  readonly snapshot: Signal<Snapshot22<T>>;
  hasValue(this: T extends undefined ? this : never): this is Resource22<Exclude<T, undefined>>;
  hasValue(): boolean;
}

type Snapshot22<T> =
  | { readonly status: 'idle'; readonly value: T }
  | { readonly status: 'loading' | 'reloading'; readonly value: T }
  | { readonly status: 'resolved' | 'local'; readonly value: T }
  | { readonly status: 'error'; readonly error: Error };

test('taskStatusResource is assignable to the Resource of Angular 20 and of Angular 22', () => {
  expectTypeOf<TaskStatusResource>().toExtend<Resource<Word>>();
  expectTypeOf<TaskStatusResource>().toExtend<Resource22<Word>>();
  expectTypeOf<TaskStatusResource['status']>().toExtend<Signal<ResourceStatus>>();
  // as signal forms declare the factory of validateAsync
  type Factory = (params: Signal<string | undefined>) => Resource22<Word>;
  const factory = ((taskId) =>
    taskStatusResource(taskId, { transport: () => NEVER })) satisfies Factory;
  expect(TestBed.runInInjectionContext(() => factory(id)).hasValue()).toBe(false);
});
