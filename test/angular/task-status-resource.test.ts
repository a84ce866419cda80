// @vitest-environment jsdom
import {
  answer,
  context,
  elapse,
  requestFor,
  requestsFor,
  STEADY,
  urlOf,
  withFakeTime,
} from './test-bed.js';
import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import {
  effect,
  Injector,
  PLATFORM_ID,
  provideZonelessChangeDetection,
  signal,
  type Resource,
  type Signal,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { BehaviorSubject, Subject } from 'rxjs';
import {
  browserUseV2,
  TaskNotFoundError,
  TaskValidationError,
  type Notifier,
  type TaskStatus,
} from 'rxjs-task-status';
import {
  provideTaskStatus,
  taskStatusResource,
  type AngularTaskStatusOptions,
  type TaskStatusResource,
  type TaskStatusResourceOptions,
  type TaskStatusResourceStatus,
} from 'rxjs-task-status/angular';

withFakeTime();

function configure(options: AngularTaskStatusOptions = {}, platform = 'browser'): void {
  TestBed.configureTestingModule({
    providers: [
      provideZonelessChangeDetection(),
      provideHttpClient(),
      provideHttpClientTesting(),
      provideTaskStatus({ ...STEADY, ...options }),
      { provide: PLATFORM_ID, useValue: platform },
    ],
  });
}

function create(
  taskId: () => string | undefined,
  options?: TaskStatusResourceOptions,
): TaskStatusResource {
  return TestBed.runInInjectionContext(() => taskStatusResource(taskId, options));
}

/** The values of all signals of a resource. */
function snapshot(task: TaskStatusResource) {
  return {
    value: task.value(),
    error: task.error()?.name,
    isLoading: task.isLoading(),
    status: task.status(),
    hasValue: task.hasValue(),
  };
}

const IDLE = {
  value: undefined,
  error: undefined,
  isLoading: false,
  status: 'idle',
  hasValue: false,
};
const LOADING = { ...IDLE, isLoading: true, status: 'loading' };
const resolved = (value: TaskStatus) => ({
  ...IDLE,
  value,
  status: 'resolved',
  hasValue: true,
});

describe('taskStatusResource', () => {
  beforeEach(() => {
    configure();
  });

  test('is loading at first, before its effect has run', () => {
    const task = create(() => 'task_1');
    expect(snapshot(task)).toEqual(LOADING);
    expect(requestsFor('task_1')).toHaveLength(0);
    TestBed.tick();
    expect(snapshot(task)).toEqual(LOADING);
    expect(requestsFor('task_1')).toHaveLength(1);
  });

  test('shows each status, and stays resolved after the end', () => {
    const task = create(() => 'task_1');
    TestBed.tick();
    for (const status of ['created', 'running', 'running', 'finished'] as const) {
      answer('task_1', status);
      expect(snapshot(task)).toEqual(resolved(status));
      elapse(1_000);
      expect(snapshot(task)).toEqual(resolved(status));
    }
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('stays loading during transient failures', () => {
    const task = create(() => 'task_1');
    TestBed.tick();
    requestFor('task_1').error(new ProgressEvent('error'));
    expect(snapshot(task)).toEqual(LOADING);
    elapse(500);
    answer('task_1', 'running');
    expect(snapshot(task)).toEqual(resolved('running'));
  });

  test('keeps the value in an error', () => {
    const task = create(() => 'task_1');
    TestBed.tick();
    answer('task_1', 'running');
    elapse(1_000);
    requestFor('task_1').flush('', { status: 404, statusText: 'Not Found' });
    expect(snapshot(task)).toEqual({
      ...resolved('running'),
      status: 'error',
      error: 'TaskNotFoundError',
      hasValue: false,
    });
    expect(task.error()).toBeInstanceOf(TaskNotFoundError);
  });

  test('shows an error without a value', () => {
    const task = create(() => 'task_1');
    TestBed.tick();
    requestFor('task_1').flush('', { status: 422, statusText: 'Unprocessable Content' });
    expect(snapshot(task)).toEqual({ ...IDLE, status: 'error', error: 'TaskValidationError' });
    expect(task.error()).toBeInstanceOf(TaskValidationError);
  });

  test('shows an invalid task id as an error', () => {
    const task = create(() => '..');
    TestBed.tick();
    expect(snapshot(task)).toEqual({ ...IDLE, status: 'error', error: 'TypeError' });
  });

  test('wraps a reason that is not an Error', () => {
    const abort = new AbortController();
    const task = create(() => 'task_1', { signal: abort.signal });
    TestBed.tick();
    abort.abort('enough');
    expect(task.error()).toEqual(new Error('enough', { cause: 'enough' }));
  });

  test('throws for an invalid option', () => {
    expect(() => create(() => 'task_1', { timeout: NaN })).toThrow(RangeError);
  });

  test('works detached', () => {
    const { value, reload } = create(() => 'task_1');
    TestBed.tick();
    answer('task_1', 'running');
    expect(reload()).toBe(true);
    expect(value()).toBe('running');
  });

  test('its options replace the provided ones', () => {
    create(() => 'task_1', { headers: { 'X-Tenant': 'blue' } });
    TestBed.tick();
    expect(requestFor('task_1').request.headers.get('x-tenant')).toBe('blue');
  });

  test('can be created outside an injection context with an injector', () => {
    const task = taskStatusResource(() => 'task_1', { injector: TestBed.inject(Injector) });
    TestBed.tick();
    answer('task_1', 'finished');
    expect(snapshot(task)).toEqual(resolved('finished'));
  });

  test('ends with its injection context', () => {
    const parent = context();
    const task = parent.run(() => taskStatusResource(() => 'task_1'));
    TestBed.tick();
    const request = requestFor('task_1');
    parent.destroy();
    expect(request.cancelled).toBe(true);
    expect(task.reload()).toBe(false);
    expect(snapshot(task)).toEqual(IDLE);
    TestBed.tick();
    elapse(60_000);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('shows with its latest poll that it is retrying', () => {
    const task = create(() => 'task_1');
    expect(task.poll()).toBeUndefined();
    TestBed.tick();
    answer('task_1', 'running');
    expect(task.poll()).toMatchObject({ taskId: 'task_1', attempt: 1, status: 'running' });
    elapse(1_000);
    requestFor('task_1').flush('', { status: 503, statusText: 'Service Unavailable' });
    expect(snapshot(task)).toEqual(resolved('running'));
    expect(task.poll()).toMatchObject({ attempt: 2, error: { code: 'http' }, nextDelay: 500 });
    elapse(500);
    answer('task_1', 'running');
    expect(task.poll()).toMatchObject({ attempt: 3, status: 'running' });
  });

  test('its poll belongs to the current task, and is kept by a reload', () => {
    const id = signal('task_1');
    const task = create(id);
    TestBed.tick();
    answer('task_1', 'finished');
    task.reload();
    expect(task.poll()).toMatchObject({ taskId: 'task_1', status: 'finished' });
    id.set('task_2');
    expect(task.poll()).toBeUndefined();
    TestBed.tick();
    expect(task.poll()).toBeUndefined();
  });

  test('has its state in one snapshot', () => {
    const id = signal<string | undefined>(undefined);
    const task = create(id);
    expect(task.snapshot()).toEqual({ status: 'idle', value: undefined });
    id.set('task_1');
    expect(task.snapshot()).toEqual({ status: 'loading', value: undefined });
    TestBed.tick();
    answer('task_1', 'running');
    expect(task.snapshot()).toEqual({ status: 'resolved', value: 'running' });
    elapse(1_000);
    requestFor('task_1').flush('', { status: 404, statusText: 'Not Found' });
    expect(task.snapshot()).toEqual({ status: 'error', error: task.error() });
  });

  test('is idle after destroy(), whatever its id does', () => {
    const id = signal('task_1');
    const task = create(id);
    TestBed.tick();
    answer('task_1', 'running');
    elapse(1_000);
    const open = requestFor('task_1');
    task.destroy();
    expect(open.cancelled).toBe(true);
    expect(snapshot(task)).toEqual(IDLE);
    expect(task.poll()).toBeUndefined();
    id.set('task_2');
    TestBed.tick();
    expect([task.reload(), snapshot(task)]).toEqual([false, IDLE]);
    expect(requestsFor('task_2')).toHaveLength(0);
    task.destroy();
  });

  test('destroy() ends no other subscriber of the watch', () => {
    const [a, b] = [create(() => 'task_1'), create(() => 'task_1')] as const;
    TestBed.tick();
    a.destroy();
    answer('task_1', 'running');
    expect([a.status(), b.value()]).toEqual(['idle', 'running']);
  });

  test('an exception of the id function is its error, until the function returns an id', () => {
    const job = signal<Error | string>(new RangeError('no job'));
    const task = create(() => {
      const id = job();
      if (typeof id === 'string') return id;
      throw id;
    });
    const failed = { ...IDLE, status: 'error', error: 'RangeError' };
    expect(snapshot(task)).toEqual(failed);
    TestBed.tick();
    expect([snapshot(task), task.reload()]).toEqual([failed, false]);
    job.set('task_1');
    expect(snapshot(task)).toEqual(LOADING);
    TestBed.tick();
    const open = requestFor('task_1');
    job.set(new TypeError('no job'));
    expect(task.error()).toBe(job());
    TestBed.tick();
    expect(open.cancelled).toBe(true);
    expect(task.error()).toBe(job());
  });

  test('an exception that is not an Error is wrapped', () => {
    const reason: unknown = 'no job';
    const task = create(() => {
      throw reason;
    });
    expect(task.error()).toEqual(new Error('no job', { cause: 'no job' }));
  });

  test.each([
    ['IDLE', IDLE],
    ['LOADING', LOADING],
  ] as const)(
    'is in the state that its id function throws: ResourceParamsStatus.%s',
    (name, is) => {
      // as in Angular 22
      class ResourceParamsStatus extends Error {
        static readonly IDLE = new ResourceParamsStatus('IDLE');
        static readonly LOADING = new ResourceParamsStatus('LOADING');
      }
      const job = signal<Error | string>('task_1');
      const task = create(() => {
        const id = job();
        if (typeof id === 'string') return id;
        throw id;
      });
      TestBed.tick();
      const open = requestFor('task_1');
      job.set(ResourceParamsStatus[name]);
      expect([snapshot(task), task.reload()]).toEqual([is, false]);
      TestBed.tick();
      expect(open.cancelled).toBe(true);
      expect([snapshot(task), task.reload()]).toEqual([is, false]);
      job.set(ResourceParamsStatus[name === 'IDLE' ? 'LOADING' : 'IDLE']);
      expect(task.status()).toBe(name === 'IDLE' ? 'loading' : 'idle');
      job.set('task_2');
      TestBed.tick();
      answer('task_2', 'running');
      expect(snapshot(task)).toEqual(resolved('running'));
      job.set(new ResourceParamsStatus('no job'));
      expect(task.error()).toBe(job());
      task.destroy();
      expect(snapshot(task)).toEqual(IDLE);
    },
  );

  test('is typed by the api', () => {
    const task = TestBed.runInInjectionContext(() =>
      taskStatusResource(() => 'task_1', { api: browserUseV2 }),
    );
    type Word = 'created' | 'started' | 'finished' | 'unsuccessful' | 'failed' | 'stopped';
    expectTypeOf(task.value).toEqualTypeOf<Signal<Word | undefined>>();
    if (task.hasValue()) expectTypeOf(task.value()).toEqualTypeOf<Word>();
    else expectTypeOf(task.status()).toEqualTypeOf<TaskStatusResourceStatus>();
    expectTypeOf(create(() => 'task_1').value()).toEqualTypeOf<TaskStatus | undefined>();
    // infers a type from the resource, as validateAsync of signal forms does
    const valueOf = <T>(resource: () => Resource<T | undefined>): (() => T | undefined) =>
      TestBed.runInInjectionContext(resource).value;
    expectTypeOf(valueOf(() => taskStatusResource(() => 'a'))).toEqualTypeOf<
      () => TaskStatus | undefined
    >();
    expectTypeOf(valueOf(() => taskStatusResource(() => 'a', { api: browserUseV2 }))).toEqualTypeOf<
      () => Word | undefined
    >();
    expect(task.hasValue()).toBe(false);
  });
});

describe('the task id', () => {
  beforeEach(() => {
    configure();
  });

  test('undefined is idle and makes no request', () => {
    const task = create(() => undefined);
    TestBed.tick();
    expect(snapshot(task)).toEqual(IDLE);
    expect(task.reload()).toBe(false);
  });

  test('a new one cancels the old watch and clears its status', () => {
    const id = signal<string | undefined>('task_1');
    const task = create(id);
    TestBed.tick();
    answer('task_1', 'running');
    elapse(1_000);
    const open = requestFor('task_1');
    id.set('task_2');
    expect(snapshot(task)).toEqual(LOADING);
    TestBed.tick();
    expect(open.cancelled).toBe(true);
    answer('task_2', 'paused');
    expect(snapshot(task)).toEqual(resolved('paused'));
    id.set(undefined);
    expect(snapshot(task)).toEqual(IDLE);
    TestBed.tick();
    elapse(60_000);
    expect(requestsFor('task_2')).toHaveLength(0);
  });

  test('a new one clears the error of the old one', () => {
    const id = signal('task_1');
    const task = create(id);
    TestBed.tick();
    requestFor('task_1').flush('', { status: 404, statusText: 'Not Found' });
    id.set('task_2');
    expect(snapshot(task)).toEqual(LOADING);
    TestBed.tick();
    answer('task_2', 'created');
    expect(snapshot(task)).toEqual(resolved('created'));
  });

  test('the same id, computed again, keeps its watch', () => {
    const id = signal({ taskId: 'task_1' });
    const task = create(() => id().taskId);
    TestBed.tick();
    const open = requestFor('task_1');
    id.set({ taskId: 'task_1' });
    TestBed.tick();
    expect(open.cancelled).toBe(false);
    open.flush('"running"');
    expect(snapshot(task)).toEqual(resolved('running'));
  });

  test('only the signals that the id function reads restart the watch', () => {
    const other = signal(0);
    const apiKey = vi.fn(() => `bu_${other()}`);
    create(() => 'task_1', { apiKey });
    TestBed.tick();
    other.set(1);
    TestBed.tick();
    expect(apiKey).toHaveBeenCalledTimes(1);
  });

  const ids = fc.constantFrom('a', 'b', 'c', undefined);
  const steps = fc.array(
    fc.oneof(
      fc.record({ id: ids }),
      fc.record({ wait: fc.integer({ min: 0, max: 3_000 }) }),
      fc.constant({ answer: true as const }),
    ),
    { maxLength: 40 },
  );

  test('in every history, only the current task is watched and shown', () => {
    fc.assert(
      fc.property(steps, (script) => {
        TestBed.resetTestingModule();
        configure();
        const http = TestBed.inject(HttpTestingController);
        const id = signal<string | undefined>(undefined);
        const task = create(id);
        let shown: string | undefined;
        for (const step of script) {
          if ('id' in step && step.id !== id()) {
            id.set(step.id);
            shown = undefined;
          } else if ('wait' in step) elapse(step.wait);
          TestBed.tick();
          // match() also returns cancelled requests
          const open = ['a', 'b', 'c'].flatMap((taskId) =>
            http.match(({ url }) => url === urlOf(taskId)).filter(({ cancelled }) => !cancelled),
          );
          expect(open.length).toBeLessThanOrEqual(1);
          for (const request of open) {
            expect(request.request.url).toBe(urlOf(String(id())));
            shown = 'running';
            request.flush('"running"');
          }
          expect(task.value()).toBe(shown);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('reload', () => {
  beforeEach(() => {
    configure();
  });

  test('polls now and is reloading until the next status', () => {
    const task = create(() => 'task_1');
    TestBed.tick();
    answer('task_1', 'running');
    elapse(500);
    expect(task.reload()).toBe(true);
    expect(snapshot(task)).toEqual({
      ...resolved('running'),
      status: 'reloading',
      isLoading: true,
    });
    answer('task_1', 'running');
    expect(snapshot(task)).toEqual(resolved('running'));
  });

  test('stays reloading while the watch continues without a status', () => {
    const task = create(() => 'task_1');
    TestBed.tick();
    answer('task_1', 'running');
    elapse(500);
    task.reload();
    requestFor('task_1').error(new ProgressEvent('error'));
    expect(task.status()).toBe('reloading');
    elapse(500);
    answer('task_1', 'paused');
    expect(snapshot(task)).toEqual(resolved('paused'));
  });

  test('starts a new watch after the end of the task', () => {
    const task = create(() => 'task_1');
    TestBed.tick();
    answer('task_1', 'finished');
    expect(task.reload()).toBe(true);
    expect(snapshot(task)).toEqual({
      ...resolved('finished'),
      status: 'reloading',
      isLoading: true,
    });
    answer('task_1', 'finished');
    expect(snapshot(task)).toEqual(resolved('finished'));
  });

  test('starts a new watch after an error, which stays until there is a status', () => {
    const task = create(() => 'task_1');
    TestBed.tick();
    requestFor('task_1').flush('', { status: 404, statusText: 'Not Found' });
    expect(task.reload()).toBe(true);
    expect(snapshot(task)).toMatchObject({ status: 'reloading', error: 'TaskNotFoundError' });
    answer('task_1', 'created');
    expect(snapshot(task)).toEqual(resolved('created'));
  });

  test('does nothing while a poll is awaited', () => {
    const task = create(() => 'task_1');
    TestBed.tick();
    expect(task.reload()).toBe(false);
    expect(snapshot(task)).toEqual(LOADING);
    answer('task_1', 'created');
    elapse(500);
    expect(task.reload()).toBe(true);
    expect(task.reload()).toBe(false);
    answer('task_1', 'running');
    elapse(999);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('polls for every component that shares the watch', () => {
    const [a, b] = [create(() => 'task_1'), create(() => 'task_1')] as const;
    TestBed.tick();
    answer('task_1', 'running');
    elapse(500);
    a.reload();
    expect([a.status(), b.status()]).toEqual(['reloading', 'resolved']);
    answer('task_1', 'paused');
    expect([a.value(), b.value()]).toEqual(['paused', 'paused']);
  });

  test.each(['running', 'finished'])(
    'does nothing for a new id whose effect has not run yet (the old task is %s)',
    (status) => {
      const id = signal('task_1');
      const task = create(id);
      TestBed.tick();
      answer('task_1', status);
      elapse(500);
      id.set('task_2');
      expect(task.reload()).toBe(false);
      expect(snapshot(task)).toEqual(LOADING);
      TestBed.tick();
      expect(requestsFor('task_2')).toHaveLength(1);
      expect(requestsFor('task_1')).toHaveLength(0);
    },
  );

  test.each(['running', 'finished'])(
    'in an effect tracks no signal that a request reads (the task is %s)',
    async (status) => {
      const key = signal('bu_1');
      const task = create(() => 'task_1', { apiKey: () => key() });
      TestBed.tick();
      await vi.advanceTimersByTimeAsync(0);
      answer('task_1', status);
      await vi.advanceTimersByTimeAsync(500);
      const reload = vi.fn(() => task.reload());
      TestBed.runInInjectionContext(() => effect(reload));
      TestBed.tick();
      expect(task.status()).toBe('reloading');
      key.set('bu_2');
      TestBed.tick();
      expect(reload).toHaveBeenCalledTimes(1);
    },
  );

  test('starts a watch that a new id cancels', () => {
    const id = signal('task_1');
    const task = create(id);
    TestBed.tick();
    answer('task_1', 'finished');
    task.reload();
    const open = requestFor('task_1');
    id.set('task_2');
    TestBed.tick();
    expect(open.cancelled).toBe(true);
  });

  test('works together with the option pollNow', () => {
    const pollNow$ = new Subject<void>();
    const task = create(() => 'task_1', { pollNow: pollNow$ });
    TestBed.tick();
    answer('task_1', 'running');
    elapse(500);
    pollNow$.next();
    answer('task_1', 'running');
    pollNow$.complete();
    elapse(500);
    task.reload();
    answer('task_1', 'paused');
    expect(task.value()).toBe('paused');
  });

  test('unsubscribes from the option pollNow with the watch, and shows its error', () => {
    const pollNow$ = new Subject<void>();
    const id = signal<string | undefined>('task_1');
    const task = create(id, { pollNow: pollNow$ });
    TestBed.tick();
    expect(pollNow$.observed).toBe(true);
    id.set(undefined);
    TestBed.tick();
    expect(pollNow$.observed).toBe(false);
    id.set('task_2');
    TestBed.tick();
    pollNow$.error(new RangeError('no more events'));
    expect(snapshot(task)).toEqual({ ...IDLE, status: 'error', error: 'RangeError' });
  });

  test('unsubscribes by the signal from an Observable of the platform, which returns nothing', () => {
    let aborted: AbortSignal | undefined;
    const pollNow: Notifier<unknown> = {
      subscribe: (_, options) => {
        aborted = options?.signal;
      },
    };
    const id = signal<string | undefined>('task_1');
    create(id, { pollNow });
    TestBed.tick();
    expect(aborted?.aborted).toBe(false);
    id.set(undefined);
    TestBed.tick();
    expect(aborted?.aborted).toBe(true);
  });

  test('waits for the end of a pause', () => {
    const paused$ = new BehaviorSubject(false);
    const task = create(() => 'task_1', { pauseWhile: paused$ });
    TestBed.tick();
    answer('task_1', 'running');
    paused$.next(true);
    task.reload();
    elapse(60_000);
    expect(requestsFor('task_1')).toHaveLength(0);
    paused$.next(false);
    answer('task_1', 'running');
    expect(snapshot(task)).toEqual(resolved('running'));
  });
});

describe('on the server', () => {
  test.each([undefined, 'never'] as const)('with ssr %s it is loading', (ssr) => {
    configure({ ssr }, 'server');
    const task = create(() => 'task_1');
    TestBed.tick();
    expect(snapshot(task)).toEqual(LOADING);
    expect(task.reload()).toBe(false);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('with ssr once it shows the one status', () => {
    configure({ ssr: 'once' }, 'server');
    const task = create(() => 'task_1');
    TestBed.tick();
    answer('task_1', 'running');
    expect(snapshot(task)).toEqual(resolved('running'));
    expect(task.reload()).toBe(false);
    elapse(60_000);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('with ssr once it shows why there is no status', () => {
    configure({ ssr: 'once' }, 'server');
    const task = create(() => 'task_1');
    TestBed.tick();
    requestFor('task_1').error(new ProgressEvent('error'));
    expect(snapshot(task)).toEqual({ ...IDLE, status: 'error', error: 'NetworkError' });
    expect(task.poll()?.error).toBe(task.error());
  });
});
