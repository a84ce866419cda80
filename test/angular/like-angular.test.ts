// @vitest-environment jsdom
/** A `taskStatusResource` beside Angular's own `resource` and `rxResource`, in each state. */
import { context, withFakeTime } from './test-bed.js';
import {
  Component,
  provideZonelessChangeDetection,
  resource,
  signal,
  VERSION,
  type Resource,
  type ResourceRef,
  type ResourceStatus,
  type Signal,
} from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { defer, firstValueFrom, Subject } from 'rxjs';
import type { StatusResponse, TaskStatus } from 'rxjs-task-status';
import { taskStatusResource, type TaskStatusResource } from 'rxjs-task-status/angular';
import { beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';

withFakeTime();

type Word = TaskStatus | undefined;

const major = Number(VERSION.major);

/** Each answers the latest request of each of them. */
let answers$: Subject<TaskStatus | Error>;

/** A task id, or what the id function throws. */
const id = signal<string | undefined | { readonly thrown: unknown }>(undefined);
const taskId = (): string | undefined => {
  const value = id();
  if (typeof value === 'object') throw value.thrown;
  return value;
};
let parent: ReturnType<typeof context>;
let ours: TaskStatusResource;
let theirs: readonly [ResourceRef<Word>, ResourceRef<Word>];

/** The order of checks in Angular's own documentation. */
@Component({
  template: `
    @if (task.hasValue()) {
      value {{ task.value() }}
    } @else if (task.error()) {
      error
    } @else if (task.isLoading()) {
      loading
    } @else {
      nothing
    }
  `,
})
class View {
  task: Resource<Word> = ours;
}

/** What a template shows. */
function show(task: Resource<Word>): string | undefined {
  const view = TestBed.createComponent(View);
  view.componentInstance.task = task;
  view.detectChanges();
  const text = (view.nativeElement as HTMLElement).textContent?.trim();
  view.destroy();
  return text;
}

function stateOf(task: Resource<Word>): unknown {
  return {
    status: task.status(),
    isLoading: task.isLoading(),
    hasValue: task.hasValue(),
    hasError: task.error() !== undefined,
    snapshot: snapshotOf(task),
  };
}

/** From Angular 21 on a resource has a snapshot. */
function snapshotOf(task: Resource<Word> & { snapshot?: Signal<object> }): unknown {
  if (major < 21) return undefined;
  const { error, ...snapshot } = task.snapshot?.() as { error?: Error };
  return error ? { ...snapshot, hasError: true } : snapshot;
}

/** The state of all three. They must agree. */
function states(): unknown {
  // before the first template: to create one runs the effects
  const [first, ...others] = [ours, ...theirs].map(stateOf);
  expect(others).toEqual([first, first]);
  const [shows, ...shown] = [ours, ...theirs].map(show);
  expect(shown).toEqual([shows, shows]);
  return { ...(first as object), shows };
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

async function load(taskId: ReturnType<typeof id>, with_?: TaskStatus | Error): Promise<void> {
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
  parent = context();
  parent.run(() => {
    // only reload() polls again
    ours = taskStatusResource(taskId, { transport, backoff: { initialDelay: 2 ** 31 - 1 } });
    theirs = [
      resource({ params: taskId, loader: next }),
      rxResource<TaskStatus, string | undefined>({ params: taskId, stream: () => defer(next) }),
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

  test('at the end of the injection context', async () => {
    await load('task_1', 'running');
    parent.destroy();
    expect(states()).toMatchObject({ status: 'idle', shows: 'nothing' });
    expect(reload()).toEqual(all(false));
  });

  test('an id that is undefined again', async () => {
    await load('task_1', 'running');
    await load(undefined);
    expect(states()).toMatchObject({ status: 'idle', shows: 'nothing' });
    expect(reload()).toEqual(all(false));
    await load('task_1');
    expect(states()).toMatchObject({ status: 'loading', shows: 'loading' });
  });

  async function throwing(): Promise<void> {
    await load('task_1', 'running');
    await load({ thrown: new RangeError('no job') });
    expect(states()).toMatchObject({ status: 'error', shows: 'error' });
    for (const task of [ours, ...theirs])
      expect(task.error()).toMatchObject({ name: 'RangeError' });
    await load({ thrown: 'no job' });
    expect(states()).toMatchObject({ status: 'error', shows: 'error' });
    for (const task of [ours, ...theirs]) expect(task.error()).toMatchObject({ cause: 'no job' });
    await load('task_2');
    expect(states()).toMatchObject({ status: 'loading', shows: 'loading' });
    await answer('paused');
    expect(states()).toMatchObject({ status: 'resolved', shows: 'value paused' });
  }

  // before version 22 it breaks Angular's resources, see below
  if (major >= 22) test('an id function that throws, then returns an id', throwing);
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

  test('shows the error of an id function in every version, and stays readable after a reload', async () => {
    id.set({ thrown: new RangeError('no job') });
    if (major < 22) {
      // every read throws, and so do their effects
      for (const task of theirs) {
        expect(() => task.status()).toThrow('no job');
        task.destroy();
      }
    }
    await settle();
    expect([ours.reload(), ours.status(), show(ours)]).toEqual([false, 'error', 'error']);
    if (major < 22) return;
    for (const task of theirs) {
      task.reload();
      expect(() => task.hasValue()).toThrow('no job');
    }
  });
});

test('taskStatusResource is assignable to the Resource of the installed version', () => {
  expectTypeOf<TaskStatusResource>().toExtend<Resource<Word>>();
  expectTypeOf<TaskStatusResource['status']>().toExtend<Signal<ResourceStatus>>();
  const task: Resource<Word> = ours;
  expect(task.hasValue()).toBe(false);
});
