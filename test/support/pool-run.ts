import { Observable, Subscription, VirtualTimeScheduler, type Subscriber as Sink } from 'rxjs';
import {
  createTaskStatusPool,
  isTaskStatusError,
  type StatusRequest,
  type StatusResponse,
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

/** Plays a history to the pool in virtual time, and writes down what can be seen. */
export function runPool(history: PoolHistory): PoolEntry[] {
  const scheduler = new VirtualTimeScheduler();
  const trace: PoolEntry[] = [];
  const asked = new Map<string, number>();
  const { jitter, drawn } = history;
  const random = () => drawn;

  const transport = ({ taskId }: StatusRequest) =>
    new Observable<StatusResponse>((sink) => {
      const place = asked.get(taskId) ?? 0;
      asked.set(taskId, place + 1);
      trace.push([scheduler.now(), 'request', taskId]);
      const answer = history.answers[taskId]?.[place] ?? FINISHED;
      let open = true;
      sink.add(() => {
        if (open) trace.push([scheduler.now(), 'abort', taskId]);
      });
      const reply = () => {
        open = false;
        trace.push([scheduler.now(), 'answer', taskId]);
        give(answer, sink);
      };
      if (answer.silent) return;
      if (answer.latency === undefined) reply();
      else sink.add(scheduler.schedule(reply, answer.latency));
    });

  const pool = createTaskStatusPool({
    transport,
    scheduler,
    requestTimeout: REQUEST_TIMEOUT,
    maxConcurrent: history.maxConcurrent,
    backoff: { ...history.backoff, factor: 2, jitter, random },
    retry: { ...history.retry, factor: 2, jitter, random },
  });

  const subscriptions = new Map<string, Subscription>();
  const told = new Map<string, number>();
  const perform = (act: PoolAct) => {
    if (act === 'close') pool.close();
    else if ('leave' in act) subscriptions.get(act.leave)?.unsubscribe();
    else subscribe(act.subscribe);
  };
  const subscribe = (name: string) => {
    const subscriber = history.subscribers[name];
    if (!subscriber || subscriptions.has(name)) return;
    const subscription = new Subscription();
    subscriptions.set(name, subscription);
    // in the set before it subscribes, so that it can leave inside of what it is told at once
    const source$ = sourceOf(pool, subscriber);
    const own$ = new Observable<unknown>((sink) => {
      subscription.add(() => sink.unsubscribe());
      return source$.subscribe(sink);
    });
    own$.subscribe({
      next: (value) => {
        trace.push([scheduler.now(), 'told', name, seen(value)]);
        const nth = (told.get(name) ?? 0) + 1;
        told.set(name, nth);
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

function sourceOf(pool: TaskStatusPool, subscriber: Subscriber): Observable<unknown> {
  return subscriber.to === 'statuses$'
    ? pool.statuses$(subscriber.tasks)
    : pool[subscriber.to](subscriber.task);
}

function give(answer: PoolAnswer, sink: Sink<StatusResponse>): void {
  const after = answer.http === undefined ? undefined : answer.retryAfter;
  const headers = {
    get: (name: string) =>
      name === 'retry-after-ms' && after !== undefined ? String(after) : null,
  };
  if (answer.word !== undefined) {
    sink.next({ status: 200, headers, body: JSON.stringify(answer.word) });
  } else if (answer.http !== undefined) {
    sink.next({ status: answer.http, headers, body: '' });
  }
}

/** With the codes of errors in their places. */
function seen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('error' in value)) return value;
  return { ...value, error: codeOf(value.error) };
}

function codeOf(error: unknown): string {
  return isTaskStatusError(error) ? error.code : String(error);
}
