import { fetch as crossFetch } from 'cross-fetch';
import { Subject, takeUntil } from 'rxjs';
import { type FetchLike, type TaskPoll, taskPolls$, toStatus } from '../../src/index.js';
import type { Fixture, WatchFixture } from './fixture.js';
import { KEY } from './fixture.js';
import type { History } from './history.js';

/** What the subscriber received, and what was seen from outside. */
export interface HistoryRun {
  readonly polls: readonly TaskPoll[];
  readonly statuses: readonly string[];
  readonly end: End;
  /** From the subscription to the end, ms. */
  readonly duration: number;
  readonly watch: WatchFixture;
  readonly violations: readonly string[];
}

export type End =
  | { readonly how: 'complete' | 'unsubscribed' | 'hangs' }
  | { readonly how: 'error'; readonly error: unknown };

/** A watch that lasts longer hangs, ms. */
const MAX_DURATION = 30_000;

/** How long after its end a watch must stay silent, ms. Its delays are at most 10 ms. */
const SILENCE = 60;

export const ABORTED = new Error('aborted by the test');

const CLIENTS: Record<History['client'], FetchLike> = {
  'the platform': (url, init) => fetch(url, init),
  'cross-fetch': (url, init) => crossFetch(url, init),
};

/** Runs a history with the library over real sockets, and waits until all connections are idle. */
export async function runHistory(history: History, fixture: Fixture): Promise<HistoryRun> {
  const { options, stop } = history;
  const watch = fixture.addWatch(history, (url, init) => {
    if (ended) violations.push('a request after the end');
    if (polls.length !== watch.requests() - 1)
      violations.push('a request before the previous poll was emitted');
    return CLIENTS[history.client](url, init);
  });
  const violations = watch.violations;
  const polls: TaskPoll[] = [];
  const statuses: string[] = [];
  const abort = new AbortController();
  const unsubscribe$ = new Subject<void>();
  const started = Date.now();
  let keyCalls = 0;
  let ended = false;
  let duration = 0;
  let hangTimer: ReturnType<typeof setTimeout> | undefined;

  const stopWatch = (): void => {
    if (stop?.how === 'aborts') abort.abort(ABORTED);
    else unsubscribe$.next();
  };
  const polls$ = taskPolls$('task_1', {
    ...options,
    baseUrl: watch.baseUrl,
    // alternately a string and a promise
    apiKey: () => {
      const key = `${KEY}${++keyCalls}`;
      return keyCalls % 2 ? key : Promise.resolve(key);
    },
    fetch: watch.fetch,
    signal: abort.signal,
  });
  const received$ = new Subject<TaskPoll>();
  received$.pipe(toStatus()).subscribe((status) => statuses.push(status));

  const end = await new Promise<End>((resolve) => {
    const finish = (how: End): void => {
      if (ended) violations.push(`ended again: ${how.how}`);
      ended = true;
      duration = Date.now() - started;
      resolve(how);
    };
    hangTimer = setTimeout(() => {
      finish({ how: 'hangs' });
      stopWatch();
    }, MAX_DURATION);
    if (typeof stop?.after === 'number') {
      setTimeout(() => {
        if (ended) return;
        if (stop.how === 'unsubscribes') finish({ how: 'unsubscribed' });
        stopWatch();
      }, stop.after);
    }
    polls$.pipe(takeUntil(unsubscribe$)).subscribe({
      next: (poll) => {
        if (ended) violations.push('a poll after the end');
        polls.push(poll);
        received$.next(poll);
        if (typeof stop?.after === 'object' && stop.after.next === polls.length) {
          if (stop.how === 'unsubscribes') finish({ how: 'unsubscribed' });
          stopWatch();
        }
      },
      error: (error: unknown) => finish({ how: 'error', error }),
      complete: () => {
        if (!ended) finish({ how: 'complete' });
      },
    });
  });
  clearTimeout(hangTimer);

  const requests = watch.requests();
  await new Promise((resolve) => setTimeout(resolve, SILENCE));
  if (watch.requests() !== requests) violations.push('a request after the end');
  await waitForConnections(watch);
  return { polls, statuses, end, duration, watch, violations };
}

/** Waits until no connection serves the watch. One that stays open is a violation. */
async function waitForConnections({ received, violations }: WatchFixture): Promise<void> {
  const open = (): number[] =>
    [...received].flatMap(([attempt, { done }]) => (done ? [] : [attempt]));
  for (const until = Date.now() + 60_000; open().length && Date.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const attempt of open()) violations.push(`the connection of request ${attempt} stays open`);
}
