import { fetch as crossFetch } from 'cross-fetch';
import { Subject, takeUntil } from 'rxjs';
import { type FetchLike, type TaskPoll, taskPolls$, toStatus } from '../../src/index.js';
import type { Ground, Stage } from './ground.js';
import { KEY } from './ground.js';
import type { History } from './history.js';

/** What the subscriber got, and what can be said of it from outside. */
export interface Performance {
  readonly polls: readonly TaskPoll[];
  readonly statuses: readonly string[];
  readonly end: End;
  /** From the subscription to the end, ms. */
  readonly lasted: number;
  readonly stage: Stage;
  readonly breaches: readonly string[];
}

export type End =
  | { readonly how: 'complete' | 'left' | 'hangs' }
  | { readonly how: 'error'; readonly error: unknown };

/** A watch that goes on for so long hangs, ms: no history adds up to this much. */
const PATIENCE = 30_000;

/** So long after its end a watch must stay silent, ms; it waits 10 between requests at most. */
const SILENCE = 60;

export const ABORTED = new Error('aborted by the test');

const CLIENTS: Record<History['client'], FetchLike> = {
  'the platform': (url, init) => fetch(url, init),
  'cross-fetch': (url, init) => crossFetch(url, init),
};

/** Plays a history to the library over real sockets, and waits until nothing moves any more. */
export async function play(history: History, ground: Ground): Promise<Performance> {
  const { options, leaving } = history;
  const stage = ground.stage(history, (url, init) => {
    if (ended) breaches.push('a request after the end');
    if (polls.length !== stage.requests() - 1) breaches.push('a request before the last was told');
    return CLIENTS[history.client](url, init);
  });
  const breaches = stage.breaches;
  const polls: TaskPoll[] = [];
  const statuses: string[] = [];
  const abort = new AbortController();
  const left$ = new Subject<void>();
  const started = Date.now();
  let asked = 0;
  let ended = false;
  let lasted = 0;
  let late: ReturnType<typeof setTimeout> | undefined;

  const leave = (): void => {
    if (leaving?.how === 'aborts') abort.abort(ABORTED);
    else left$.next();
  };
  const poll$ = taskPolls$('task_1', {
    ...options,
    baseUrl: stage.baseUrl,
    // in turns of both kinds
    apiKey: () => {
      const key = `${KEY}${++asked}`;
      return asked % 2 ? key : Promise.resolve(key);
    },
    fetch: stage.fetch,
    signal: abort.signal,
  });
  const told$ = new Subject<TaskPoll>();
  told$.pipe(toStatus()).subscribe((status) => statuses.push(status));

  const end = await new Promise<End>((resolve) => {
    const finish = (how: End): void => {
      if (ended) breaches.push(`ended again: ${how.how}`);
      ended = true;
      lasted = Date.now() - started;
      resolve(how);
    };
    late = setTimeout(() => {
      finish({ how: 'hangs' });
      leave();
    }, PATIENCE);
    if (typeof leaving?.after === 'number') {
      setTimeout(() => {
        if (ended) return;
        if (leaving.how === 'unsubscribes') finish({ how: 'left' });
        leave();
      }, leaving.after);
    }
    poll$.pipe(takeUntil(left$)).subscribe({
      next: (poll) => {
        if (ended) breaches.push('a poll after the end');
        polls.push(poll);
        told$.next(poll);
        if (typeof leaving?.after === 'object' && leaving.after.next === polls.length) {
          if (leaving.how === 'unsubscribes') finish({ how: 'left' });
          leave();
        }
      },
      error: (error: unknown) => finish({ how: 'error', error }),
      complete: () => {
        if (!ended) finish({ how: 'complete' });
      },
    });
  });
  clearTimeout(late);

  const requests = stage.requests();
  await new Promise((resolve) => setTimeout(resolve, SILENCE));
  if (stage.requests() !== requests) breaches.push('a request after the end');
  await closed(stage);
  return { polls, statuses, end, lasted, stage, breaches };
}

/** Waits until no connection serves the watch any more; complains of one that stays. */
async function closed({ sightings, breaches }: Stage): Promise<void> {
  const open = (): number[] =>
    [...sightings].flatMap(([attempt, { over }]) => (over ? [] : [attempt]));
  for (const until = Date.now() + 5_000; open().length && Date.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const attempt of open()) breaches.push(`the connection of request ${attempt} stays open`);
}
