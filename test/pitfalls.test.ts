import { VirtualTimeScheduler, type Subscription } from 'rxjs';
import { fakeTaskApi, type FakeAnswer, type FakeTaskApiOptions } from 'rxjs-task-status/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  browserUseV1,
  browserUseV2,
  browserUseV4,
  isTaskStatusError,
  taskPolls$,
  taskStatus$,
  whileHidden,
  whileOffline,
  type FetchInit,
  type FetchLike,
  type StatusTransport,
  type TaskStatus,
  type TaskStatusOptions,
} from '../src/index.js';
import { scriptedApi } from './support/scripted-api.js';

// Bugs of other pollers that no test of a law or a module covers. test/README.md lists them all with
// their tests.

const EXACT: TaskStatusOptions = { backoff: { jitter: 0 }, retry: { jitter: 0 } };

class StepScheduler extends VirtualTimeScheduler {
  /** Runs all actions up to this time. */
  advance(until: number): void {
    this.maxFrames = until;
    this.flush();
    this.frame = until;
  }

  get pending(): number {
    return this.actions.length;
  }
}

/** A server in virtual time with an answer for each request, and the last one for all others. */
class Server {
  readonly scheduler = new StepScheduler();
  readonly #api;

  constructor(answers: readonly (TaskStatus | FakeAnswer)[], options?: FakeTaskApiOptions) {
    this.#api = scriptedApi({ task_1: answers }, { scheduler: this.scheduler, ...options });
  }

  /** The times of the requests. */
  get requests(): number[] {
    return this.#api.requests.map(({ at }) => at);
  }

  /** Watches a task and records its statuses and its end. */
  watch(options: TaskStatusOptions = {}): { events: unknown[]; subscription: Subscription } {
    const { scheduler } = this;
    const { transport } = this.#api;
    const events: unknown[] = [];
    const subscription = taskStatus$('task_1', {
      ...EXACT,
      ...options,
      transport,
      scheduler,
    }).subscribe({
      next: (status) => events.push(status),
      error: (error: unknown) => events.push(isTaskStatusError(error) ? error.name : error),
      complete: () => events.push('complete'),
    });
    return { events, subscription };
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test('pitfall 2: every terminal status of each API ends the stream, and no other status does', () => {
  for (const api of [browserUseV1, browserUseV2, browserUseV4]) {
    for (const status of api.statuses) {
      const seen: string[] = [];
      const scheduler = new VirtualTimeScheduler(undefined, 60_000);
      const { transport } = fakeTaskApi<string>({ task_1: [[status, 0]] }, { api, scheduler });
      taskStatus$<string>('task_1', { api, transport, scheduler }).subscribe({
        next: (word) => seen.push(word),
        complete: () => seen.push('complete'),
      });
      scheduler.flush();
      expect(seen).toEqual(
        api.terminal.includes(status as never) ? [status, 'complete'] : [status],
      );
    }
  }
  expect(browserUseV2.terminal).toContain('failed');
  expect(browserUseV4.terminal).toContain('cancelled');
});

test('pitfall 5: doubling a delay many times does not overflow', () => {
  const server = new Server([{ status: 503 }]);
  server.watch({ retry: { maxRetries: 2_000, initialDelay: 300, maxDelay: 30_000, jitter: 0 } });
  server.scheduler.advance(Infinity);
  const delays = server.requests
    .map((at, index) => at - (server.requests[index - 1] ?? 0))
    .slice(1);
  expect(delays).toHaveLength(2_000);
  expect(delays.slice(0, 6)).toEqual([300, 1_000, 1_200, 2_400, 4_800, 9_600]);
  expect(new Set(delays.slice(7))).toEqual(new Set([30_000]));
});

test.each(['9999999999', 'Sun, 06 Nov 2094 08:49:42 GMT', '1'.repeat(400)])(
  'pitfall 6: Retry-After: %s is capped after a good answer, and ends the watch after a failure',
  (value) => {
    const secondRequest = (status: number): number | undefined => {
      const headers = { 'retry-after': value, date: 'Sun, 06 Nov 1994 08:49:37 GMT' };
      const server = new Server([{ status, body: '"running"', headers }, 'finished']);
      server.watch({ retry: { jitter: 0, maxRetryAfter: 100_000 } });
      server.scheduler.advance(Infinity);
      return server.requests[1];
    };
    expect(secondRequest(200)).toBe(100_000);
    expect(secondRequest(429)).toBeUndefined();
    expect(secondRequest(503)).toBeUndefined();
  },
);

describe('pitfall 8: unsubscribing aborts the request, also while its body is read', () => {
  test.each(['before the headers', 'in the body'])('%s', async (when) => {
    const body = new ReadableStream<Uint8Array>();
    const signals: FetchInit['signal'][] = [];
    const fetch: FetchLike = (_, { signal }) => {
      signals.push(signal);
      const response = { status: 200, headers: { get: () => null }, body, text: vi.fn() };
      return when === 'in the body' ? Promise.resolve(response) : new Promise(() => undefined);
    };
    const subscription = taskStatus$('task_1', { fetch }).subscribe();
    await new Promise((resolve) => setImmediate(resolve));
    expect(body.locked).toBe(when === 'in the body');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    subscription.unsubscribe();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

test('pitfall 9: with an aborted signal there is no request, and apiKey is not called', () => {
  const server = new Server(['running']);
  const apiKey = vi.fn(() => 'key');
  const { events } = server.watch({
    signal: AbortSignal.abort('too late'),
    apiKey,
    timeout: 1_000,
  });
  expect(events).toEqual(['too late']);
  expect(apiKey).not.toHaveBeenCalled();
  expect([server.requests, server.scheduler.pending]).toEqual([[], 0]);
});

test('pitfall 17: unsubscribing of a second subscriber does not affect the first', () => {
  const server = new Server(['running'], { latency: 400 });
  const first = server.watch();
  const second = server.watch();
  server.scheduler.advance(200);
  second.subscription.unsubscribe();
  // an answer and its timeout
  expect(server.scheduler.pending).toBe(2);
  server.scheduler.advance(1_500);
  expect([first.events, second.events]).toEqual([['running'], []]);
  expect(server.requests).toEqual([0, 0, 1_400]);
});

test('pitfall 19: nothing is called before subscribe, and there is no unhandled rejection', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const apiKey = vi.fn(() => Promise.reject(new Error('no key')));
    const transport = vi.fn<StatusTransport>(() => Promise.reject(new Error('no net')));
    const fetch = vi.fn<FetchLike>(() => Promise.reject(new Error('no net')));
    for (const options of [{ apiKey }, { transport }, { fetch }]) {
      const status$ = taskStatus$('task_1', options);
      const polls$ = taskPolls$('task_1', options);
      for (const called of [apiKey, transport, fetch]) expect(called).not.toHaveBeenCalled();
      status$.subscribe({ error: vi.fn() }).unsubscribe();
      polls$.subscribe({ error: vi.fn() }).unsubscribe();
      apiKey.mockClear();
      transport.mockClear();
      fetch.mockClear();
    }
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});

test('pitfall 22: it runs without a document', () => {
  expect(typeof document).toBe('undefined');
  const events: unknown[] = [];
  for (const paused$ of [whileHidden(), whileOffline()]) {
    paused$.subscribe({
      next: (paused) => events.push(paused),
      complete: () => events.push('complete'),
    });
  }
  expect(events).toEqual([false, 'complete', false, 'complete']);
  const server = new Server(['finished']);
  expect(server.watch({ pauseWhile: whileHidden() }).events).toEqual(['finished', 'complete']);
});

test('pitfall 23: when the page is visible again, it polls at once and only once', () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', page);
  const server = new Server(['running']);
  const { subscription } = server.watch({ pauseWhile: whileHidden() });
  const show = (visibilityState: string): void => {
    page.visibilityState = visibilityState;
    page.dispatchEvent(new Event('visibilitychange'));
  };
  server.scheduler.advance(1_200);
  show('hidden');
  server.scheduler.advance(60_000);
  expect(server.requests).toEqual([0, 1_000]);
  show('visible');
  show('visible');
  expect(server.requests).toEqual([0, 1_000, 60_000]);
  // and the backoff restarts
  server.scheduler.advance(62_500);
  expect(server.requests).toEqual([0, 1_000, 60_000, 61_000, 62_500]);
  subscription.unsubscribe();
  show('hidden');
  show('visible');
  expect(server.requests).toHaveLength(5);
});

describe('pitfall 29: the task id is one segment of the path', () => {
  test.each([
    ['a/b', 'a%2Fb'],
    ['../tasks', '..%2Ftasks'],
    ['a?b#c', 'a%3Fb%23c'],
    ['%2e%2e', '%252e%252e'],
    ['...', '...'],
  ])('%j', (taskId, encoded) => {
    const { transport, requests } = fakeTaskApi({ [taskId]: [['finished', 0]] });
    taskStatus$(taskId, { transport }).subscribe();
    const urls = requests.map(({ url }) => url);
    expect(urls).toEqual([`https://api.browser-use.com/api/v1/task/${encoded}/status`]);
    expect(new URL(urls[0] ?? '').href).toBe(urls[0]);
  });

  test.each(['', '.', '..'])('%j is refused before any request', (taskId) => {
    expect(() => taskStatus$(taskId)).toThrow(TypeError);
  });
});
