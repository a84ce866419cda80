import { Observable, type Subscription } from 'rxjs';
import { type StatusResponse, type StatusTransport, taskStatus$ } from '../../src/index.js';
import { HeapScheduler } from '../support/heap-scheduler.js';
import { seeded } from '../support/seeded.js';

/** An outage, and the watches that see it. */
export interface Outage {
  readonly watches: number;
  /** How long the server answers 503, s. */
  readonly seconds: number;
  readonly seed: number;
}

/** What an outage costs. Rates are requests per second. */
export interface OutageCost {
  /** The mean rate in the minute before it. */
  readonly healthy: number;
  /** The mean rate during the outage. */
  readonly during: number;
  /** The highest rate in a second of the outage. */
  readonly peakDuring: number;
  /** The highest rate in a second of the minute after it. */
  readonly peakAfter: number;
  /** Watches that ended with an error. */
  readonly errors: number;
  /** How long after the outage the last watch saw a status again, s. */
  readonly recovery: number;
}

/** After this time every delay has reached `backoff.maxDelay`, and the watches are out of step, s. */
const WARM_UP = 120;
const MINUTE = 60;
/** Longer than the longest retry delay, s. */
const AFTERMATH = 2 * MINUTE;

/** How long an answer takes, ms. */
const LATENCY = 100;
/** The watches start within this time, ms: one full delay. */
const ARRIVAL = 5_000;

/** Runs the library through an outage, in virtual time. */
export function simulate({ watches, seconds, seed }: Outage): OutageCost {
  const clock = new HeapScheduler();
  const random = seeded(seed);
  const start = WARM_UP + MINUTE;
  const end = start + seconds;
  const perSecond = new Array<number>(end + AFTERMATH).fill(0);
  const missing = new Set<string>();
  let errors = 0;
  let recovered = Infinity;

  const transport: StatusTransport = ({ taskId }) => {
    perSecond[Math.floor(clock.now() / 1_000)]! += 1;
    return new Observable<StatusResponse>((subscriber) =>
      clock.schedule(() => {
        const second = clock.now() / 1_000;
        const up = second < start || second >= end;
        if (!up) missing.add(taskId);
        else if (missing.delete(taskId) && missing.size === 0) recovered = second - end;
        subscriber.next(up ? RUNNING : UNAVAILABLE);
      }, LATENCY),
    );
  };

  const options = { transport, scheduler: clock, backoff: { random }, retry: { random } };
  const subscriptions: Subscription[] = [];
  for (let task = 0; task < watches; task++) {
    clock.schedule(() => {
      const watch = taskStatus$(`task_${task}`, options);
      subscriptions.push(watch.subscribe({ error: () => errors++ }));
    }, random() * ARRIVAL);
  }
  clock.runUntil((end + AFTERMATH) * 1_000);
  for (const subscription of subscriptions) subscription.unsubscribe();

  const outage = perSecond.slice(start, end);
  return {
    healthy: mean(perSecond.slice(WARM_UP, start)),
    during: mean(outage),
    peakDuring: Math.max(...outage),
    peakAfter: Math.max(...perSecond.slice(end, end + MINUTE)),
    errors,
    recovery: recovered,
  };
}

const headers = { get: () => null };
const RUNNING: StatusResponse = { status: 200, headers, body: '"running"' };
const UNAVAILABLE: StatusResponse = { status: 503, headers, body: '' };

function mean(rates: readonly number[]): number {
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
}
