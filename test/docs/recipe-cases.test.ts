import { createServer } from 'node:http';
import {
  EMPTY,
  first,
  lastValueFrom,
  NEVER,
  type Observable,
  of,
  Subject,
  throwError,
  toArray,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  isTerminal,
  type StatusRequest,
  type StatusResponse,
  taskPolls$,
  taskResult$,
  taskStatus$,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { describe, expect, test, vi } from 'vitest';
import { outputOf } from './embed.js';

const EXAMPLES = 'docs/examples/rxjs';
const HOUR = 3_600_000;

/** A recipe, without what its program prints. */
async function load<T>(name: string, importRecipe: () => Promise<T>): Promise<T> {
  await outputOf(`${EXAMPLES}/${name}.ts`);
  return importRecipe();
}

const { stopUnwatched$ } = await load(
  'stop-unwatched',
  () => import('../../docs/examples/rxjs/stop-unwatched.js'),
);
const { eventsOrPolls$ } = await load(
  'server-sent-events',
  () => import('../../docs/examples/rxjs/server-sent-events.js'),
);
const { pollOnWebhook$ } = await load(
  'webhook',
  () => import('../../docs/examples/rxjs/webhook.js'),
);
const { runWithRetries$ } = await load(
  'retry-task',
  () => import('../../docs/examples/rxjs/retry-task.js'),
);
const { watchForHours$ } = await load('hours', () => import('../../docs/examples/rxjs/hours.js'));
const { conditionalTransport } = await load(
  'conditional-requests',
  () => import('../../docs/examples/rxjs/conditional-requests.js'),
);

/** Tasks in virtual time, without jitter: polls at 0, 1, 2.5, 4.75 s and on while nothing changes. */
function tasks(timelines: Record<string, FakeTimeline>) {
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi(timelines, { scheduler });
  const options: TaskStatusOptions = {
    ...{ transport, scheduler },
    ...{ backoff: { jitter: 0 }, retry: { jitter: 0 } },
  };
  const log: string[] = [];
  const observer = {
    next: (value: unknown) => log.push(String(value)),
    error: (error: unknown) => log.push(String(error)),
    complete: () => log.push('complete'),
  };
  const at = (ms: number, action: () => void) => scheduler.schedule(action, ms);
  return { scheduler, options, requests, log, observer, at };
}

const ENDS: FakeTimeline = [
  ['running', 0],
  ['finished', 4_000],
];
const RUNS: FakeTimeline = [['running', 0]];

describe('the recipe that stops a task when nobody waits', () => {
  const watch = (
    timeline: FakeTimeline,
    stop = vi.fn<(taskId: string) => Observable<never>>(() => EMPTY),
  ) => {
    const api = tasks({ task_1: timeline });
    return { ...api, stop, status$: stopUnwatched$('task_1', stop, api.options) };
  };

  test('sends exactly one stop request, after the last subscriber has left', () => {
    const { status$, stop, at, scheduler, requests } = watch(RUNS);
    const subscriptions = [status$, status$, status$].map((each$) => each$.subscribe());
    subscriptions.forEach((subscription, index) => {
      at(5_000 * (index + 1), () => subscription.unsubscribe());
    });
    at(15_999, () => expect(stop).not.toHaveBeenCalled());
    scheduler.flush();
    expect(stop.mock.calls).toEqual([['task_1']]);
    expect(requests.every((request) => request.at < 16_000)).toBe(true);
  });

  test('sends none if somebody subscribes again within a second', () => {
    const { status$, stop, at, scheduler, log, observer } = watch(ENDS);
    const subscription = status$.subscribe();
    at(2_000, () => subscription.unsubscribe());
    at(2_900, () => status$.subscribe(observer));
    scheduler.flush();
    expect(log).toEqual(['running', 'finished', 'complete']);
    expect(stop).not.toHaveBeenCalled();
  });

  test.each([
    ['waits for the completion', undefined],
    ['leaves with the terminal status', isTerminal],
  ])('sends none after the end, if the subscriber %s', (_, predicate) => {
    const { status$, stop, scheduler, observer, requests } = watch(ENDS);
    const seen$ = predicate ? status$.pipe(first((status) => predicate(status))) : status$;
    const subscription = seen$.subscribe(observer);
    scheduler.flush();
    subscription.unsubscribe();
    status$.subscribe(observer).unsubscribe();
    scheduler.flush();
    // the late subscriber causes no other watch
    expect(requests).toHaveLength(4);
    expect(stop).not.toHaveBeenCalled();
  });

  test('sends none after an error of the watch', () => {
    const { status$, stop, scheduler, log, observer } = watch([[{ status: 401 }, 0]]);
    status$.subscribe(observer);
    scheduler.flush();
    expect(log).toHaveLength(1);
    expect(stop).not.toHaveBeenCalled();
  });

  test.each([
    ['fails', () => throwError(() => new Error('409'))],
    [
      'throws',
      () => {
        throw new Error('409');
      },
    ],
  ])('reports a stop request that %s', (_, stop) => {
    const report = vi.spyOn(console, 'error').mockReturnValue();
    try {
      const { status$, scheduler } = watch(RUNS, vi.fn(stop));
      status$.subscribe().unsubscribe();
      scheduler.flush();
      expect(report.mock.calls).toEqual([[new Error('409')]]);
    } finally {
      report.mockRestore();
    }
  });
});

describe('the recipe for server-sent events', () => {
  const watch = (timeline: FakeTimeline) => {
    const api = tasks({ task_1: timeline });
    const source = Object.assign(new EventTarget(), { close: vi.fn() });
    const send = (ms: number, type: string, data?: string) =>
      api.at(ms, () => source.dispatchEvent(new MessageEvent(type, { data })));
    const status$ = eventsOrPolls$('task_1', () => source, api.options);
    const times = () => api.requests.map((request) => request.at);
    return { ...api, source, send, status$, times };
  };

  test('makes no poll while the connection works', () => {
    const { send, status$, times, scheduler, log, observer, source } = watch(ENDS);
    send(4_999, 'open');
    send(5_000, 'message', 'running');
    send(6_000, 'message', 'not a status');
    send(HOUR, 'message', 'finished');
    status$.subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(['running', 'finished', 'complete']);
    expect(times()).toEqual([]);
    expect(source.close).toHaveBeenCalledOnce();
  });

  test('polls at once when the connection fails, and to the end if it stays away', () => {
    const { send, status$, times, scheduler, log, observer, source } = watch(ENDS);
    send(100, 'error');
    status$.subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(['running', 'finished', 'complete']);
    expect(times()).toEqual([100, 1_100, 2_600, 4_850]);
    expect(source.close).toHaveBeenCalledOnce();
  });

  test('polls after five seconds without a connection', () => {
    const { status$, times, scheduler, log, observer } = watch(ENDS);
    status$.subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(['finished', 'complete']);
    expect(times()).toEqual([5_000]);
  });

  test('stops polling when the connection comes back, each time', () => {
    const { send, status$, times, scheduler, log, observer } = watch(RUNS);
    send(100, 'open');
    for (const lost of [10_000, 20_000]) {
      send(lost, 'error');
      send(lost + 2_000, 'open');
      send(lost + 2_000, 'message', 'running');
    }
    send(60_000, 'message', 'failed');
    status$.subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(['running', 'failed', 'complete']);
    expect(times()).toEqual([10_000, 11_000, 20_000, 21_000]);
  });

  test.each([
    ['with a failure', ENDS, ['running', 'finished', 'complete']],
    ['of a task that is gone', [], ['running', expect.stringMatching(/^TaskNotFoundError: /)]],
  ] as const)('polls after the last event of a stream %s', (_, timeline, expected) => {
    const { send, status$, times, scheduler, log, observer, source } = watch(timeline);
    send(100, 'open');
    send(1_000, 'message', 'running');
    send(9_000, 'failure', '{"message":"internal error"}');
    send(9_000, 'end', 'running');
    // otherwise it would connect again
    source.close.mockImplementationOnce(() => expect(scheduler.now()).toBe(9_000));
    status$.subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(expected);
    expect(times()).toEqual([9_000]);
    expect(source.close).toHaveBeenCalled();
  });

  test('closes the event stream on unsubscribe and on an error of the polls', () => {
    const left = watch(RUNS);
    left.status$.subscribe().unsubscribe();
    left.scheduler.flush();
    expect(left.source.close).toHaveBeenCalledOnce();
    expect(left.times()).toEqual([]);

    const failed = watch([]);
    failed.send(100, 'error');
    failed.status$.subscribe(failed.observer);
    failed.scheduler.flush();
    expect(failed.log).toEqual([expect.stringMatching(/^TaskNotFoundError: /)]);
    expect(failed.source.close).toHaveBeenCalledOnce();
  });
});

describe('the recipe for webhooks', () => {
  test.each([
    ['completes', EMPTY],
    ['fails', throwError(() => new Error('disconnected'))],
  ])('keeps polling if the stream of the webhook %s', (_, webhook$) => {
    const { options, scheduler, log, observer, requests } = tasks({ task_1: ENDS });
    pollOnWebhook$('task_1', webhook$, options).subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(['running', 'finished', 'complete']);
    expect(requests.map((request) => request.at)).toEqual([0, 1_000, 2_500, 4_750]);
  });

  test('polls when a webhook for the task arrives, and once more two seconds later', () => {
    const { options, scheduler, log, observer, requests, at } = tasks({ task_1: ENDS });
    const webhook$ = new Subject<{ taskId: string | undefined }>();
    for (const taskId of ['task_2', undefined]) at(1_500, () => webhook$.next({ taskId }));
    at(3_000, () => webhook$.next({ taskId: 'task_1' }));
    const backoff = { initialDelay: HOUR, jitter: 0 };
    pollOnWebhook$('task_1', webhook$, { ...options, backoff }).subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(['running', 'finished', 'complete']);
    expect(requests.map((request) => request.at)).toEqual([0, 3_000, 5_000]);
    expect(webhook$.observed).toBe(false);
  });
});

describe('the recipe that starts a failed task again', () => {
  const FAILS: FakeTimeline = [['failed', 0]];

  test('starts it three times in all', () => {
    const { options, scheduler, log, observer } = tasks({ task_1: FAILS });
    const start = vi.fn(() => ['task_1']);
    runWithRetries$(start, HOUR, options).subscribe(observer);
    scheduler.flush();
    expect(start).toHaveBeenCalledTimes(3);
    expect(log).toEqual(['TaskUnsuccessfulError: Task "task_1" ended as failed']);
  });

  test.each([
    ['a stopped task', [['stopped', 0]], /ended as stopped$/],
    ['a task that is not found', [], /^TaskNotFoundError: /],
  ] satisfies [string, FakeTimeline, RegExp][])('does not restart %s', (_, timeline, message) => {
    const { options, scheduler, log, observer } = tasks({ task_1: timeline });
    const start = vi.fn(() => ['task_1']);
    runWithRetries$(start, HOUR, options).subscribe(observer);
    scheduler.flush();
    expect(start).toHaveBeenCalledOnce();
    expect(log).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    ['a start', () => NEVER, 1, 0],
    ['a watch', () => ['task_1'], 1, 4],
    ['the delay before another start', () => ['task_2'], 1, 1],
  ])('ends %s at the deadline', (_, doStart, starts, polls) => {
    const { options, scheduler, log, observer, requests } = tasks({ task_1: RUNS, task_2: FAILS });
    const start = vi.fn(doStart);
    runWithRetries$(start, 4_900, options).subscribe(observer);
    scheduler.flush();
    expect(log.at(-1)).toBe('Error: Not finished within 4900 ms');
    expect(start).toHaveBeenCalledTimes(starts);
    expect(requests).toHaveLength(polls);
    expect(scheduler.now()).toBe(4_900);
  });
});

describe('the recipe for hours', () => {
  test('polls less and less often, at least every five minutes', () => {
    const { options, scheduler, requests, log, observer } = tasks({
      task_1: [
        ['running', 0],
        ['finished', 6 * HOUR],
      ],
    });
    watchForHours$('task_1', options).subscribe(observer);
    scheduler.flush();
    const delays = requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0));
    const grown = delays.filter((delay) => delay < 300_000);
    expect(grown).toEqual(grown.map((_, index) => 2_000 * 1.5 ** index));
    expect(delays.slice(grown.length).every((delay) => delay === 300_000)).toBe(true);
    expect(delays.length).toBeLessThan(90);
    expect(log).toEqual(['running', 'finished', 'complete']);
  });

  test('survives an outage of an hour, which ends a watch with the default options', () => {
    const timeline: FakeTimeline = [
      ['running', 0],
      [{ status: 503 }, 1_000],
      ['finished', HOUR],
    ];
    const { options, scheduler, log, observer } = tasks({ task_1: timeline });
    watchForHours$('task_1', options).subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(['running', 'finished', 'complete']);

    const byDefault = tasks({ task_1: timeline });
    taskStatus$('task_1', byDefault.options).subscribe(byDefault.observer);
    byDefault.scheduler.flush();
    expect(byDefault.log).toEqual(['running', expect.stringMatching(/^HttpStatusError: /)]);
  });

  test('waits for an hour if the server asks for it, and gives up after a day', () => {
    const { options, scheduler, requests, log, observer } = tasks({
      task_1: [
        [{ status: 429, headers: { 'Retry-After': '3600' } }, 0],
        ['running', 1],
      ],
    });
    watchForHours$('task_1', options).subscribe(observer);
    scheduler.flush();
    expect(requests[1]?.at).toBe(HOUR);
    expect(log).toEqual(['running', expect.stringMatching(/^TaskTimeoutError: /)]);
    expect(scheduler.now()).toBe(24 * HOUR);
  });
});

describe('the recipe for conditional requests', () => {
  type Answer = { status: number; etag?: string; body?: string; headers?: Record<string, string> };

  /** Answers in turn, and logs the ETag of each request. */
  function server(answers: readonly Answer[]) {
    const etags: (string | undefined)[] = [];
    const send = ({ headers }: StatusRequest) => {
      const { status, etag, body = '', headers: more } = answers[etags.length] ?? { status: 500 };
      etags.push(headers['If-None-Match']);
      const response: StatusResponse = {
        ...{ status, body },
        headers: new Headers({ ...more, ...(etag === undefined ? {} : { ETag: etag }) }),
      };
      return of(response);
    };
    const { scheduler, options, log, observer } = tasks({});
    const transport = conditionalTransport(send);
    return { etags, scheduler, log, observer, options: { ...options, transport } };
  }

  const RUNNING = { status: 200, etag: '"a"', body: '"running"' };
  const FINISHED = { status: 200, etag: '"b"', body: '"finished"' };
  const UNCHANGED = { status: 304 };

  test('counts a 304 as a poll with the last status, and grows the delay', () => {
    const { etags, scheduler, options, log, observer } = server([
      ...[RUNNING, UNCHANGED, UNCHANGED, FINISHED],
    ]);
    const polls: unknown[] = [];
    taskPolls$('task_1', options).subscribe({ ...observer, next: (poll) => polls.push(poll) });
    scheduler.flush();
    expect(polls).toMatchObject([
      { attempt: 1, at: 0, status: 'running', changed: true },
      { attempt: 2, at: 1_000, status: 'running', changed: false },
      { attempt: 3, at: 2_500, status: 'running', changed: false },
      { attempt: 4, at: 4_750, status: 'finished', changed: true },
    ]);
    expect(log).toEqual(['complete']);
    expect(etags).toEqual([undefined, '"a"', '"a"', '"a"']);
  });

  test('obeys the Retry-After of a 304', () => {
    const { scheduler, options, log, observer } = server([
      RUNNING,
      { ...UNCHANGED, headers: { 'Retry-After': '60' } },
      FINISHED,
    ]);
    taskStatus$('task_1', options).subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(['running', 'finished', 'complete']);
    expect(scheduler.now()).toBe(61_000);
  });

  test('does not keep the answer of a failed request', () => {
    const { etags, scheduler, options, log, observer } = server([
      ...[RUNNING, { status: 503, etag: '"c"' }, UNCHANGED, FINISHED],
    ]);
    taskStatus$('task_1', options).subscribe(observer);
    scheduler.flush();
    expect(log).toEqual(['running', 'finished', 'complete']);
    expect(etags).toEqual([undefined, '"a"', '"a"', '"a"']);
  });

  test('leaves a 304 that nobody asked for a failure', () => {
    const { scheduler, options, log, observer } = server([UNCHANGED]);
    taskStatus$('task_1', options).subscribe(observer);
    scheduler.flush();
    expect(log).toEqual([expect.stringMatching(/^HttpStatusError: .*304/)]);
  });

  test('does not send the ETag of the status with the request of the result', () => {
    const { etags, scheduler, options } = server([FINISHED, { status: 200, body: '{"output":1}' }]);
    const results: unknown[] = [];
    taskResult$('task_1', options).subscribe((result) => results.push(result));
    scheduler.flush();
    expect(results).toHaveLength(1);
    expect(etags).toEqual([undefined, undefined]);
  });

  test('works over HTTP', async () => {
    const etags: unknown[] = [];
    const http = createServer((request, response) => {
      etags.push(request.headers['if-none-match']);
      const [etag, body] = etags.length < 4 ? ['"a"', '"running"'] : ['"b"', '"finished"'];
      const isUnchanged = request.headers['if-none-match'] === etag;
      response.writeHead(isUnchanged ? 304 : 200, { ETag: etag });
      response.end(isUnchanged ? undefined : body);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const address = http.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const statuses = await lastValueFrom(
        taskStatus$('task_1', {
          baseUrl: `http://127.0.0.1:${port ?? 0}`,
          transport: conditionalTransport(),
          backoff: { initialDelay: 1 },
        }).pipe(toArray()),
      );
      expect(statuses).toEqual(['running', 'finished']);
      expect(etags).toEqual([undefined, '"a"', '"a"', '"a"']);
    } finally {
      http.closeAllConnections();
      http.close();
    }
  });
});
