import { getEventListeners } from 'node:events';
import { Observable, type SchedulerLike, Subject, Subscription, takeUntil } from 'rxjs';
import { describe, expect } from 'vitest';
import { type StatusResponse, type StatusTransport, taskPolls$ } from '../src/index.js';
import { TASK_ID } from './support/history.js';
import { fc, test } from './support/property.js';
import { runs } from './support/runs.js';

const WORDS = ['created', 'running', 'paused', 'finished'] as const;
const ACTS = ['pause', 'resume', 'nudge', 'abort', 'unsubscribe', 'pauseWhile ends'] as const;

const answer = fc.record({
  /** A word, or a failure that is retried. */
  says: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<string | number>(...WORDS.slice(0, 3)) },
    { weight: 2, arbitrary: fc.constantFrom<string | number>(503, 429) },
    { weight: 1, arbitrary: fc.constantFrom<string | number>('finished', 404) },
  ),
  as: fc.constantFrom('promise' as const, 'Observable' as const),
  pacing: fc.constantFrom(undefined, undefined, '1'),
  /** It comes even when nobody waits for it any more. */
  stubborn: fc.boolean(),
});
type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never;

const LAST: Answer = { says: 'finished', as: 'Observable', pacing: undefined, stubborn: false };

const race = fc.record({
  answers: fc.array(answer, { maxLength: 6 }),
  acts: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...ACTS.slice(0, 3)) },
      { weight: 1, arbitrary: fc.constantFrom(...ACTS.slice(3)) },
    ),
    { maxLength: 6 },
  ),
  key: fc.constantFrom('fixed' as const, 'told' as const, 'promised' as const),
  timeout: fc.constantFrom(Infinity, Infinity, 5_000),
  requestTimeout: fc.constantFrom(Infinity, 1_000),
});

/**
 * Whatever can happen happens in any order: fast-check picks what comes next, be it an answer, a
 * timer, a key, or something that the caller does. Timers are late or early as it pleases.
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
  const breaches: string[] = [];
  const statuses: string[] = [];
  /** The words of the answers that came while they were waited for. */
  const heard: string[] = [];
  const pauseWhile = new Subject<boolean>();
  const pollNow = new Subject<void>();
  const left$ = new Subject<void>();
  const abort = new AbortController();
  const aborted = new Error('aborted');
  let paused = false;
  let settled = false;
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
      if (ended !== undefined) breaches.push('scheduled after the end');
      if (++actions > 3) breaches.push('more than three actions');
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

  /** A request begins when its key is asked for. */
  const begin = (): void => {
    if (paused) breaches.push('a request in a pause');
  };
  const tellKey = (): string | Promise<string> => {
    begin();
    return key === 'told' ? 'key' : s.schedule(Promise.resolve('key'), 'key');
  };

  const transport: StatusTransport = ({ signal }) => {
    const { says, as, pacing, stubborn } = answers[requests++] ?? LAST;
    if (key === 'fixed') begin();
    if (inFlight) breaches.push('two requests in flight');
    if (ended !== undefined) breaches.push('a request after the end');
    const mine = {};
    inFlight = mine;
    const forget = (): void => {
      if (inFlight === mine) inFlight = undefined;
    };
    signal.addEventListener('abort', forget);
    const response: StatusResponse = {
      status: typeof says === 'number' ? says : 200,
      headers: { get: (name) => (name === 'retry-after' && pacing ? pacing : null) },
      body: typeof says === 'number' ? '' : JSON.stringify(says),
    };
    const deliver = (give: (response: StatusResponse) => void): void => {
      if (signal.aborted && !stubborn) return;
      if (inFlight === mine && typeof says === 'string') heard.push(says);
      forget();
      give(response);
    };
    if (as === 'promise') {
      return new Promise((resolve) => later(`answer ${says}`, () => deliver(resolve)));
    }
    return new Observable((subscriber) => {
      later(`answer ${says}`, () => {
        if (!subscriber.closed) deliver((it) => subscriber.next(it));
      });
    });
  };

  const hold = (held: boolean): void => {
    // it leaves its last state
    if (!settled) paused = held;
    pauseWhile.next(held);
  };
  const perform: Record<(typeof ACTS)[number], () => void> = {
    pause: () => hold(true),
    resume: () => hold(false),
    nudge: () => pollNow.next(),
    abort: () => abort.abort(aborted),
    unsubscribe: () => {
      ended ??= 'left';
      left$.next();
    },
    'pauseWhile ends': () => {
      settled = true;
      pauseWhile.complete();
    },
  };

  const end = (how: string): void => {
    // takeUntil() completes when the subscriber leaves
    if (ended === 'left') return;
    if (ended !== undefined) breaches.push(`ended as ${ended}, and as ${how}`);
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
    apiKey: key === 'fixed' ? 'key' : tellKey,
    retry: { maxRetries: 3 },
  })
    .pipe(takeUntil(left$))
    .subscribe({
      next: ({ status, changed }) => {
        if (ended !== undefined) breaches.push('a poll after the end');
        if (changed && status !== undefined) statuses.push(status);
      },
      error: (error: unknown) => end(error === aborted ? 'aborted' : String(error)),
      complete: () => end('complete'),
    });
  await s.waitIdle();

  const listeners = getEventListeners(abort.signal, 'abort').length;
  const held = { listeners, pauseWhile: pauseWhile.observed, pollNow: pollNow.observed, actions };
  return { breaches, statuses, heard, ended, paused, held, inFlight, requests };
}

describe('races', () => {
  test.prop([fc.scheduler(), race], runs(1_000))(
    'in whatever order things come, no law is broken and no status lost',
    async (s, given) => {
      const { breaches, statuses, heard, ended, paused, held, inFlight } = await run(s, given);
      expect(breaches).toEqual([]);
      expect(statuses).toEqual(heard.filter((word, at) => word !== heard[at - 1]));
      if (ended === undefined) {
        // nothing is left to come: only a pause can hold it
        expect(paused).toBe(true);
        expect(inFlight).toBeUndefined();
        expect(held.listeners).toBe(1);
      } else {
        expect(held).toEqual({ listeners: 0, pauseWhile: false, pollNow: false, actions: 0 });
        expect(inFlight).toBeUndefined();
      }
      if (heard.at(-1) === 'finished' && ended !== 'left' && ended !== 'aborted') {
        expect(ended).toBe('complete');
      }
    },
  );
});
