// @vitest-environment jsdom
import {
  answer,
  context,
  elapse,
  requestFor,
  requestsFor,
  STEADY,
  withFakeTime,
} from './test-bed.js';
import { provideHttpClient } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import {
  APP_ID,
  effect,
  PLATFORM_ID,
  provideZonelessChangeDetection,
  TransferState,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { retry, type Observable } from 'rxjs';
import {
  browserUseV2,
  TaskNotFoundError,
  type TaskPoll,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import {
  injectTaskPolls,
  injectTaskStatus,
  provideTaskStatus,
  taskStatusResource,
  type TaskStatusResource,
} from 'rxjs-task-status/angular';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { afterEach, describe, expect, test } from 'vitest';

withFakeTime();

afterEach(() => {
  document.body.innerHTML = '';
});

function configure(platform: 'server' | 'browser', options: TaskStatusOptions = {}): void {
  TestBed.resetTestingModule();
  TestBed.configureTestingModule({
    providers: [
      provideZonelessChangeDetection(),
      provideHttpClient(),
      provideHttpClientTesting(),
      { provide: PLATFORM_ID, useValue: platform },
      provideTaskStatus({
        ...STEADY,
        ...options,
        ...(platform === 'server' && { ssr: 'once' as const }),
      }),
    ],
  });
}

type Answer = string | { readonly status: number; readonly body?: string };

function respond(taskId: string, with_: Answer): void {
  if (typeof with_ === 'string') answer(taskId, with_);
  else {
    requestFor(taskId).flush(with_.body ?? '', { status: with_.status, statusText: 'as given' });
  }
}

/** Ends the server's application, and leaves the HTML that the browser starts from. */
function leaveHtml(
  options: TaskStatusOptions = {},
  json = TestBed.inject(TransferState).toJson(),
): void {
  const script = document.createElement('script');
  script.id = `${TestBed.inject(APP_ID)}-state`;
  script.type = 'application/json';
  script.textContent = json;
  configure('browser', options);
  document.body.append(script);
}

/** Renders a resource on the server. Returns what it shows there. */
function renderOnServer(from: Answer, options: TaskStatusOptions = {}) {
  configure('server', options);
  const task = TestBed.runInInjectionContext(() => taskStatusResource(() => 'task_1'));
  TestBed.tick();
  respond('task_1', from);
  const shown = { value: task.value(), error: task.error(), poll: task.poll() };
  leaveHtml(options);
  return shown;
}

/** What a resource shows, from the first frame on. */
function record(task: TaskStatusResource): unknown[] {
  const shown: unknown[] = [];
  const note = (): void => {
    const state = [task.status(), task.value(), task.error()?.message, task.hasValue()];
    if (JSON.stringify(state) !== JSON.stringify(shown.at(-1))) shown.push(state);
  };
  note();
  TestBed.runInInjectionContext(() => effect(note));
  return shown;
}

function createTask(): TaskStatusResource {
  return TestBed.runInInjectionContext(() => taskStatusResource(() => 'task_1'));
}

function eventsOf(stream$: Observable<string>): string[] {
  const events: string[] = [];
  stream$.subscribe({
    next: (status) => events.push(status),
    error: (error: unknown) => events.push(String(error)),
    complete: () => events.push('complete'),
  });
  return events;
}

describe('a resource in the browser', () => {
  test('shows the status of the server from the first frame on, and nothing else', () => {
    expect(renderOnServer('running').value).toBe('running');
    const task = createTask();
    const shown = record(task);
    TestBed.tick();
    answer('task_1', 'running');
    TestBed.tick();
    elapse(1_000);
    answer('task_1', 'running');
    TestBed.tick();
    expect(shown).toEqual([['resolved', 'running', undefined, true]]);
    expect(task.poll()).toMatchObject({ attempt: 2 });
  });

  test.each([
    ['permanent', { status: 404, body: '{"detail": "Task not found"}' }],
    ['transient', { status: 503, body: 'busy' }],
  ])('shows the error of the server from the first frame on (%s)', (_, failure) => {
    const message = renderOnServer(failure).error?.message;
    const shown = record(createTask());
    TestBed.tick();
    respond('task_1', failure);
    TestBed.tick();
    expect(shown).toEqual([['error', undefined, message, false]]);
  });

  test('recovers from the error of the server', () => {
    renderOnServer({ status: 503 });
    const task = createTask();
    TestBed.tick();
    answer('task_1', 'running');
    expect([task.status(), task.value(), task.error()]).toEqual(['resolved', 'running', undefined]);
  });

  test('has the poll of the server, with its error', () => {
    const onServer = renderOnServer({ status: 404 }).poll;
    const poll = createTask().poll();
    expect(poll).toEqual(onServer);
    expect(poll?.error).toBeInstanceOf(TaskNotFoundError);
  });

  test('has the details of the server', () => {
    configure('server');
    const options = { api: browserUseV2, baseUrl: STEADY.baseUrl };
    const { transport } = fakeTaskApi({ task_1: [['started', 0]] }, { api: browserUseV2 });
    const create = () =>
      TestBed.runInInjectionContext(() =>
        taskStatusResource(() => 'task_1', { ...options, transport }),
      );
    const onServer = create();
    TestBed.tick();
    const shown = onServer.poll();
    expect(shown).toMatchObject({ status: 'started', details: { status: 'started' } });
    leaveHtml();
    expect(create().poll()).toEqual(shown);
  });

  test('shows an ignored word of the server as loading, with its poll', () => {
    renderOnServer('archiving', { unknownStatus: 'ignore' });
    const task = createTask();
    expect([task.status(), task.poll()?.error?.code]).toEqual(['loading', 'unexpected-response']);
  });

  test('shows the error of a function of the caller', () => {
    configure('server', {
      apiKey: () => {
        throw new RangeError('no key');
      },
    });
    const onServer = createTask();
    TestBed.tick();
    expect(onServer.error()).toEqual(new RangeError('no key'));
    leaveHtml();
    const task = createTask();
    expect(task.error()).toMatchObject({ name: 'RangeError', message: 'no key' });
    expect(task.poll()).toBeUndefined();
  });

  test('shows the status of the server however late it is created', () => {
    renderOnServer('running');
    TestBed.tick();
    elapse(600_000);
    const shown = record(createTask());
    TestBed.tick();
    answer('task_1', 'running');
    TestBed.tick();
    expect(shown).toEqual([['resolved', 'running', undefined, true]]);
  });

  test('shows a newer status if another component has polled the task since', () => {
    renderOnServer('running');
    const parent = context();
    parent.run(() => taskStatusResource(() => 'task_1'));
    TestBed.tick();
    answer('task_1', 'paused');
    parent.destroy();
    expect(createTask().value()).toBe('paused');
  });

  test('is loading if a watch of the task has failed since', () => {
    renderOnServer('running');
    createTask();
    TestBed.tick();
    requestFor('task_1').flush('', { status: 404, statusText: 'Not Found' });
    expect(createTask().status()).toBe('loading');
  });

  test('keeps what the server has learned while the browser has no answer', () => {
    renderOnServer('running');
    createTask();
    TestBed.tick();
    requestFor('task_1').error(new ProgressEvent('error'));
    expect(createTask().value()).toBe('running');
  });

  test('can reload before it has polled', () => {
    renderOnServer('running');
    const task = createTask();
    expect(task.reload()).toBe(true);
    TestBed.tick();
    expect(requestsFor('task_1')).toHaveLength(1);
    expect(task.value()).toBe('running');
  });

  test('ignores a poll that has neither a status nor an error', () => {
    configure('server');
    createTask();
    TestBed.tick();
    answer('task_1', 'running');
    leaveHtml({}, TestBed.inject(TransferState).toJson().replace('"status":"running"', '"was":0'));
    const task = createTask();
    expect([task.status(), task.poll()]).toEqual(['loading', undefined]);
  });

  test('does not take the status of another API', () => {
    renderOnServer('running');
    const task = TestBed.runInInjectionContext(() =>
      taskStatusResource(() => 'task_1', { api: browserUseV2 }),
    );
    expect(task.status()).toBe('loading');
  });
});

describe('a stream in the browser', () => {
  const watch = (options?: TaskStatusOptions): Observable<string> =>
    TestBed.runInInjectionContext(() => injectTaskStatus())('task_1', options);

  test('emits the status of the server during subscribe, then what differs from it', () => {
    renderOnServer('running');
    const events = eventsOf(watch());
    expect(events).toEqual(['running']);
    answer('task_1', 'running');
    elapse(1_000);
    answer('task_1', 'finished');
    expect(events).toEqual(['running', 'finished', 'complete']);
  });

  test('does not emit it if it is the knownStatus', () => {
    renderOnServer('running');
    const events = eventsOf(watch({ knownStatus: 'running' }));
    answer('task_1', 'running');
    expect(events).toEqual([]);
  });

  test('emits the poll of the server before its own polls', () => {
    renderOnServer('running');
    const polls: TaskPoll[] = [];
    TestBed.runInInjectionContext(() => injectTaskPolls())('task_1').subscribe((poll) =>
      polls.push(poll),
    );
    answer('task_1', 'running');
    expect(polls).toMatchObject([
      { status: 'running', changed: true },
      { status: 'running', changed: false },
    ]);
  });

  test('errors at once with a permanent failure of the server; a new subscription polls', () => {
    renderOnServer({ status: 404, body: '{"detail": "Task not found"}' });
    const status$ = watch();
    expect(eventsOf(status$)).toEqual([
      'TaskNotFoundError: Task "task_1" was not found (404): Task not found',
    ]);
    expect(requestsFor('task_1')).toHaveLength(0);
    TestBed.tick();
    const again = eventsOf(status$);
    answer('task_1', 'created');
    expect(again).toEqual(['created']);
  });

  test('errors for all its subscribers of the first rendering', () => {
    renderOnServer({ status: 404 });
    const status$ = watch();
    // as with toSignal and the async pipe in one component
    expect(eventsOf(status$)).toHaveLength(1);
    expect(eventsOf(status$)).toEqual(eventsOf(status$));
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('polls after a retry that does not wait', () => {
    renderOnServer({ status: 404 });
    const events = eventsOf(watch().pipe(retry()));
    answer('task_1', 'created');
    expect(events).toEqual(['created']);
  });

  test('leaves a transient failure of the server behind', () => {
    renderOnServer({ status: 503 });
    const events = eventsOf(watch());
    answer('task_1', 'created');
    expect(events).toEqual(['created']);
  });

  test('polls as usual if the server has no status', () => {
    renderOnServer('archiving', { unknownStatus: 'ignore' });
    const events = eventsOf(watch());
    answer('task_1', 'running');
    expect(events).toEqual(['running']);
  });
});
