import {
  concat,
  EMPTY,
  map,
  mergeMap,
  of,
  take,
  type Observable,
  Subject,
  throwError,
  timer,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  browserUseV1,
  browserUseV4,
  createTaskStatusPool,
  defineTaskApi,
  requireFinished,
  taskPolls$,
  taskStatus$,
  type TaskPoll,
} from 'rxjs-task-status';
import {
  knownStatusOf,
  toServerSentEvents,
  type ServerSentEventsOptions,
} from 'rxjs-task-status/node';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { describe, expect, test } from 'vitest';
import { fc, test as propertyTest } from '../support/property.js';
import { readEventStream } from './event-stream.js';

const TASK_ID = 'task_1';
const THREE: FakeTimeline = [
  ['created', 0],
  ['running', 10_000],
  ['finished', 40_000],
];

/** As UTF-8 encodes it. */
const toWellFormed = (text: string) => Buffer.from(text).toString();

/** Everything that the result emits, with the time. */
function run(
  source$: (scheduler: VirtualTimeScheduler) => Observable<string | TaskPoll<string>>,
  options: ServerSentEventsOptions = {},
) {
  const scheduler = new VirtualTimeScheduler();
  const chunks: [ms: number, text: string][] = [];
  let end = '';
  source$(scheduler)
    .pipe(toServerSentEvents({ scheduler, ...options }))
    .subscribe({
      next: (text) => chunks.push([scheduler.now(), text]),
      error: () => (end = 'error'),
      complete: () => (end = 'complete'),
    });
  scheduler.flush();
  const text = chunks.map(([, chunk]) => chunk).join('');
  return { chunks, end, text, ...readEventStream(text) };
}

/** The options of a watch in virtual time. */
function watchOptions(timeline: FakeTimeline | undefined, scheduler: VirtualTimeScheduler) {
  const api = fakeTaskApi(timeline ? { [TASK_ID]: timeline } : {}, { scheduler });
  return { transport: api.transport, scheduler, backoff: { jitter: 0 } };
}

describe('toServerSentEvents', () => {
  test('sends each status with its id, and end with the last one', () => {
    const { text, events, end } = run(
      (scheduler) => taskStatus$(TASK_ID, watchOptions(THREE, scheduler)),
      { heartbeat: Infinity },
    );
    expect(text).toBe(
      [
        ': connected',
        'id: created\ndata: created',
        'id: running\ndata: running',
        'id: finished\ndata: finished',
        'event: end\ndata: finished',
        '',
      ].join('\n\n'),
    );
    expect(events.map(({ type }) => type)).toEqual(['message', 'message', 'message', 'end']);
    expect(end).toBe('complete');
  });

  test('sends each poll as JSON, with the status as its id', () => {
    const unavailable = { status: 503, body: 'no\nentry' };
    const { events } = run((scheduler) =>
      taskPolls$(TASK_ID, {
        ...watchOptions(
          [
            ['running', 0],
            [unavailable, 500],
            ['finished', 1_200],
          ],
          scheduler,
        ),
        retry: { jitter: 0 },
      }),
    );
    const poll = { taskId: TASK_ID, duration: 0, changed: false };
    expect(events.map(({ data, ...rest }) => [rest, data])).toEqual([
      [
        { type: 'message', lastEventId: 'running' },
        JSON.stringify({
          ...{ taskId: TASK_ID, attempt: 1, at: 0, duration: 0, changed: true },
          ...{ nextDelay: 1_000, status: 'running' },
        }),
      ],
      [{ type: 'message', lastEventId: 'running' }, expect.any(String)],
      [{ type: 'message', lastEventId: 'finished' }, expect.any(String)],
      [{ type: 'end', lastEventId: 'finished' }, 'finished'],
    ]);
    const [, failed, finished] = events.map(({ data }) => data);
    expect(JSON.parse(failed!)).toEqual({
      ...{ ...poll, attempt: 2, at: 1_000, nextDelay: 500 },
      error: { code: 'http', message: expect.stringContaining('503') as string },
    });
    expect(JSON.parse(finished!)).toEqual({
      ...{ ...poll, attempt: 3, at: 1_500, changed: true, status: 'finished' },
    });
  });

  test('sends the details of a poll', () => {
    const poll: TaskPoll<string> = {
      ...{ taskId: TASK_ID, attempt: 1, at: 0, duration: 1, changed: true },
      ...{ status: 'running', details: { steps: 3 } },
    };
    const { events } = run(() => of(poll));
    expect(JSON.parse(events[0]!.data)).toEqual(poll);
  });

  test('sends an error of the library as a failure, then end with the last status', () => {
    const { events, end } = run((scheduler) =>
      taskStatus$(
        TASK_ID,
        watchOptions(
          [
            ['running', 0],
            [{ status: 401 }, 500],
          ],
          scheduler,
        ),
      ),
    );
    expect(events).toMatchObject([
      { type: 'message', data: 'running' },
      { type: 'failure', lastEventId: 'running' },
      { type: 'end', data: 'running' },
    ]);
    expect(JSON.parse(events[1]!.data)).toEqual({
      code: 'unauthorized',
      message: expect.stringContaining('(401)') as string,
    });
    expect(end).toBe('complete');
  });

  test('sends an unsuccessful end as a failure', () => {
    const { events } = run(() => of('running', 'failed').pipe(requireFinished(TASK_ID, undefined)));
    expect(events).toMatchObject([
      { data: 'running' },
      {
        type: 'failure',
        data: `{"code":"unsuccessful","message":"Task \\"${TASK_ID}\\" ended as failed"}`,
      },
      { type: 'end' },
    ]);
  });

  test.each([
    ['an error', new Error('password=secret')],
    ['a thrown string', 'password=secret'],
  ])('sends no text of %s that is not of the library', (_, error) => {
    const { events, text } = run(() =>
      concat(
        of('running'),
        throwError(() => error),
      ),
    );
    expect(events[1]).toMatchObject({ type: 'failure', data: '{"message":"internal error"}' });
    expect(text).not.toContain('secret');
  });

  test('sends a poll that cannot be written as JSON as an internal error', () => {
    const details: Record<string, unknown> = {};
    details['self'] = details;
    const { events } = run(() =>
      of({
        ...{ taskId: TASK_ID, attempt: 1, at: 0, duration: 1, changed: true },
        ...{ status: 'running', details },
      }),
    );
    expect(events).toMatchObject([
      { type: 'failure', data: '{"message":"internal error"}' },
      { type: 'end', data: 'end' },
    ]);
  });

  test('sends an end with data also without a status', () => {
    expect(run(() => EMPTY).events).toEqual([{ type: 'end', data: 'end', lastEventId: '' }]);
  });

  test.each<[end: boolean, title: string, statuses: string[], options: ServerSentEventsOptions]>([
    [true, 'no API', ['running'], {}],
    [true, 'a terminal status', ['running', 'finished'], { api: browserUseV1 }],
    [false, 'a status that is not terminal', ['running'], { api: browserUseV1 }],
    [false, 'no status', [], { api: browserUseV1 }],
    [true, 'a confirmed terminal status', [], { api: browserUseV1, knownStatus: 'finished' }],
    [false, 'a known status', [], { api: browserUseV1, knownStatus: 'running' }],
    [false, 'a new status', ['paused'], { api: browserUseV1, knownStatus: 'running' }],
  ])('sends an end: %s, with %s', (end, _, statuses, options) => {
    const source$ = (scheduler: VirtualTimeScheduler) =>
      timer(20_000, scheduler).pipe(mergeMap(() => statuses));
    const found = run(source$, options);
    expect(found.events.some(({ type }) => type === 'end')).toBe(end);
    expect(found.end).toBe('complete');
    // the heartbeat ends with the source
    expect(found.comments).toEqual(['connected', 'heartbeat']);
  });

  test('sends an end after a failure, also with an API', () => {
    const { events } = run(() => throwError(() => new Error('lost')), { api: browserUseV1 });
    expect(events.map(({ type }) => type)).toEqual(['failure', 'end']);
  });

  test('sends a first chunk and a comment at each heartbeat, until the end', () => {
    const source$ = (scheduler: VirtualTimeScheduler) =>
      timer(40_000, scheduler).pipe(map(() => 'finished'));
    const { chunks } = run(source$);
    expect(chunks).toEqual([
      [0, ': connected\n\n'],
      [15_000, ': heartbeat\n\n'],
      [30_000, ': heartbeat\n\n'],
      [40_000, 'id: finished\ndata: finished\n\n'],
      [40_000, 'event: end\ndata: finished\n\n'],
    ]);
    expect(run(source$, { heartbeat: 19_000 }).comments).toHaveLength(1 + 2);
    expect(run(source$, { heartbeat: Infinity }).comments).toEqual(['connected']);
  });

  test('sets the delay before the browser connects again', () => {
    expect(run(() => EMPTY, { retry: 0 }).text).toMatch(/^retry: 0\n: connected\n\n/);
    expect(run(() => EMPTY, { retry: 2_000 }).retry).toBe(2_000);
    expect(run(() => EMPTY).retry).toBeUndefined();
  });

  test('unsubscribing stops the heartbeat and the source', () => {
    const scheduler = new VirtualTimeScheduler();
    const source = new Subject<string>();
    const chunks: string[] = [];
    const subscription = source
      .pipe(toServerSentEvents({ scheduler }))
      .subscribe((text) => chunks.push(text));
    expect(source.observed).toBe(true);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    scheduler.flush();
    expect(chunks).toEqual([': connected\n\n']);
  });

  test('does not subscribe to the source if the subscriber unsubscribes at the first chunk', () => {
    const source = new Subject<string>();
    source.pipe(toServerSentEvents(), take(1)).subscribe();
    expect(source.observed).toBe(false);
  });

  test('the watch of a pool stops when its last subscriber unsubscribes', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi({ [TASK_ID]: [['running', 0]] }, { scheduler });
    const pool = createTaskStatusPool({ transport: api.transport, scheduler });
    const view = () => pool.status$(TASK_ID).pipe(toServerSentEvents({ scheduler })).subscribe();
    const [first, second] = [view(), view()];
    scheduler.schedule(() => first.unsubscribe(), 10_000);
    scheduler.schedule(() => second.unsubscribe(), 20_000);
    scheduler.flush();
    expect(api.requests.at(-1)?.at).toBeGreaterThan(10_000);
    expect(api.requests.at(-1)?.at).toBeLessThanOrEqual(20_000);
  });

  test('each subscription gets the whole stream', () => {
    const text$ = of('finished').pipe(toServerSentEvents());
    const texts = [0, 1].map(() => {
      let text = '';
      text$.subscribe((chunk) => (text += chunk));
      return text;
    });
    expect(texts[0]).toContain('data: finished');
    expect(texts[1]).toBe(texts[0]);
  });

  test.each([
    [{ heartbeat: 0 }, 'heartbeat must be between 1 and 2147483647 ms, or Infinity, got 0'],
    [{ heartbeat: NaN }, 'heartbeat must be between 1 and 2147483647 ms, or Infinity, got NaN'],
    [{ heartbeat: 2 ** 31 }, 'heartbeat must be'],
    [{ retry: -1 }, 'retry must be an integer between 0 and 2147483647 ms, got -1'],
    [{ retry: 1.5 }, 'retry must be'],
    [{ retry: Infinity }, 'retry must be'],
  ])('rejects %o at the call', (options, message) => {
    const call = () => toServerSentEvents(options);
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  });

  test('rejects a heartbeat that is a string', () => {
    // @ts-expect-error a string, as environment variables are
    expect(() => toServerSentEvents({ heartbeat: '15000' })).toThrow('heartbeat must be');
  });

  const character = fc.constantFrom(
    ...['a', 'é', '😀', ':', ' ', '\t', '\n', '\r', '\r\n', '\0', '\uFEFF', '\u2028', '\uD800'],
  );
  const hostile = fc.string({ unit: character, minLength: 1, maxLength: 6 });

  propertyTest.prop([fc.array(hostile)])(
    'a reader of event streams reads each status as it was sent, and no other event',
    (statuses) => {
      const { events } = run(() => of(...statuses));
      const sent = statuses.map((status) => toWellFormed(status.replace(/\r\n?/g, '\n')));
      expect(events.map(({ data }) => data)).toEqual([...sent, sent.at(-1) ?? 'end']);
      expect(events.map(({ type }) => type)).toEqual([...sent.map(() => 'message'), 'end']);
    },
  );

  propertyTest.prop([hostile, hostile])(
    'a reader of event streams reads each poll as it was sent, and no other event',
    (status, detail) => {
      const poll = {
        ...{ taskId: detail, attempt: 1, at: 0, duration: 1, changed: true },
        ...{ status, details: { [detail]: detail } },
      };
      const { events } = run(() => of(poll));
      expect(events).toHaveLength(2);
      expect(JSON.parse(events[0]!.data)).toEqual(poll);
    },
  );

  propertyTest.prop([fc.array(hostile, { minLength: 1 })])(
    'an id is a status that was sent',
    (statuses) => {
      const { events } = run(() => of(...statuses));
      const ids = new Set(events.map(({ lastEventId }) => lastEventId));
      const possible = statuses.map(toWellFormed);
      for (const id of ids) expect(['', ...possible]).toContain(id);
      expect(events.at(-1)?.lastEventId).toBe(
        possible.filter((status) => !/[\0\r\n]/.test(status)).at(-1) ?? '',
      );
    },
  );
});

describe('knownStatusOf', () => {
  test.each([
    ['running', 'running'],
    ['finished', 'finished'],
    ['Running', undefined],
    ['1', undefined],
    ['', undefined],
    [undefined, undefined],
    [null, undefined],
    [['running', 'finished'], undefined],
  ])('of %o is %o', (header, status) => {
    expect(knownStatusOf(header)).toBe(status);
  });

  test('knows the statuses of another API', () => {
    expect(knownStatusOf('completed', browserUseV4)).toBe('completed');
    expect(knownStatusOf('created', browserUseV4)).toBeUndefined();
  });

  test('knows a status that a browser has sent in UTF-8', () => {
    const api = defineTaskApi({
      ...{ baseUrl: 'https://tasks.test', path: (id: string) => `/${id}` },
      authorization: (key: string) => ['x-key', key] as const,
      status: (json: unknown) => json,
      ...{ statuses: ['läuft', 'fertig'], terminal: ['fertig'], successful: ['fertig'] },
    });
    expect(knownStatusOf(Buffer.from('läuft').toString('latin1'), api)).toBe('läuft');
    expect(knownStatusOf('läuft', api)).toBe('läuft');
  });
});
