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
import { HttpContext, HttpContextToken, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import {
  PendingTasks,
  PLATFORM_ID,
  provideZonelessChangeDetection,
  type EnvironmentProviders,
  type Provider,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { of, Subject, take, VirtualTimeScheduler, type Observable } from 'rxjs';
import {
  defineTaskApi,
  TaskNotFoundError,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import {
  injectTaskStatus,
  provideTaskStatus,
  type AngularTaskStatusOptions,
  type InjectedTaskStatus,
} from 'rxjs-task-status/angular';
import { fakeTaskApi } from 'rxjs-task-status/testing';

withFakeTime();

const jobs = defineTaskApi({
  baseUrl: 'https://jobs.example.com',
  path: (id) => `/jobs/${id}`,
  authorization: (key) => ['X-Key', key],
  status: (json) => json,
  statuses: ['queued', 'done'],
  terminal: ['done'],
  successful: ['done'],
});

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

function inject<S extends string = TaskStatus>(
  options?: AngularTaskStatusOptions<S>,
): InjectedTaskStatus<S> {
  return TestBed.runInInjectionContext(() => injectTaskStatus(options));
}

/** The events of a stream, as text. */
function record(stream$: Observable<string>): string[] {
  const events: string[] = [];
  stream$.subscribe({
    next: (status) => events.push(status),
    error: (error: unknown) => events.push(`error: ${(error as Error).name}`),
    complete: () => events.push('complete'),
  });
  return events;
}

describe('injectTaskStatus', () => {
  test('watches over HttpClient with the provided options', () => {
    configure(provideTaskStatus({ ...STEADY, headers: { 'X-Tenant': 'blue' } }));
    const events = record(inject()('task_1'));
    expect(requestFor('task_1').request.headers.get('x-tenant')).toBe('blue');
    expect(events).toEqual([]);
  });

  test('emits, completes and errors as taskStatus$ does', () => {
    configure(provideTaskStatus(STEADY));
    const watch$ = inject();
    const ended = record(watch$('task_1'));
    const missing = record(watch$('task_2'));
    answer('task_1', 'created');
    elapse(1_000);
    answer('task_1', 'finished');
    requestFor('task_2').flush('{"detail": "Task not found"}', {
      status: 404,
      statusText: 'Not Found',
    });
    expect(ended).toEqual(['created', 'finished', 'complete']);
    expect(missing).toEqual(['error: TaskNotFoundError']);
  });

  test('is cold', () => {
    configure(provideTaskStatus(STEADY));
    const status$ = inject()('task_1');
    expect(requestsFor('task_1')).toHaveLength(0);
    record(status$);
    expect(requestsFor('task_1')).toHaveLength(1);
  });

  test('passes the context to the interceptors', () => {
    const TENANT = new HttpContextToken(() => 'none');
    configure(provideTaskStatus({ ...STEADY, context: new HttpContext().set(TENANT, 'blue') }));
    record(inject()('task_1'));
    record(inject()('task_2', { context: new HttpContext().set(TENANT, 'red') }));
    expect(requestFor('task_1').request.context.get(TENANT)).toBe('blue');
    expect(requestFor('task_2').request.context.get(TENANT)).toBe('red');
  });

  test('works without provideTaskStatus', () => {
    configure();
    record(inject()('task_1', STEADY));
    answer('task_1', 'finished');
  });

  test('does not use HttpClient if there is a transport', () => {
    const api = fakeTaskApi({ task_1: [['finished', 0]] });
    configure(provideTaskStatus({ transport: api.transport }));
    expect(record(inject()('task_1'))).toEqual(['finished', 'complete']);
    expect(api.requests).toHaveLength(1);
    TestBed.inject(HttpTestingController).verify();
  });

  test('needs no HttpClient if there is a transport or a fetch', async () => {
    const { transport, fetch } = fakeTaskApi({ task_1: [['finished', 0]] });
    for (const options of [{ transport }, { fetch }]) {
      TestBed.resetTestingModule();
      TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
      const events = record(inject(options)('task_1'));
      // lets the promises of fetch settle
      await vi.advanceTimersByTimeAsync(0);
      expect(events).toEqual(['finished', 'complete']);
    }
  });

  test('runs in virtual time', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi(
      {
        task_1: [
          ['created', 0],
          ['finished', 60_000],
        ],
      },
      { scheduler },
    );
    configure(provideTaskStatus({ transport: api.transport, scheduler }));
    const events = record(inject()('task_1'));
    scheduler.flush();
    expect(events).toEqual(['created', 'finished', 'complete']);
  });
});

describe('the end of the injection context', () => {
  test('completes the watch and cancels its request', () => {
    configure(provideTaskStatus(STEADY));
    const parent = context();
    const events = record(parent.run(() => injectTaskStatus())('task_1'));
    const request = requestFor('task_1');
    parent.destroy();
    expect(events).toEqual(['complete']);
    expect(request.cancelled).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('completes a watch between polls, and one that is started later, without a request', () => {
    configure(provideTaskStatus(STEADY));
    const parent = context();
    const watch$ = parent.run(() => injectTaskStatus());
    const waiting = record(watch$('task_1'));
    answer('task_1', 'running');
    parent.destroy();
    elapse(60_000);
    expect(waiting).toEqual(['running', 'complete']);
    expect(record(watch$('task_1'))).toEqual(['complete']);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('does not affect a watch of another context', () => {
    configure(provideTaskStatus(STEADY));
    const parent = context();
    parent.run(() => injectTaskStatus());
    const events = record(inject()('task_1'));
    parent.destroy();
    answer('task_1', 'finished');
    expect(events).toEqual(['finished', 'complete']);
  });

  test('has no effect after unsubscribing, which leaves no timer or listener', () => {
    configure(provideTaskStatus(STEADY));
    const pollNow$ = new Subject<void>();
    const status$ = inject()('task_1', { pollNow: pollNow$ });
    const statuses: string[] = [];
    status$.pipe(take(1)).subscribe((status) => statuses.push(status));
    answer('task_1', 'running');
    expect(statuses).toEqual(['running']);
    expect(vi.getTimerCount()).toBe(0);
    expect(pollNow$.observed).toBe(false);
  });
});

describe('overrides', () => {
  /** The header of the first request, and the delay after it. */
  function probe(
    provided: TaskStatusOptions,
    options: TaskStatusOptions | undefined,
    overrides: TaskStatusOptions | undefined,
  ): { header: string | null; delay: number } {
    configure(provideTaskStatus({ ...provided, baseUrl: BASE }));
    inject(options)('task_1', overrides).subscribe();
    const open = requestFor('task_1');
    const header = open.request.headers.get('x-who');
    open.flush('"running"');
    let delay = 0;
    while (requestsFor('task_1').length === 0) {
      elapse(100);
      delay += 100;
    }
    return { header, delay };
  }

  test('replace the provided options, and those of the call replace both', () => {
    const who = (name: string) => ({ headers: { 'X-Who': name }, backoff: { jitter: 0 } });
    expect(probe(who('provided'), undefined, undefined).header).toBe('provided');
    TestBed.resetTestingModule();
    expect(probe(who('provided'), who('injected'), undefined).header).toBe('injected');
    TestBed.resetTestingModule();
    expect(probe(who('provided'), who('injected'), who('called')).header).toBe('called');
  });

  test('change nothing if they are undefined', () => {
    const provided = { headers: { 'X-Who': 'provided' }, backoff: { jitter: 0 } };
    expect(probe(provided, { headers: undefined }, { backoff: undefined }).header).toBe('provided');
  });

  test('are merged field by field in backoff', () => {
    expect(
      probe(
        { backoff: { jitter: 0, initialDelay: 3_000 } },
        { backoff: { initialDelay: undefined } },
        { backoff: { maxDelay: 2_000 } },
      ).delay,
    ).toBe(2_000);
  });

  test('are merged field by field in retry; false means no retry', () => {
    configure(provideTaskStatus({ ...STEADY, retry: { jitter: 0, initialDelay: 4_000 } }));
    const watch$ = inject();
    record(watch$('task_1', { retry: { maxRetries: 1 } }));
    requestFor('task_1').error(new ProgressEvent('error'));
    elapse(3_999);
    expect(requestsFor('task_1')).toHaveLength(0);
    elapse(1);
    expect(requestsFor('task_1')).toHaveLength(1);

    const events = record(watch$('task_2', { retry: false }));
    requestFor('task_2').error(new ProgressEvent('error'));
    expect(events).toEqual(['error: NetworkError']);
  });

  test('can replace the transport by a fetch', async () => {
    const provided = fakeTaskApi({});
    const own = fakeTaskApi({ task_1: [['finished', 0]] });
    configure(provideTaskStatus({ transport: provided.transport }));
    const events = record(inject()('task_1', { fetch: own.fetch }));
    await vi.advanceTimersByTimeAsync(0);
    expect(events).toEqual(['finished', 'complete']);
    expect(provided.requests).toHaveLength(0);
  });
});

describe('misuse', () => {
  beforeEach(() => {
    configure(provideTaskStatus(STEADY));
  });

  test('throws in provideTaskStatus', () => {
    expect(() => provideTaskStatus({ timeout: -1 })).toThrow(RangeError);
    expect(() => provideTaskStatus({ ssr: 'always' as 'once' })).toThrow(
      new TypeError('ssr must be "once" or "never", got "always"'),
    );
    expect(() => provideTaskStatus('key' as never)).toThrow(TypeError);
  });

  test('throws in injectTaskStatus', () => {
    expect(() => inject({ backoff: { factor: 0 } })).toThrow('backoff.factor');
    expect(() => inject({ ssr: true as never })).toThrow(
      'ssr must be "once" or "never", got boolean',
    );
  });

  test('throws when a watch is created, before subscribe', () => {
    const watch$ = inject();
    expect(() => watch$('')).toThrow(TypeError);
    expect(() => watch$('task_1', { requestTimeout: 0 })).toThrow(RangeError);
    expect(() => watch$('task_1', { fetch, transport: () => of() })).toThrow(TypeError);
  });

  test('the error for mergeMap(watch$) shows the fix', () => {
    expect(() => inject()('task_1', 0 as never)).toThrow(
      new TypeError(
        'overrides must be a plain object, got 0; as a callback write (id) => watch$(id)',
      ),
    );
  });
});

describe('on the server', () => {
  function onServer(options: AngularTaskStatusOptions = {}): InjectedTaskStatus {
    configure(
      { provide: PLATFORM_ID, useValue: 'server' },
      provideTaskStatus({ ...STEADY, ...options }),
    );
    return inject();
  }

  test.each([undefined, 'never'] as const)(
    'with ssr %s it makes no request, and only the end of its context completes it',
    (ssr) => {
      configure(
        { provide: PLATFORM_ID, useValue: 'server' },
        provideTaskStatus({ ...STEADY, ssr }),
      );
      const add = vi.spyOn(TestBed.inject(PendingTasks), 'add');
      const parent = context();
      const events = record(parent.run(() => injectTaskStatus())('task_1'));
      elapse(60_000);
      expect(events).toEqual([]);
      expect(requestsFor('task_1')).toHaveLength(0);
      expect(add).not.toHaveBeenCalled();
      parent.destroy();
      expect(events).toEqual(['complete']);
    },
  );

  test('with ssr: never, misuse still throws', () => {
    expect(() => onServer()('')).toThrow(TypeError);
  });

  test('with ssr once it makes one request and completes', () => {
    const events = record(onServer({ ssr: 'once' })('task_1'));
    answer('task_1', 'running');
    expect(events).toEqual(['running', 'complete']);
    elapse(60_000);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('with ssr once all subscribers get the status of one request, also later ones', () => {
    const watch$ = onServer({ ssr: 'once' });
    const seen = [record(watch$('task_1')), record(watch$('task_1'))];
    answer('task_1', 'running');
    seen.push(record(watch$('task_1')));
    expect(seen).toEqual([1, 2, 3].map(() => ['running', 'complete']));
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('with ssr once it reports a terminal status and a permanent failure', () => {
    const watch$ = onServer({ ssr: 'once' });
    const ended = record(watch$('task_1'));
    const missing = record(watch$('task_2'));
    answer('task_1', 'finished');
    requestFor('task_2').flush('', { status: 404, statusText: 'Not Found' });
    expect(ended).toEqual(['finished', 'complete']);
    expect(missing).toEqual([`error: ${TaskNotFoundError.name}`]);
  });

  test('with ssr once it does not retry: a transient failure is its error', () => {
    const events = record(onServer({ ssr: 'once' })('task_1'));
    requestFor('task_1').flush('', { status: 503, statusText: 'Service Unavailable' });
    expect(events).toEqual(['error: HttpStatusError']);
    elapse(60_000);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('with ssr once an exception of apiKey is its error', () => {
    const apiKey = (): string => {
      throw new RangeError('no key');
    };
    expect(record(onServer({ ssr: 'once', apiKey })('task_1'))).toEqual(['error: RangeError']);
  });

  test.each([
    ['an unknown status', { unknownStatus: 'ignore' }, '"archiving"', 200],
    ['a task that is not visible yet', { notFoundGrace: 60_000 }, '', 404],
  ] as const)('with ssr once %s is neither a status nor an end', (_, options, body, status) => {
    const events = record(onServer({ ssr: 'once', ...options })('task_1'));
    requestFor('task_1').flush(body, { status, statusText: 'as given' });
    elapse(60_000);
    expect(events).toEqual([]);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test('with ssr once a paused watch makes no request and does not delay the response', () => {
    const watch$ = onServer({ ssr: 'once' });
    const release = vi.fn();
    vi.spyOn(TestBed.inject(PendingTasks), 'add').mockReturnValue(release);
    const events = record(watch$('task_1', { pauseWhile: of(true) }));
    expect(events).toEqual([]);
    expect(release).toHaveBeenCalledTimes(1);
    expect(requestsFor('task_1')).toHaveLength(0);
  });

  test.each([
    [undefined, 3_000],
    [500, 500],
  ])('with ssr once the response is bounded by requestTimeout (%s)', (requestTimeout, limit) => {
    const events = record(onServer({ ssr: 'once', requestTimeout })('task_1'));
    elapse(limit - 1);
    expect(events).toEqual([]);
    elapse(1);
    expect(events).toEqual(['error: RequestTimeoutError']);
    expect(requestFor('task_1').cancelled).toBe(true);
  });

  test('with ssr once the response is bounded for more tasks than can be polled at once', () => {
    configure(
      { provide: PLATFORM_ID, useValue: 'server' },
      provideTaskStatus({ ...STEADY, ssr: 'once', maxConcurrent: 1 }),
    );
    const watch$ = inject();
    const seen = ['a', 'b', 'c'].map((taskId) => record(watch$(taskId)));
    elapse(6_000);
    for (const events of seen) expect(events).toEqual([expect.stringMatching(/^error: .*Timeout/)]);
  });

  test('with ssr once the response waits for it, also while the key is resolved', async () => {
    const watch$ = onServer({ ssr: 'once' });
    const rendering = TestBed.inject(PendingTasks);
    const release = vi.fn();
    const add = vi.spyOn(rendering, 'add').mockReturnValue(release);
    record(watch$('task_1', { apiKey: () => Promise.resolve('bu_key') }));
    expect(add).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(0);
    const request = requestFor('task_1');
    expect(release).not.toHaveBeenCalled();
    request.flush('"running"');
    expect(release).toHaveBeenCalledTimes(1);
  });

  test('with ssr once unsubscribing ends the delay of the response', () => {
    const watch$ = onServer({ ssr: 'once' });
    const release = vi.fn();
    vi.spyOn(TestBed.inject(PendingTasks), 'add').mockReturnValue(release);
    watch$('task_1').subscribe().unsubscribe();
    expect(release).toHaveBeenCalledTimes(1);
    expect(requestFor('task_1').cancelled).toBe(true);
  });
});

test('the API types the statuses', () => {
  configure();
  expectTypeOf(inject()('task_1')).toEqualTypeOf<Observable<TaskStatus>>();
  expectTypeOf(inject({ api: jobs })('job')).toEqualTypeOf<Observable<'queued' | 'done'>>();
  expectTypeOf(inject()('job', { api: jobs })).toEqualTypeOf<Observable<'queued' | 'done'>>();
  expectTypeOf(provideTaskStatus({ api: jobs, knownStatus: 'queued' })).not.toBeAny();
  // @ts-expect-error: not a status of this API
  expect(() => provideTaskStatus({ api: jobs, knownStatus: 'running' })).toThrow(TypeError);
});

test('a custom API has its own URL, key header and statuses', () => {
  configure();
  const watch$ = inject({ api: jobs, ...STEADY, baseUrl: undefined, apiKey: 'job_key' });
  const requestOf = (id: string) =>
    TestBed.inject(HttpTestingController).expectOne(`https://jobs.example.com/jobs/${id}`);
  const done = record(watch$('a'));
  const unknown = record(watch$('b'));
  const request = requestOf('a');
  expect(request.request.headers.get('x-key')).toBe('job_key');
  request.flush('"queued"');
  elapse(1_000);
  requestOf('a').flush('"done"');
  requestOf('b').flush('"running"');
  expect(done).toEqual(['queued', 'done', 'complete']);
  expect(unknown).toEqual(['error: UnexpectedResponseError']);
});
