import {
  Observable,
  Subject,
  Subscription,
  VirtualTimeScheduler,
  type Subscriber as RxSubscriber,
} from 'rxjs';
import {
  createTaskStatusPool,
  isTaskStatusError,
  type StatusRequest,
  type StatusResponse,
  type TaskStatus,
  type TaskStatusPool,
} from 'rxjs-task-status';

import {
  lastOfEach,
  REQUEST_TIMEOUT,
  type PoolAct,
  type PoolAnswer,
  type PoolEntry,
  type PoolHistory,
  type Subscriber,
} from './pool-history.js';

/** Runs a history against the pool in virtual time, and records what can be seen. */
export function runPool(history: PoolHistory): PoolEntry[] {
  const scheduler = new VirtualTimeScheduler();
  const trace: PoolEntry[] = [];
  const requestCounts = new Map<string, number>();
  const { jitter, drawn } = history;
  const random = () => drawn;

  const transport = ({ taskId }: StatusRequest) =>
    new Observable<StatusResponse>((subscriber) => {
      const place = requestCounts.get(taskId) ?? 0;
      requestCounts.set(taskId, place + 1);
      trace.push([scheduler.now(), 'request', taskId]);
      const answer = history.answers[taskId]?.[place] ?? FINISHED;
      let open = true;
      subscriber.add(() => {
        if (open) trace.push([scheduler.now(), 'abort', taskId]);
      });
      const reply = () => {
        open = false;
        trace.push([scheduler.now(), 'answer', taskId]);
        respond(answer, subscriber);
      };
      if (answer.silent) return;
      if (answer.latency === undefined) reply();
      else subscriber.add(scheduler.schedule(reply, answer.latency));
    });

  const pool = createTaskStatusPool({
    transport,
    scheduler,
    requestTimeout: REQUEST_TIMEOUT,
    maxConcurrent: history.maxConcurrent,
    timeout: history.timeout,
    knownStatus: history.knownStatus as TaskStatus | undefined,
    unknownStatus: history.unknownStatus,
    notFoundGrace: history.notFoundGrace,
    backoff: { ...history.backoff, factor: 2, jitter, random },
    retry: { ...history.retry, factor: 2, jitter, random },
  });

  const subscriptions = new Map<string, Subscription>();
  const ids = new Map<string, Subject<string>>();
  const counts = new Map<string, number>();
  const perform = (act: PoolAct) => {
    if (act === 'close') pool.close();
    else if ('unsubscribe' in act) subscriptions.get(act.unsubscribe)?.unsubscribe();
    else if ('add' in act) ids.get(act.to)?.next(act.add);
    else if ('completeIds' in act) ids.get(act.completeIds)?.complete();
    else if ('pollNow' in act) pool.pollNow(act.pollNow);
    else subscribe(act.subscribe);
  };
  const subscribe = (name: string) => {
    const subscriber = history.subscribers[name];
    if (!subscriber || subscriptions.has(name)) return;
    const subscription = new Subscription();
    subscriptions.set(name, subscription);
    const ids$ = new Subject<string>();
    ids.set(name, ids$);
    // in the map before it subscribes, so that it can unsubscribe inside the first callback
    const source$ = sourceOf(pool, subscriber, ids$);
    const own$ = new Observable<unknown>((inner) => {
      subscription.add(() => inner.unsubscribe());
      return source$.subscribe(inner);
    });
    own$.subscribe({
      next: (value) => {
        trace.push([scheduler.now(), 'next', name, shown(value)]);
        const nth = (counts.get(name) ?? 0) + 1;
        counts.set(name, nth);
        for (const event of history.events) {
          if (event.inside === name && event.nth === nth) perform(event.act);
        }
      },
      error: (error: unknown) => trace.push([scheduler.now(), 'end', name, codeOf(error)]),
      complete: () => trace.push([scheduler.now(), 'end', name, 'complete']),
    });
  };

  const stats: PoolEntry[] = [];
  pool.stats$.subscribe((what) => stats.push([scheduler.now(), 'stats', what]));
  for (const event of history.events) {
    if (event.at !== undefined) scheduler.schedule(() => perform(event.act), event.at);
  }
  scheduler.flush();
  return [...trace, ...lastOfEach(stats)];
}

const FINISHED: PoolAnswer = { latency: 0, word: 'finished' };

function sourceOf(
  pool: TaskStatusPool,
  subscriber: Subscriber,
  ids$: Observable<string>,
): Observable<unknown> {
  if (subscriber.to === 'statuses$') return pool.statuses$(subscriber.tasks);
  if (subscriber.to === 'allPolls$') return pool.allPolls$;
  if (subscriber.to === 'statuses$ of open ids') return pool.statuses$(ids$);
  const knownStatus = subscriber.knownStatus as TaskStatus | undefined;
  return pool[subscriber.to](subscriber.task, knownStatus && { knownStatus });
}

function respond(answer: PoolAnswer, subscriber: RxSubscriber<StatusResponse>): void {
  const retryAfter = answer.http === undefined ? undefined : answer.retryAfter;
  const headers = {
    get: (name: string) =>
      name === 'retry-after-ms' && retryAfter !== undefined ? String(retryAfter) : null,
  };
  if (answer.word !== undefined) {
    subscriber.next({ status: 200, headers, body: JSON.stringify(answer.word) });
  } else if (answer.http !== undefined) {
    subscriber.next({ status: answer.http, headers, body: '' });
  }
}

/** A value with the code of its error in the error's place. */
function shown(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('error' in value)) return value;
  return { ...value, error: codeOf(value.error) };
}

function codeOf(error: unknown): string {
  return isTaskStatusError(error) ? error.code : String(error);
}
