// @vitest-environment jsdom
/** What Angular 22 does with a `Resource`: it chains others to it, and validates forms with it. */
import { withFakeTime } from './test-bed.js';
import {
  linkedSignal,
  provideZonelessChangeDetection,
  resource,
  resourceFromSnapshots,
  ResourceParamsStatus,
  signal,
  VERSION,
  type Resource,
  type ResourceRef,
  type ResourceSnapshot,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { form, validateAsync } from '@angular/forms/signals';
import { browserUseV2, TaskNotFoundError, type TaskStatus } from 'rxjs-task-status';
import { taskStatusResource, type TaskStatusResource } from 'rxjs-task-status/angular';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';

withFakeTime();

type Word = TaskStatus | undefined;

let transport: ReturnType<typeof fakeTaskApi>['transport'];

beforeEach(() => {
  TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
  ({ transport } = fakeTaskApi({
    task_1: [
      ['running', 0],
      ['finished', 60_000],
    ],
  }));
});

async function elapse(ms: number): Promise<void> {
  TestBed.tick();
  await vi.advanceTimersByTimeAsync(ms);
  TestBed.tick();
}

test('this is Angular 22', () => {
  expect(VERSION.major).toBe('22');
});

test('the types are those of a Resource', () => {
  expectTypeOf<TaskStatusResource>().toExtend<Resource<Word>>();
  expectTypeOf<ReturnType<TaskStatusResource['snapshot']>>().toExtend<ResourceSnapshot<Word>>();
  const typed = (): Resource<
    'created' | 'started' | 'finished' | 'unsuccessful' | 'failed' | 'stopped' | undefined
  > => taskStatusResource(() => 'task_1', { api: browserUseV2 });
  expectTypeOf(typed).returns.toExtend<Resource<string | undefined>>();
  const task: Resource<Word> = TestBed.runInInjectionContext(() =>
    taskStatusResource(() => undefined),
  );
  if (task.hasValue()) expectTypeOf(task.value()).toEqualTypeOf<TaskStatus>();
  expect(task.status()).toBe('idle');
});

describe('chain', () => {
  const id = signal<string | undefined>(undefined);
  let task: TaskStatusResource;
  let next: ResourceRef<string | undefined>;
  const states = (): string[] => [task.status(), next.status()];

  beforeEach(() => {
    id.set(undefined);
    TestBed.runInInjectionContext(() => {
      task = taskStatusResource(id, { transport });
      next = resource({
        params: ({ chain }) => {
          const status = chain(task);
          expectTypeOf(status).toEqualTypeOf<Word>();
          return status;
        },
        loader: ({ params }) => Promise.resolve(`after ${params}`),
      });
    });
  });

  test('a resource that is chained has the state of the task', async () => {
    expect(states()).toEqual(['idle', 'idle']);
    id.set('task_1');
    expect(states()).toEqual(['loading', 'loading']);
    await elapse(10);
    expect([...states(), next.value()]).toEqual(['resolved', 'resolved', 'after running']);
    task.reload();
    expect(states()).toEqual(['reloading', 'loading']);
    await elapse(300);
    expect(states()).toEqual(['resolved', 'resolved']);
    await elapse(70_000);
    expect(next.value()).toBe('after finished');
    id.set('task_2');
    await elapse(10);
    expect(states()).toEqual(['error', 'error']);
    expect(next.error()?.cause).toBeInstanceOf(TaskNotFoundError);
  });

  test('an id can follow from a resource that is chained', async () => {
    const job = signal<string | undefined>(undefined);
    const [created, watched] = TestBed.runInInjectionContext(() => {
      const created = resource({ params: job, loader: () => Promise.resolve('task_1') });
      const watched = taskStatusResource(
        () => {
          if (created.status() === 'idle') throw ResourceParamsStatus.IDLE;
          if (created.isLoading()) throw ResourceParamsStatus.LOADING;
          return created.value();
        },
        { transport },
      );
      return [created, watched];
    });
    expect([created.status(), watched.status()]).toEqual(['idle', 'idle']);
    job.set('job_1');
    expect([created.status(), watched.status()]).toEqual(['loading', 'loading']);
    await elapse(10);
    await elapse(10);
    expect([created.value(), watched.value()]).toEqual(['task_1', 'running']);
  });
});

test('its snapshot can be composed, as in the guide of Angular', async () => {
  const id = signal('task_1');
  const [task, kept] = TestBed.runInInjectionContext(() => {
    const task = taskStatusResource(id, { transport });
    // keeps the value while the next one is loading
    const snapshot = linkedSignal<ResourceSnapshot<Word>, ResourceSnapshot<Word>>({
      source: task.snapshot,
      computation: (current, previous) =>
        current.status === 'loading' && previous && previous.value.status !== 'error'
          ? { status: 'loading', value: previous.value.value }
          : current,
    });
    return [task, resourceFromSnapshots(snapshot)];
  });
  await elapse(10);
  expect([kept.status(), kept.value()]).toEqual(['resolved', 'running']);
  id.set('task_2');
  expect([task.value(), kept.status(), kept.value()]).toEqual([undefined, 'loading', 'running']);
  await elapse(10);
  expect([kept.status(), kept.error()]).toEqual(['error', task.error()]);
});

test('a field of a signal form is validated with the status of its task', async () => {
  const model = signal({ taskId: '' });
  const fields = TestBed.runInInjectionContext(() =>
    form(model, (path) => {
      validateAsync(path.taskId, {
        params: ({ value }) => value() || undefined,
        factory: (taskId) => taskStatusResource(taskId, { transport }),
        onSuccess: (status) => {
          expectTypeOf(status).toEqualTypeOf<TaskStatus>();
          return status === 'finished' ? { kind: 'ended' } : undefined;
        },
        onError: (error) => ({ kind: error instanceof TaskNotFoundError ? 'unknown' : 'failed' }),
      });
    }),
  );
  const state = (): unknown => {
    const field = fields.taskId();
    return [field.pending(), field.valid(), field.errors().map(({ kind }) => kind)];
  };
  await elapse(10);
  expect(state()).toEqual([false, true, []]);
  model.set({ taskId: 'task_1' });
  expect(state()).toEqual([true, false, []]);
  await elapse(10);
  expect(state()).toEqual([false, true, []]);
  await elapse(70_000);
  expect(state()).toEqual([false, false, ['ended']]);
  model.set({ taskId: 'task_2' });
  expect(state()).toEqual([true, false, []]);
  await elapse(10);
  expect(state()).toEqual([false, false, ['unknown']]);
  model.set({ taskId: '' });
  await elapse(10);
  expect(state()).toEqual([false, true, []]);
});
