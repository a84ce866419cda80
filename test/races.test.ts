import { getEventListeners } from 'node:events';
import { Observable, type SchedulerLike, Subject, Subscription, takeUntil } from 'rxjs';
import { describe, expect } from 'vitest';
import { type StatusResponse, type StatusTransport, taskPolls$ } from '../src/index.js';
import { TASK_ID } from './support/history.js';
import { fc, test } from './support/property.js';
import { runs } from './support/runs.js';

const WORDS = ['created', 'running', 'paused', 'finished'] as const;
const ACTS = ['pause', 'resume', 'pollNow', 'abort', 'unsubscribe', 'pauseWhile ends'] as const;

const answer = fc.record({
  /** A word or an HTTP status. */
  content: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<string | number>(...WORDS.slice(0, 3)) },
    { weight: 2, arbitrary: fc.constantFrom<string | number>(503, 429) },
    { weight: 1, arbitrary: fc.constantFrom<string | number>('finished', 404) },
  ),
  as: fc.constantFrom('promise' as const, 'Observable' as const),
  pacing: fc.constantFrom(undefined, undefined, '1'),
  /** The transport answers even after the request was aborted. */
  ignoresAbort: fc.boolean(),
});
type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never;

const LAST: Answer = {
  content: 'finished',
  as: 'Observable',
  pacing: undefined,
  ignoresAbort: false,
};

const race = fc.record({
  answers: fc.array(answer, { maxLength: 6 }),
  acts: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...ACTS.slice(0, 3)) },
      { weight: 1, arbitrary: fc.constantFrom(...ACTS.slice(3)) },
    ),
    { maxLength: 6 },
  ),
  key: fc.constantFrom('string' as const, 'function' as const, 'promise' as const),
  timeout: fc.constantFrom(Infinity, Infinity, 5_000),
  requestTimeout: fc.constantFrom(Infinity, 1_000),
});

/**
 * Runs a watch in which fast-check picks the order of all events: answers, timers, keys, and acts of
 * the caller. Timers may be late or early.
 */
async function run(
  s: fc.Scheduler,
  {
    answers,
    acts,
    key,
    timeout,
    requestTimeout,
  }: typeof race extends fc.Arbitrary<infer T> ? T : never,
) {
  const violations: string[] = [];
  const statuses: string[] = [];
  /** The words of the answers that came to a request in flight. */
  const delivered: string[] = [];
  const pauseWhile = new Subject<boolean>();
  const pollNow = new Subject<void>();
  const unsubscribe$ = new Subject<void>();
  const abort = new AbortController();
  const aborted = new Error('aborted');
  let paused = false;
  let pauseWhileEnded = false;
  let clock = 0;
  let actions = 0;
  let requests = 0;
  let inFlight: object | undefined;
  let ended: string | undefined;

  const later = (label: string, happen: () => void): void =>
    void s.schedule(Promise.resolve(), label).then(happen);

  const scheduler: SchedulerLike = {
    now: () => clock,
    schedule: (work: (this: never, state?: never) => void, delay = 0) => {
      if (ended !== undefined) violations.push('scheduled after the end');
      if (++actions > 3) violations.push('more than three actions');
      const due = clock + delay;
      const action = new Subscription(() => actions--);
      later(`timer of ${delay} ms`, () => {
        if (action.closed) return;
        action.unsubscribe();
        clock = Math.max(clock, due);
        work.call(undefined as never);
      });
      return action;
    },
  };

  /** A request starts when its key is requested. */
  const onRequest = (): void => {
    if (paused) violations.push('a request in a pause');
  };
  const getKey = (): string | Promise<string> => {
    onRequest();
    return key === 'function' ? 'key' : s.schedule(Promise.resolve('key'), 'key');
  };

  const transport: StatusTransport = ({ signal }) => {
    const { content, as, pacing, ignoresAbort } = answers[requests++] ?? LAST;
    if (key === 'string') onRequest();
    if (inFlight) violations.push('two requests in flight');
    if (ended !== undefined) violations.push('a request after the end');
    const request = {};
    inFlight = request;
    const onDone = (): void => {
      if (inFlight === request) inFlight = undefined;
    };
    signal.addEventListener('abort', onDone);
    const response: StatusResponse = {
      status: typeof content === 'number' ? content : 200,
      headers: { get: (name) => (name === 'retry-after' && pacing ? pacing : null) },
      body: typeof content === 'number' ? '' : JSON.stringify(content),
    };
    const deliver = (give: (response: StatusResponse) => void): void => {
      if (signal.aborted && !ignoresAbort) return;
      if (inFlight === request && typeof content === 'string') delivered.push(content);
      onDone();
      give(response);
    };
    if (as === 'promise') {
      return new Promise((resolve) => later(`answer ${content}`, () => deliver(resolve)));
    }
    return new Observable((subscriber) => {
      later(`answer ${content}`, () => {
        if (!subscriber.closed) deliver((it) => subscriber.next(it));
      });
    });
  };

  const setPaused = (value: boolean): void => {
    // completion keeps the last state
    if (!pauseWhileEnded) paused = value;
    pauseWhile.next(value);
  };
  const perform: Record<(typeof ACTS)[number], () => void> = {
    pause: () => setPaused(true),
    resume: () => setPaused(false),
    pollNow: () => pollNow.next(),
    abort: () => abort.abort(aborted),
    unsubscribe: () => {
      ended ??= 'unsubscribed';
      unsubscribe$.next();
    },
    'pauseWhile ends': () => {
      pauseWhileEnded = true;
      pauseWhile.complete();
    },
  };

  const end = (how: string): void => {
    // takeUntil() completes after the unsubscription
    if (ended === 'unsubscribed') return;
    if (ended !== undefined) violations.push(`ended as ${ended}, and as ${how}`);
    ended = how;
  };
  for (const act of acts) later(act, perform[act]);
  taskPolls$(TASK_ID, {
    transport,
    scheduler,
    timeout,
    requestTimeout,
    signal: abort.signal,
    pauseWhile,
    pollNow,
    apiKey: key === 'string' ? 'key' : getKey,
    retry: { maxRetries: 3 },
  })
    .pipe(takeUntil(unsubscribe$))
    .subscribe({
      next: ({ status, changed }) => {
        if (ended !== undefined) violations.push('a poll after the end');
        if (changed && status !== undefined) statuses.push(status);
      },
      error: (error: unknown) => end(error === aborted ? 'aborted' : String(error)),
      complete: () => end('complete'),
    });
  await s.waitIdle();

  const listeners = getEventListeners(abort.signal, 'abort').length;
  const remaining = {
    listeners,
    pauseWhile: pauseWhile.observed,
    pollNow: pollNow.observed,
    actions,
  };
  return { violations, statuses, delivered, ended, paused, remaining, inFlight, requests };
}

describe('races', () => {
  test.prop([fc.scheduler(), race], runs(1_000))(
    'in any order of events no law is violated and no status is lost',
    async (s, given) => {
      const { violations, statuses, delivered, ended, paused, remaining, inFlight } = await run(
        s,
        given,
      );
      expect(violations).toEqual([]);
      expect(statuses).toEqual(delivered.filter((word, at) => word !== delivered[at - 1]));
      if (ended === undefined) {
        // nothing else is scheduled: the watch must be paused
        expect(paused).toBe(true);
        expect(inFlight).toBeUndefined();
        expect(remaining.listeners).toBe(1);
      } else {
        expect(remaining).toEqual({ listeners: 0, pauseWhile: false, pollNow: false, actions: 0 });
        expect(inFlight).toBeUndefined();
      }
      if (delivered.at(-1) === 'finished' && ended !== 'unsubscribed' && ended !== 'aborted') {
        expect(ended).toBe('complete');
      }
    },
  );
});
