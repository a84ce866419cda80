import { getEventListeners } from 'node:events';
import {
  config,
  Observable,
  of,
  take,
  VirtualTimeScheduler,
  type SchedulerAction,
  type Subscription,
} from 'rxjs';
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
  type FetchResponse,
  type StatusResponse,
  type StatusTransport,
  type TaskStatus,
  type TaskStatusOptions,
} from '../src/index.js';

// Bugs of pollers and waiters that people use, under the numbers that they have there.

const LONGEST = 2_147_483_647;
const EXACT: TaskStatusOptions = { backoff: { jitter: 0 }, retry: { jitter: 0 } };

/** A word, or an answer as a server gives it; `after` ms, or never. */
type Answer =
  | string
  | {
      readonly status?: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly after?: number;
    };

class WatchedScheduler extends VirtualTimeScheduler {
  readonly delays: number[] = [];

  override schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delay = 0,
    state?: T,
  ): Subscription {
    this.delays.push(delay);
    return super.schedule(work, delay, state);
  }

  /** Lets time pass up to this moment. */
  advance(until: number): void {
    this.maxFrames = until;
    this.flush();
    this.frame = until;
  }

  get pending(): number {
    return this.actions.length;
  }
}

function respond({
  status = 200,
  body = '',
  headers = {},
}: Exclude<Answer, string>): StatusResponse {
  return { status, body, headers: { get: (name) => headers[name] ?? null } };
}

/** A server in virtual time: answers in the order of the requests, the last one for ever. */
class Server {
  readonly scheduler = new WatchedScheduler();
  /** When each request left. */
  readonly requests: number[] = [];
  /** How many answers are being waited for. */
  open = 0;

  constructor(private readonly answers: readonly Answer[]) {}

  readonly transport: StatusTransport = () =>
    new Observable((subscriber) => {
      const { scheduler, requests, answers } = this;
      const answer = answers[Math.min(requests.push(scheduler.now()), answers.length) - 1] ?? '';
      const given = typeof answer === 'string' ? { body: JSON.stringify(answer) } : answer;
      const { after = 0 } = given;
      this.open += 1;
      subscriber.add(() => (this.open -= 1));
      if (after === 0) subscriber.next(respond(given));
      else if (after < Infinity) {
        subscriber.add(scheduler.schedule(() => subscriber.next(respond(given)), after));
      }
    });

  /** Watches a task, and takes down what comes: statuses, then how it ended. */
  watch(options: TaskStatusOptions = {}): { told: unknown[]; subscription: Subscription } {
    const { transport, scheduler } = this;
    const told: unknown[] = [];
    const subscription = taskStatus$('task_1', {
      ...EXACT,
      ...options,
      transport,
      scheduler,
    }).subscribe({
      next: (status) => told.push(status),
      error: (error: unknown) => told.push(isTaskStatusError(error) ? error.name : error),
      complete: () => told.push('complete'),
    });
    return { told, subscription };
  }

  /** Nothing is left behind. */
  get idle(): boolean {
    return this.open === 0 && this.scheduler.pending === 0;
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
  config.onUnhandledError = null;
});

describe('pitfall #1: an unknown status does not make a poller run wild', () => {
  test('polled past, it keeps to the backoff', () => {
    const server = new Server(['archiving']);
    server.watch({ unknownStatus: 'ignore' });
    server.scheduler.advance(20_000);
    expect(server.requests).toEqual([0, 1_000, 2_500, 4_750, 8_125, 13_125, 18_125]);
  });

  test('as an error, it is asked for once', () => {
    const server = new Server(['archiving']);
    const { told } = server.watch();
    server.scheduler.advance(20_000);
    expect([told, server.requests]).toEqual([['UnexpectedResponseError'], [0]]);
  });
});

test('pitfall #2: every documented terminal status ends the stream, and no other does', () => {
  for (const api of [browserUseV1, browserUseV2, browserUseV4]) {
    for (const status of api.statuses) {
      const seen: string[] = [];
      const scheduler = new VirtualTimeScheduler(undefined, 60_000);
      const body = JSON.stringify(api === browserUseV1 ? status : { status });
      taskStatus$<string>('task_1', {
        api,
        scheduler,
        transport: () => of(respond({ body })),
      }).subscribe({ next: (word) => seen.push(word), complete: () => seen.push('complete') });
      scheduler.flush();
      expect(seen).toEqual(
        api.terminal.includes(status as never) ? [status, 'complete'] : [status],
      );
    }
  }
  expect(browserUseV2.terminal).toContain('failed');
  expect(browserUseV4.terminal).toContain('cancelled');
});

test.each(['unfinished', 'finished ', 'FINISHED', 'not_finished', 'finish', 'finished,failed', ''])(
  'pitfall #3: %j is no status, however much it resembles one',
  (word) => {
    const strict = new Server([word]);
    expect(strict.watch().told).toEqual(['UnexpectedResponseError']);

    const lenient = new Server([word]);
    const { told } = lenient.watch({ unknownStatus: 'ignore' });
    lenient.scheduler.advance(60_000);
    expect(told).toEqual([]);
  },
);

describe('pitfall #4: no delay fires early because a timer cannot hold it', () => {
  const odd = [2 ** 31, Infinity, NaN, -1, -Infinity];

  test.each(odd)('%d is refused as an option', (ms) => {
    for (const field of ['initialDelay', 'maxDelay'] as const) {
      expect(() => taskStatus$('task_1', { backoff: { [field]: ms } })).toThrow(RangeError);
      expect(() => taskStatus$('task_1', { retry: { [field]: ms } })).toThrow(RangeError);
    }
    expect(() => taskStatus$('task_1', { retry: { maxRetryAfter: ms } })).toThrow(RangeError);
    for (const option of ['timeout', 'requestTimeout', 'notFoundGrace'] as const) {
      const make = (): unknown => taskStatus$('task_1', { [option]: ms });
      if (ms === Infinity) expect(make).not.toThrow();
      else expect(make).toThrow(RangeError);
    }
  });

  test.each([
    [2 ** 31, 7_000],
    [Infinity, 7_000],
    [NaN, 7_000],
    [-1, 1],
    [-Infinity, 1],
  ])('a backoff.delay of %d becomes a wait that can be', (ms, waited) => {
    const server = new Server(['running']);
    server.watch({ backoff: { jitter: 0, maxDelay: 7_000, delay: () => ms } });
    server.scheduler.advance(7_000);
    expect(server.requests.slice(0, 2)).toEqual([0, waited]);
  });

  test('the longest waits that can be asked for are held in one timer', () => {
    const longest = { initialDelay: LONGEST, maxDelay: LONGEST, jitter: 0 };
    const server = new Server([
      { headers: { 'retry-after': '9999999999' }, body: '"running"' },
      { status: 429, headers: { 'retry-after': '2147483' } },
      'finished',
    ]);
    server.watch({
      backoff: longest,
      retry: { ...longest, maxRetryAfter: LONGEST },
      timeout: Infinity,
      requestTimeout: Infinity,
    });
    server.scheduler.advance(Infinity);
    expect(server.requests).toEqual([0, LONGEST, 2 * LONGEST]);
    expect(server.scheduler.delays.filter((delay) => !(delay >= 0 && delay <= LONGEST))).toEqual(
      [],
    );
  });
});

test('pitfall #5: doubling a wait many times does not overflow', () => {
  const server = new Server([{ status: 503 }]);
  server.watch({ retry: { maxRetries: 2_000, initialDelay: 300, maxDelay: 30_000, jitter: 0 } });
  server.scheduler.advance(Infinity);
  const waits = server.requests.map((at, index) => at - (server.requests[index - 1] ?? 0)).slice(1);
  expect(waits).toHaveLength(2_000);
  expect(waits.slice(0, 6)).toEqual([300, 1_000, 1_200, 2_400, 4_800, 9_600]);
  expect(new Set(waits.slice(7))).toEqual(new Set([30_000]));
});

describe('pitfall #6: Retry-After is read, on any answer', () => {
  const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';

  /** The wait that an answer with these headers brings: of its own it would be 1 ms. */
  function waitAfter(headers: Record<string, string>, status: number): number | undefined {
    const server = new Server([{ status, body: '"running"', headers }, 'finished']);
    server.watch({
      backoff: { initialDelay: 1, jitter: 0 },
      retry: { initialDelay: 1, jitter: 0, maxRetryAfter: 100_000 },
    });
    server.scheduler.advance(Infinity);
    return server.requests[1];
  }

  test.each<[value: string, waited: number]>([
    ['5', 5_000],
    ['0', 1],
    ['007', 7_000],
    ['-1', 1],
    ['1.5', 1],
    ['', 1],
    ['abc', 1],
    ['5, 10', 1],
    ['1e3', 1],
    ['0x10', 1],
    ['Infinity', 1],
    ['Sun, 06 Nov 1994 08:49:42 GMT', 5_000],
    ['Sunday, 06-Nov-94 08:49:42 GMT', 5_000],
    ['Sun Nov  6 08:49:42 1994', 5_000],
    ['Sun, 06 Nov 1994 08:49:30 GMT', 1],
    ['Sun, 06 Nov 1994 08:49:42 CET', 1],
    ['1994-11-06T08:49:42Z', 1],
  ])('%j', (value, waited) => {
    const headers = { 'retry-after': value, date: DATE };
    expect([200, 429, 503].map((status) => waitAfter(headers, status))).toEqual([
      waited,
      waited,
      waited,
    ]);
  });

  test.each(['9999999999', 'Sun, 06 Nov 2094 08:49:42 GMT', '1'.repeat(400)])(
    'more than maxRetryAfter (%j) is held on a good answer, and ends the watch on a bad one',
    (value) => {
      const headers = { 'retry-after': value, date: DATE };
      expect(waitAfter(headers, 200)).toBe(100_000);
      expect(waitAfter(headers, 429)).toBeUndefined();
      expect(waitAfter(headers, 503)).toBeUndefined();
    },
  );
});

test('pitfall #7: an abort in a wait ends it now, and sends nothing more', () => {
  const server = new Server(['running']);
  const controller = new AbortController();
  const { told } = server.watch({ signal: controller.signal, timeout: 60_000 });
  server.scheduler.advance(500);
  controller.abort('enough');
  expect(told).toEqual(['running', 'enough']);
  expect(server.idle).toBe(true);
  server.scheduler.advance(60_000);
  expect(server.requests).toEqual([0]);
});

describe('pitfall #8: an abort cancels the request, its body too', () => {
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

test('pitfall #9: with a signal that is aborted already, nothing is asked', () => {
  const server = new Server(['running']);
  const apiKey = vi.fn(() => 'key');
  const { told } = server.watch({ signal: AbortSignal.abort('too late'), apiKey, timeout: 1_000 });
  expect(told).toEqual(['too late']);
  expect(apiKey).not.toHaveBeenCalled();
  expect([server.requests, server.idle]).toEqual([[], true]);
});

describe('pitfall #10: a live watch has one listener on its signal, and none after its end', () => {
  const many = Array.from({ length: 40 }, () => 'running');

  test.each<[end: string, answers: readonly Answer[]]>([
    ['an error', [...many, { status: 404 }]],
    ['completion', [...many, 'finished']],
    ['unsubscribing', many],
  ])('ended by %s', (_, answers) => {
    const server = new Server(answers);
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    const { subscription } = server.watch({ signal });
    for (let until = 0; until < 150_000; until += 10_000) {
      server.scheduler.advance(until);
      expect(listeners()).toBe(1);
    }
    expect(server.requests.length).toBeGreaterThan(30);
    server.scheduler.advance(300_000);
    subscription.unsubscribe();
    expect(listeners()).toBe(0);
  });
});

test('pitfall #11: a request that hangs is ended by its own limit, and by that of the watch', () => {
  const hanging = { after: Infinity };
  const once = new Server([hanging, 'finished']);
  expect(once.watch({ requestTimeout: 3_000 }).told).toEqual([]);
  once.scheduler.advance(60_000);
  expect(once.requests).toEqual([0, 3_500]);

  const always = new Server([hanging]);
  const { told } = always.watch({ requestTimeout: Infinity, timeout: 10_000 });
  always.scheduler.advance(39_999);
  expect(told).toEqual([]);
  always.scheduler.advance(40_000);
  expect([told, always.idle]).toEqual([['TaskTimeoutError'], true]);
});

describe('pitfall #13: a terminal status at the deadline is delivered', () => {
  test('seen by a last look', () => {
    const server = new Server(['running', 'finished']);
    const { told } = server.watch({ timeout: 900 });
    server.scheduler.advance(900);
    expect([told, server.requests]).toEqual([
      ['running', 'finished', 'complete'],
      [0, 900],
    ]);
  });

  test('in an answer that is on its way', () => {
    const server = new Server([{ body: '"finished"', after: 2_000 }]);
    const { told } = server.watch({ timeout: 900 });
    server.scheduler.advance(2_000);
    expect([told, server.requests]).toEqual([['finished', 'complete'], [0]]);
  });
});

test('pitfall #14: two subscriptions of one observable know nothing of each other', () => {
  const scheduler = new WatchedScheduler();
  const requests: number[] = [];
  const status$ = taskStatus$('task_1', {
    ...EXACT,
    scheduler,
    transport: () => {
      requests.push(scheduler.now());
      return of(respond({ body: '"running"' }));
    },
  });
  const first: TaskStatus[] = [];
  const second: TaskStatus[] = [];
  status$.subscribe((status) => first.push(status));
  scheduler.advance(3_000);
  status$.subscribe((status) => second.push(status));
  scheduler.advance(6_000);
  expect([first, second]).toEqual([['running'], ['running']]);
  // the second begins its backoff at its own beginning
  expect(requests).toEqual([0, 1_000, 2_500, 3_000, 4_000, 4_750, 5_500]);
});

test('pitfall #15: subscribing and unsubscribing quickly leaves one loop', () => {
  const server = new Server(['running']);
  for (let flip = 0; flip < 5; flip++) server.watch().subscription.unsubscribe();
  server.watch();
  server.scheduler.advance(1_000);
  expect(server.requests).toEqual([0, 0, 0, 0, 0, 0, 1_000]);
  expect(server.open).toBe(0);
});

test("pitfall #17: a second consumer's leaving works, and leaves the first alone", () => {
  const server = new Server([{ body: '"running"', after: 400 }]);
  const first = server.watch();
  const second = server.watch();
  server.scheduler.advance(200);
  second.subscription.unsubscribe();
  expect(server.open).toBe(1);
  server.scheduler.advance(1_500);
  expect([first.told, second.told]).toEqual([['running'], []]);
  expect(server.requests).toEqual([0, 0, 1_400]);
});

test.each([404, 401, 403, 422])('pitfall #18: %d is asked for once', (status) => {
  const server = new Server([{ status }]);
  const { told } = server.watch();
  server.scheduler.advance(Infinity);
  expect([told.length, server.requests, server.idle]).toEqual([1, [0], true]);
});

test('pitfall #19: nothing happens before a subscription, and nothing is rejected unheard', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const apiKey = vi.fn(() => Promise.reject(new Error('no key')));
    const transport = vi.fn<StatusTransport>(() => Promise.reject(new Error('no net')));
    const fetch = vi.fn<FetchLike>(() => Promise.reject(new Error('no net')));
    for (const options of [{ apiKey }, { transport }, { fetch }]) {
      const status$ = taskStatus$('task_1', options);
      const polls$ = taskPolls$('task_1', options);
      for (const ask of [apiKey, transport, fetch]) expect(ask).not.toHaveBeenCalled();
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

test('pitfall #20: answers at once and no delay, 100,000 times, do not overflow the stack', () => {
  const scheduler = new VirtualTimeScheduler();
  let polls = 0;
  const subscription = taskPolls$('task_1', {
    scheduler,
    backoff: { initialDelay: 0 },
    transport: () => of(respond({ body: '"running"' })),
  }).subscribe(() => {
    polls += 1;
    if (polls === 100_000) subscription.unsubscribe();
  });
  scheduler.flush();
  expect(polls).toBe(100_000);
  expect(scheduler.actions).toEqual([]);
});

test('pitfall #21: requests that are slower than the interval neither overlap nor starve', () => {
  const server = new Server([
    { body: '"created"', after: 10_000 },
    { body: '"running"', after: 10_000 },
    { body: '"finished"', after: 10_000 },
  ]);
  const { told } = server.watch();
  server.scheduler.advance(Infinity);
  expect(told).toEqual(['created', 'running', 'finished', 'complete']);
  expect(server.requests).toEqual([0, 11_000, 22_000]);
});

test('pitfall #22: it runs where there is no document', () => {
  expect(typeof document).toBe('undefined');
  const told: unknown[] = [];
  for (const held$ of [whileHidden(), whileOffline()]) {
    held$.subscribe({ next: (held) => told.push(held), complete: () => told.push('complete') });
  }
  expect(told).toEqual([false, 'complete', false, 'complete']);
  const server = new Server(['finished']);
  expect(server.watch({ pauseWhile: whileHidden() }).told).toEqual(['finished', 'complete']);
});

test('pitfall #23: when the page shows again it polls at once, once', () => {
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
  // and the backoff begins again
  server.scheduler.advance(62_500);
  expect(server.requests).toEqual([0, 1_000, 60_000, 61_000, 62_500]);
  subscription.unsubscribe();
  show('hidden');
  show('visible');
  expect(server.requests).toHaveLength(5);
});

test('pitfall #24: there is jitter at the cap too, and above what the server asks for', () => {
  const drawn = [0, 0.5, 1];
  const waits = (headers: Record<string, string>): number[] =>
    drawn.map((random) => {
      const server = new Server([{ body: '"running"', headers }]);
      const backoff = { initialDelay: 5_000, maxDelay: 5_000, jitter: 0.2, random: () => random };
      server.watch({ backoff });
      server.scheduler.advance(20_000);
      return server.requests[1] ?? 0;
    });
  expect(waits({})).toEqual([5_000, 4_500, 4_000]);
  expect(waits({ 'retry-after': '7' })).toEqual([8_000, 7_500, 7_000]);
});

test('pitfall #27: a request that is in flight when the watch times out starts nothing anew', () => {
  const server = new Server([{ body: '"running"', after: 5_000 }]);
  const { told } = server.watch({ timeout: 2_000 });
  server.scheduler.advance(5_000);
  expect(told).toEqual(['running', 'TaskTimeoutError']);
  expect(server.idle).toBe(true);
  server.scheduler.advance(Infinity);
  expect(server.requests).toEqual([0]);
});

describe('pitfall #29: the id is one step of the path', () => {
  test.each([
    ['a/b', 'a%2Fb'],
    ['../tasks', '..%2Ftasks'],
    ['a?b#c', 'a%3Fb%23c'],
    ['%2e%2e', '%252e%252e'],
    ['...', '...'],
  ])('%j', (taskId, encoded) => {
    const urls: string[] = [];
    const transport: StatusTransport = ({ url }) => {
      urls.push(url);
      return of(respond({ body: '"finished"' }));
    };
    taskStatus$(taskId, { transport }).subscribe();
    expect(urls).toEqual([`https://api.browser-use.com/api/v1/task/${encoded}/status`]);
    expect(new URL(urls[0] ?? '').href).toBe(urls[0]);
  });

  test.each(['', '.', '..'])('%j is refused before any request', (taskId) => {
    expect(() => taskStatus$(taskId)).toThrow(TypeError);
  });
});

describe('pitfall #30: an answer without a status is an error, and no poll without end', () => {
  test.each<[answer: string, Answer, name: string, requests: number]>([
    ['304', { status: 304 }, 'HttpStatusError', 1],
    ['204', { status: 204 }, 'UnexpectedResponseError', 1],
    ['no status', { body: '{"id": "task_1"}' }, 'UnexpectedResponseError', 1],
    ['a numeric status', { body: '200' }, 'UnexpectedResponseError', 1],
    ['HTML', { body: '<!doctype html>' }, 'UnexpectedResponseError', 4],
    ['an empty body', {}, 'UnexpectedResponseError', 4],
    ['a truncated body', { body: '"finis' }, 'UnexpectedResponseError', 4],
  ])('%s', (_, answer, name, requests) => {
    const server = new Server(['running', answer]);
    const { told } = server.watch({ retry: { maxRetries: 3 } });
    server.scheduler.advance(Infinity);
    expect([told, server.requests.length]).toEqual([['running', name], 1 + requests]);
  });
});

test('pitfall #31: no cached copy is asked for', () => {
  const fetch = vi.fn<FetchLike>(() => new Promise<FetchResponse>(() => undefined));
  taskStatus$('task_1', { fetch }).subscribe().unsubscribe();
  expect(fetch.mock.calls[0]?.[1]).toMatchObject({ method: 'GET', cache: 'no-store' });
});

describe('pitfall #32: the subscriber may do anything in its callbacks', () => {
  test.each([
    ['before subscribe has returned', 1, [0]],
    ['later', 2, [0, 1_000]],
  ])('unsubscribing inside next, %s, stops it', (_, count, requests) => {
    const server = new Server(['created', 'running', 'paused']);
    const { transport, scheduler } = server;
    const seen: string[] = [];
    taskStatus$('task_1', { ...EXACT, transport, scheduler })
      .pipe(take(count))
      .subscribe((status) => seen.push(status));
    scheduler.advance(Infinity);
    expect(seen).toHaveLength(count);
    expect([server.requests, server.idle]).toEqual([requests, true]);
  });

  test('a throw in next is reported, and the one watch goes on', () => {
    vi.useFakeTimers();
    try {
      const reported: unknown[] = [];
      config.onUnhandledError = (error) => reported.push(error);
      const server = new Server(['created', 'running', 'finished']);
      const { transport, scheduler } = server;
      const seen: string[] = [];
      taskStatus$('task_1', { ...EXACT, transport, scheduler }).subscribe((status) => {
        seen.push(status);
        throw new Error(`cannot take ${status}`);
      });
      scheduler.advance(Infinity);
      vi.runAllTimers();
      expect(seen).toEqual(['created', 'running', 'finished']);
      expect(server.requests).toEqual([0, 1_000, 2_000]);
      expect(reported.map(String)).toEqual(seen.map((status) => `Error: cannot take ${status}`));
    } finally {
      vi.useRealTimers();
    }
  });
});

// that a process exits is for a process to show: test/http/exit.test.ts
test.each<[end: string, answers: readonly Answer[], act: (subscription: Subscription) => void]>([
  ['unsubscribing in a wait', ['running'], (subscription) => subscription.unsubscribe()],
  ['unsubscribing in a request', [{ after: 5_000 }], (subscription) => subscription.unsubscribe()],
  ['completion', ['finished'], () => undefined],
  ['an error', [{ status: 404 }], () => undefined],
])('pitfall #33: no timer is left after %s', (_, answers, act) => {
  const server = new Server(answers);
  const { subscription } = server.watch({ timeout: 60_000 });
  server.scheduler.advance(100);
  act(subscription);
  expect(server.idle).toBe(true);
});
