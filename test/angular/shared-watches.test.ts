// @vitest-environment jsdom
import {
  answer,
  BASE,
  context,
  elapse,
  requestFor,
  requestsFor,
  STEADY,
  withFakeTime,
} from './test-bed.js';
import { HttpClient, HttpResponse, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import {
  provideZonelessChangeDetection,
  type EnvironmentProviders,
  type Provider,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NEVER, of, VirtualTimeScheduler } from 'rxjs';
import { browserUseV2, type TaskStatusOptions } from 'rxjs-task-status';
import {
  injectTaskPolls,
  injectTaskStatus,
  provideTaskStatus,
  taskStatusResource,
  type InjectedTaskStatus,
} from 'rxjs-task-status/angular';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { TaskPools } from '../../src/angular/task-pools.js';
import { beforeEach, describe, expect, test, vi } from 'vitest';

withFakeTime();

function configure(...providers: (Provider | EnvironmentProviders)[]): void {
  TestBed.configureTestingModule({
    providers: [
      provideZonelessChangeDetection(),
      provideHttpClient(),
      provideHttpClientTesting(),
      ...providers,
    ],
  });
}

function run<T>(create: () => T): T {
  return TestBed.runInInjectionContext(create);
}

/** The statuses of a task, so far. */
function statusesOf(watch$: InjectedTaskStatus, taskId: string, options?: TaskStatusOptions) {
  const statuses: string[] = [];
  const subscription = watch$(taskId, options).subscribe({
    next: (status) => statuses.push(status),
    error: () => statuses.push('error'),
    complete: () => statuses.push('complete'),
  });
  return { statuses, unsubscribe: () => subscription.unsubscribe() };
}

describe('the components of an application', () => {
  test('make one request per poll if they watch the same task', async () => {
    const api = fakeTaskApi({
      task_1: [
        ['created', 0],
        ['running', 1_500],
        ['finished', 4_500],
      ],
    });
    configure(provideTaskStatus({ ...STEADY, transport: api.transport }));
    const parent = context();
    const resources = [1, 2, 3].map(() => parent.run(() => taskStatusResource(() => 'task_1')));
    const stream = statusesOf(
      run(() => injectTaskStatus()),
      'task_1',
    );
    const attempts: number[] = [];
    run(() => injectTaskPolls())('task_1').subscribe(({ attempt }) => attempts.push(attempt));
    TestBed.tick();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(api.requests).toHaveLength(6);
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6]);
    expect(stream.statuses).toEqual(['created', 'running', 'finished', 'complete']);
    expect(resources.map((task) => task.value())).toEqual(['finished', 'finished', 'finished']);
  });

  test('show the latest status at once if they start later', () => {
    configure(provideTaskStatus(STEADY));
    const first = statusesOf(
      run(() => injectTaskStatus()),
      'task_1',
    );
    answer('task_1', 'running');
    const second = statusesOf(
      run(() => injectTaskStatus()),
      'task_1',
    );
    const task = run(() => taskStatusResource(() => 'task_1'));
    TestBed.tick();
    expect([first.statuses, second.statuses, task.value()]).toEqual([
      ['running'],
      ['running'],
      'running',
    ]);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('stop the watch with the last one of them', () => {
    configure(provideTaskStatus(STEADY));
    const parents = [context(), context()] as const;
    for (const parent of parents) parent.run(() => taskStatusResource(() => 'task_1'));
    TestBed.tick();
    const open = requestFor('task_1');
    parents[0].destroy();
    expect(open.cancelled).toBe(false);
    parents[1].destroy();
    expect(open.cancelled).toBe(true);
  });

  test('start the tasks of a long list without a burst', () => {
    configure(provideTaskStatus(STEADY));
    const http = TestBed.inject(HttpTestingController);
    for (let index = 0; index < 300; index++) {
      // as in a row of a list, each with its own options
      run(() => taskStatusResource(() => `task_${index}`, { retry: { maxRetries: index } }));
    }
    TestBed.tick();
    let answered = 0;
    while (answered < 300) {
      const open = http.match(() => true);
      expect(open).toHaveLength(answered === 0 ? 16 : open.length);
      expect(open.length).toBeLessThanOrEqual(16);
      for (const request of open) request.flush('"finished"');
      answered += open.length;
    }
    expect(answered).toBe(300);
  });

  test('have as many requests in flight as maxConcurrent says', () => {
    configure(provideTaskStatus({ ...STEADY, maxConcurrent: 2 }));
    const watch$ = run(() => injectTaskStatus());
    for (const taskId of ['a', 'b', 'c']) watch$(taskId).subscribe();
    expect([requestsFor('a').length, requestsFor('b').length, requestsFor('c').length]).toEqual([
      1, 1, 0,
    ]);
  });

  test('are paused together by a 429', () => {
    configure(provideTaskStatus(STEADY));
    const watch$ = run(() => injectTaskStatus());
    watch$('a').subscribe();
    requestFor('a').flush('', {
      status: 429,
      statusText: 'Too Many Requests',
      headers: { 'Retry-After': '7' },
    });
    run(() => injectTaskStatus())('b').subscribe();
    elapse(6_999);
    expect(requestsFor('b')).toHaveLength(0);
    elapse(1);
    expect([requestsFor('a').length, requestsFor('b').length]).toContain(1);
  });
});

describe('the same options', () => {
  let watch$: InjectedTaskStatus;
  const requests = (options: TaskStatusOptions, others: TaskStatusOptions): number => {
    watch$('task_1', options).subscribe();
    watch$('task_1', others).subscribe();
    return requestsFor('task_1').length;
  };

  beforeEach(() => {
    configure(provideTaskStatus(STEADY));
    watch$ = run(() => injectTaskStatus());
  });

  const delay = (): number => 1_000;
  const apiKey = (): string => 'bu_key';
  const headers = { 'X-Tenant': 'blue' };

  test.each<[string, TaskStatusOptions, TaskStatusOptions]>([
    [
      'equal fields',
      { backoff: { maxDelay: 9_000 }, headers },
      { backoff: { maxDelay: 9_000 }, headers: { ...headers } },
    ],
    ['a field that is undefined', { timeout: undefined }, {}],
    ['the same function', { backoff: { delay } }, { backoff: { delay } }],
    ['the same URL', { baseUrl: BASE }, { baseUrl: BASE }],
    ['another knownStatus', { knownStatus: 'created' }, {}],
  ])('share a watch: %s', (_, options, others) => {
    expect(requests(options, others)).toBe(1);
  });

  test.each<[string, TaskStatusOptions, TaskStatusOptions]>([
    ['another field', { backoff: { maxDelay: 9_000 } }, { backoff: { maxDelay: 8_000 } }],
    ['another field that is not an object', { timeout: 60_000 }, {}],
    ['another function', { backoff: { delay: () => 1 } }, { backoff: { delay: () => 1 } }],
    ['a function apiKey, which each runs in its own injector', { apiKey }, { apiKey }],
    ['another notifier', { pollNow: NEVER }, {}],
    ['a header more', { headers: { ...headers, 'X-More': '1' } }, { headers }],
    ['another scheduler', { scheduler: new VirtualTimeScheduler() }, {}],
  ])('other options have a separate watch: %s', (_, options, others) => {
    expect(requests(options, others)).toBe(2);
  });

  test('URLs are compared by their text', () => {
    const url = 'https://other.example.com/';
    const http = TestBed.inject(HttpTestingController);
    for (const baseUrl of [new URL(url), new URL(url), new URL('/v2', url), url]) {
      watch$('task_1', { baseUrl }).subscribe();
    }
    expect(http.match(() => true)).toHaveLength(2);
  });

  test('another API has a separate watch', () => {
    watch$('task_1').subscribe();
    watch$('task_1', { api: browserUseV2, baseUrl: undefined }).subscribe();
    expect(TestBed.inject(HttpTestingController).match(() => true)).toHaveLength(2);
  });

  test('a knownStatus concerns its subscriber alone', () => {
    const knowing = statusesOf(watch$, 'task_1', { knownStatus: 'running' });
    const other = statusesOf(watch$, 'task_1');
    answer('task_1', 'running');
    elapse(1_000);
    answer('task_1', 'paused');
    expect([knowing.statuses, other.statuses]).toEqual([['paused'], ['running', 'paused']]);
  });

  test('watches of one task with different options end independently', () => {
    const abort = new AbortController();
    const aborted = statusesOf(watch$, 'task_1', { signal: abort.signal });
    const other = statusesOf(watch$, 'task_1');
    abort.abort();
    for (const request of requestsFor('task_1')) {
      if (!request.cancelled) request.flush('"running"');
    }
    expect([aborted.statuses, other.statuses]).toEqual([['error'], ['running']]);
  });
});

describe('an injector', () => {
  test('with its own provideTaskStatus has its own options and pool', () => {
    configure(provideTaskStatus(STEADY));
    const route = context(provideTaskStatus({ ...STEADY, headers: { 'X-Who': 'route' } }));
    const inRoute = statusesOf(
      route.run(() => injectTaskStatus()),
      'task_1',
    );
    const inRoot = statusesOf(
      run(() => injectTaskStatus()),
      'task_1',
    );
    const open = requestsFor('task_1');
    expect(open.map(({ request }) => request.headers.get('x-who'))).toEqual(['route', null]);
    route.destroy();
    expect(open.map(({ cancelled }) => cancelled)).toEqual([true, false]);
    expect([inRoute.statuses, inRoot.statuses]).toEqual([['complete'], []]);
  });

  test('with its own HttpClient does not share the watches of another client', () => {
    configure(provideTaskStatus(STEADY));
    const request = vi.fn(() => of(new HttpResponse({ status: 200, body: '"paused"' })));
    const route = context({ provide: HttpClient, useValue: { request } });
    const inRoot = statusesOf(
      run(() => injectTaskStatus()),
      'task_1',
    );
    const inRoute = statusesOf(
      route.run(() => injectTaskStatus()),
      'task_1',
    );
    answer('task_1', 'running');
    expect(request).toHaveBeenCalledTimes(1);
    expect([inRoute.statuses, inRoot.statuses]).toEqual([['paused'], ['running']]);
  });
});

test('pools that are closed start no watch', () => {
  const { transport, requests } = fakeTaskApi({ task_1: [['running', 0]] });
  const pools = new TaskPools(() => ({}));
  pools.close();
  let completed = false;
  pools
    .polls$('task_1', {}, () => ({ transport }), NEVER)
    .subscribe({ complete: () => (completed = true) });
  expect([completed, requests]).toEqual([true, []]);
});

test('the end of the application aborts all requests, and later watches complete at once', () => {
  configure(provideTaskStatus(STEADY));
  const watch$ = run(() => injectTaskStatus());
  const before = statusesOf(watch$, 'task_1');
  const open = requestFor('task_1');
  TestBed.resetTestingModule();
  expect(open.cancelled).toBe(true);
  expect(before.statuses).toEqual(['complete']);
  expect(statusesOf(watch$, 'task_1').statuses).toEqual(['complete']);
  expect(vi.getTimerCount()).toBe(0);
});
