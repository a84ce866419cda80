import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type EventEmitter, getEventListeners, on, once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { VirtualTimeScheduler } from 'rxjs';
import {
  browserUseV2,
  defineTaskApi,
  isTerminal,
  TASK_STATUSES,
  TaskNotFoundError,
  type TaskPoll,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { taskStatusEmitter, type TaskStatusEmitter } from 'rxjs-task-status/node';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { fc, test as propertyTest } from '../support/property.js';

const TASK_ID = 'task_1';
const MINUTE = 60_000;
const THREE: FakeTimeline = [
  ['created', 0],
  ['running', MINUTE],
  ['finished', 2 * MINUTE],
];

const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** A watch in virtual time. `run()` waits for the first tick, then runs the watch. */
function watch(timeline: FakeTimeline | undefined, options: TaskStatusOptions = {}) {
  const scheduler = new VirtualTimeScheduler();
  const api = fakeTaskApi(timeline ? { [TASK_ID]: timeline } : {}, { scheduler });
  const { transport } = api;
  const emitter = taskStatusEmitter(TASK_ID, { transport, scheduler, ...options });
  const run = async () => {
    await nextTick();
    scheduler.flush();
  };
  return { emitter, run, scheduler, requests: api.requests, events: eventsOf(emitter) };
}

/** Records every event with its arguments. */
function eventsOf(emitter: TaskStatusEmitter): unknown[][] {
  const events: unknown[][] = [];
  for (const name of ['status', ...TASK_STATUSES, 'error', 'end'] as const) {
    emitter.on(name, (...values: unknown[]) => events.push([name, ...values]));
  }
  return events;
}

function pollsOnChannel(): TaskPoll[] {
  const polls: TaskPoll[] = [];
  const listen = (poll: unknown) => void polls.push(poll as TaskPoll);
  subscribe('rxjs-task-status:poll', listen);
  onTestFinished(() => void unsubscribe('rxjs-task-status:poll', listen));
  return polls;
}

describe('events', () => {
  test('end has the details of the last poll, where the API has details', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi(
      {
        [TASK_ID]: [
          ['started', 0],
          ['finished', MINUTE],
        ],
      },
      { scheduler, api: browserUseV2, body: (status) => ({ status, output: `is ${status}` }) },
    );
    const emitter = taskStatusEmitter(TASK_ID, { api: browserUseV2, transport, scheduler });
    const ends: unknown[] = [];
    emitter.on('end', (details) => ends.push(details?.output));
    await nextTick();
    scheduler.flush();
    expect(ends).toEqual(['is finished']);
  });

  test('status, then the event named after the status, and end after the last one', async () => {
    const { events, run } = watch(THREE);
    await run();
    expect(events).toEqual([
      ['status', 'created'],
      ['created'],
      ['status', 'running'],
      ['running'],
      ['status', 'finished'],
      ['finished'],
      ['end'],
    ]);
  });

  // each status lasts a minute, longer than any delay of the default backoff
  const history = fc
    .record({
      before: fc.array(fc.constantFrom<TaskStatus>('created', 'running', 'paused')),
      last: fc.constantFrom('finished', 'stopped', 'failed', undefined),
    })
    .map(({ before, last }) => [...before, ...(last ? [last] : [])]);

  propertyTest.prop([history])('have this order in every history', async (history) => {
    const timeline = [...history, { status: 404, body: '{"detail": "Gone"}' }].map(
      (answer, minute) => [answer, minute * MINUTE] as const,
    );
    const { events, run } = watch(timeline);
    await run();
    const distinct = history.filter((status, at) => status !== history[at - 1]);
    const ended = history.some((status) => isTerminal(status));
    expect(events).toEqual([
      ...distinct.flatMap((status) => [['status', status], [status]]),
      ...(ended ? [] : [['error', expect.any(TaskNotFoundError)]]),
      ['end'],
    ]);
  });

  test('an error, then end', async () => {
    const { events, run } = watch(undefined);
    await run();
    expect(events).toEqual([['error', expect.any(TaskNotFoundError)], ['end']]);
  });

  test("an abort is an error with the signal's reason", async () => {
    const abort = new AbortController();
    const { emitter, events, run } = watch(THREE, { signal: abort.signal });
    emitter.on('running', () => abort.abort('enough'));
    await run();
    expect(events.slice(-2)).toEqual([['error', 'enough'], ['end']]);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  test('no event for the knownStatus', async () => {
    const { events, run } = watch(THREE, { knownStatus: 'running' });
    await run();
    expect(events[0]).toEqual(['status', 'created']);
    const known = watch([['finished', 0]], { knownStatus: 'finished' });
    await known.run();
    expect(known.events).toEqual([['end']]);
  });

  test('a status whose name is also another event is emitted as status only', async () => {
    const scheduler = new VirtualTimeScheduler();
    const api = defineTaskApi({
      baseUrl: 'https://jobs.example.com',
      path: (id) => `/jobs/${id}`,
      authorization: (key) => ['X-Api-Key', key],
      status: (json) => json,
      statuses: ['end', 'status', 'newListener', 'removeListener', 'error'],
      terminal: ['error'],
      successful: [],
    });
    const { transport } = fakeTaskApi(
      {
        job_1: [
          ['end', 0],
          ['status', MINUTE],
          ['newListener', 2 * MINUTE],
          ['removeListener', 3 * MINUTE],
          ['error', 4 * MINUTE],
        ],
      },
      { scheduler, api },
    );
    const emitter = taskStatusEmitter('job_1', { api, transport, scheduler });
    const events: unknown[][] = [];
    emitter.on('status', (status) => events.push(['status', status]));
    for (const name of ['newListener', 'removeListener', 'error', 'end'] as const) {
      (emitter as EventEmitter).on(name, (...values) =>
        events.push([name, ...(values as unknown[])]),
      );
    }
    events.length = 0;
    await nextTick();
    scheduler.flush();
    expect(events).toEqual([
      ...api.statuses.map((status) => ['status', status]),
      // the emitter's own event, once
      ['end'],
    ]);
  });
});

test('an exception in a listener is an uncaught exception and does not change the watch', async () => {
  const { emitter, scheduler, events } = watch(THREE);
  const reason = new Error('a bug of the listener');
  emitter.on('running', () => {
    throw reason;
  });
  await nextTick();
  const later = vi.spyOn(process, 'nextTick').mockImplementation(() => undefined);
  onTestFinished(() => later.mockRestore());
  scheduler.flush();
  const [[thrower] = []] = later.mock.calls;
  expect(thrower).toThrow(reason);
  expect(events.at(-1)).toEqual(['end']);
});

describe('the start', () => {
  test('is in a microtask, so that listeners miss no event', async () => {
    const { events, requests, scheduler } = watch([['finished', 0]]);
    expect(requests).toHaveLength(0);
    await Promise.resolve();
    expect(requests).toHaveLength(1);
    expect(events).toEqual([['status', 'finished'], ['finished'], ['end']]);
    scheduler.flush();
    expect(requests).toHaveLength(1);
  });

  test('does not happen after close()', async () => {
    const { emitter, events, requests, run } = watch(THREE);
    emitter.close();
    await run();
    expect(requests).toHaveLength(0);
    expect(events).toEqual([]);
  });

  test.each([
    ['task id', () => taskStatusEmitter('')],
    ['timeout', () => taskStatusEmitter(TASK_ID, { timeout: -1 })],
    ['key', () => taskStatusEmitter(TASK_ID, { apiKey: '' })],
  ])('does not happen with an invalid %s: the call throws', (_, call) => {
    expect(call).toThrow(/^(taskId must be |timeout must be |apiKey is empty)/);
  });
});

describe('close()', () => {
  test.each(['close', Symbol.dispose, Symbol.asyncDispose] as const)(
    'stops the watch: %s',
    async (method) => {
      const { emitter, events, requests, run, scheduler } = watch(THREE);
      emitter.on('running', () => void emitter[method]());
      await run();
      expect(events.at(-1)).toEqual(['running']);
      expect(requests.at(-1)?.at).toBe(scheduler.now());
    },
  );

  test('emits nothing, not even end, also inside an event', async () => {
    const { emitter, events, run } = watch([['finished', 0]]);
    emitter.on('status', () => emitter.close());
    await run();
    expect(events).toEqual([['status', 'finished']]);
    const failing = watch(undefined);
    failing.emitter.on('error', () => failing.emitter.close());
    await failing.run();
    expect(failing.events).toEqual([['error', expect.any(TaskNotFoundError)]]);
  });

  test('aborts the request in flight and can be called again', async () => {
    let signal: AbortSignal | undefined;
    const emitter = taskStatusEmitter(TASK_ID, {
      transport: (request) => {
        signal = request.signal;
        return new Promise(() => undefined);
      },
    });
    await nextTick();
    expect(signal?.aborted).toBe(false);
    emitter.close();
    expect(signal?.aborted).toBe(true);
    emitter.close();
  });

  test('runs at the end of a block with using', async () => {
    const { events, run } = await (async () => {
      const watched = watch(THREE);
      await using emitter = watched.emitter;
      expect(emitter.listenerCount('end')).toBe(1);
      return watched;
    })();
    await run();
    expect(events).toEqual([]);
  });
});

describe("with Node's functions", () => {
  test('once() waits for a status and for the end', async () => {
    const { emitter, run } = watch(THREE);
    const waits = Promise.all([once(emitter, 'status'), once(emitter, 'end')]);
    await run();
    expect(await waits).toEqual([['created'], []]);
  });

  test('once() rejects with the error', async () => {
    const { emitter, run } = watch(undefined);
    const wait = once(emitter, 'finished');
    await Promise.all([run(), expect(wait).rejects.toBeInstanceOf(TaskNotFoundError)]);
  });

  test('on() iterates over the statuses and ends with them', async () => {
    const { emitter, run } = watch(THREE);
    const iterator = on(emitter, 'status', { close: ['end'] });
    await run();
    const seen: unknown[] = [];
    for await (const [status] of iterator) seen.push(status);
    expect(seen).toEqual(['created', 'running', 'finished']);
  });

  test('on() ends with its signal, and close() stops the watch', async () => {
    const { emitter, run, requests } = watch(THREE);
    const abort = new AbortController();
    const iterator = on(emitter, 'status', { signal: abort.signal });
    abort.abort();
    await expect(iterator.next()).rejects.toMatchObject({ name: 'AbortError' });
    emitter.close();
    const sent = requests.length;
    await run();
    expect(requests).toHaveLength(sent);
  });

  test('a pipeline of streams runs over the statuses', async () => {
    const { emitter, run } = watch(THREE);
    const seen: unknown[] = [];
    const done = pipeline(
      Readable.from(on(emitter, 'status', { close: ['end'] })),
      async (source: AsyncIterable<[TaskStatus]>) => {
        for await (const [status] of source) seen.push(status);
      },
    );
    await run();
    await done;
    expect(seen).toEqual(['created', 'running', 'finished']);
  });

  // Readable.from(on(…)) fails too, but Node replaces the error with a TypeError
  test('a pipeline over a generator fails with the error', async () => {
    const { emitter, run } = watch([
      ['running', 0],
      [{ status: 404 }, MINUTE],
    ]);
    const seen: unknown[] = [];
    const done = pipeline(
      async function* () {
        yield* on(emitter, 'status', { close: ['end'] });
      },
      async (source) => {
        for await (const [status] of source) seen.push(status);
      },
    );
    await Promise.all([run(), expect(done).rejects.toBeInstanceOf(TaskNotFoundError)]);
    expect(seen).toEqual(['running']);
  });
});

describe('the channel rxjs-task-status:poll', () => {
  test('publishes each poll, also failed ones', async () => {
    const polls = pollsOnChannel();
    const { run, requests } = watch([
      ['running', 0],
      [{ status: 503 }, MINUTE],
      ['finished', 2 * MINUTE],
    ]);
    await run();
    expect(polls).toHaveLength(requests.length);
    expect(polls.map(({ attempt }) => attempt)).toEqual(requests.map((_, at) => at + 1));
    expect(new Set(polls.map(({ status, error }) => status ?? error.code))).toEqual(
      new Set(['running', 'http', 'finished']),
    );
  });

  test('publishes a poll before its events, and nothing after close() inside an event', async () => {
    const order: unknown[] = [];
    const { emitter, run } = watch(THREE);
    const listen = (poll: unknown) => {
      order.push((poll as TaskPoll).status);
      if (order.length > 1) emitter.close();
    };
    emitter.on('status', () => order.push('event'));
    subscribe('rxjs-task-status:poll', listen);
    onTestFinished(() => void unsubscribe('rxjs-task-status:poll', listen));
    await run();
    expect(order).toEqual(['created', 'event', 'created']);
  });

  test('publishes nothing without subscribers', async () => {
    const pollChannel = channel('rxjs-task-status:poll');
    const publish = vi.fn();
    // not a spy: it would leave an own property, and Node changes the prototype of a channel
    Object.assign(pollChannel, { publish });
    onTestFinished(() => void Reflect.deleteProperty(pollChannel, 'publish'));
    const { run, requests } = watch(THREE);
    await run();
    expect(requests.length).toBeGreaterThan(3);
    expect(publish).not.toHaveBeenCalled();
  });

  test('publishes polls from the time of the first subscriber on', async () => {
    const { emitter, run, requests } = watch(THREE);
    let polls: TaskPoll[] = [];
    emitter.on('running', () => (polls = pollsOnChannel()));
    await run();
    expect(polls.length).toBeLessThan(requests.length);
    expect(polls[0]).toMatchObject({ status: 'running', changed: false });
    expect(polls.at(-1)).toMatchObject({ status: 'finished', changed: true });
  });
});
