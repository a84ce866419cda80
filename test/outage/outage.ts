import { Observable, type Subscription } from 'rxjs';
import { type StatusResponse, type StatusTransport, taskStatus$ } from '../../src/index.js';
import { CrowdClock } from '../support/crowd-clock.js';
import { seeded } from '../support/seeded.js';

/** An outage as a crowd of watches with default options lives through it. */
export interface Outage {
  readonly watches: number;
  /** How long the server answers 503, s. */
  readonly seconds: number;
  readonly seed: number;
}

/** What came of it; rates are requests in a second. */
export interface Toll {
  /** The mean of the minute before it. */
  readonly healthy: number;
  /** The mean of the outage. */
  readonly during: number;
  /** The worst second of the outage. */
  readonly peakDuring: number;
  /** The worst second of the minute after it. */
  readonly peakAfter: number;
  /** Watches that ended with an error. */
  readonly errors: number;
  /** From its end until every watch had seen a status again, s. */
  readonly recovery: number;
}

/** So long after the first subscriptions every wait is `backoff.maxDelay`, and the crowd is mixed, s. */
const WARM_UP = 120;
const MINUTE = 60;
/** Longer than any retry waits by default, s. */
const AFTERMATH = 2 * MINUTE;

/** How long an answer takes, ms. */
const LATENCY = 100;
/** The crowd arrives over so long, ms: a full wait. */
const ARRIVAL = 5_000;

/** Plays an outage to the library, in virtual time. */
export function simulate({ watches, seconds, seed }: Outage): Toll {
  const clock = new CrowdClock();
  const random = seeded(seed);
  const begins = WARM_UP + MINUTE;
  const ends = begins + seconds;
  const perSecond = new Array<number>(ends + AFTERMATH).fill(0);
  const missing = new Set<string>();
  let errors = 0;
  let recovered = Infinity;

  const transport: StatusTransport = ({ taskId }) => {
    perSecond[Math.floor(clock.now() / 1_000)]! += 1;
    return new Observable<StatusResponse>((subscriber) =>
      clock.schedule(() => {
        const second = clock.now() / 1_000;
        const up = second < begins || second >= ends;
        if (!up) missing.add(taskId);
        else if (missing.delete(taskId) && missing.size === 0) recovered = second - ends;
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
  clock.runUntil((ends + AFTERMATH) * 1_000);
  for (const subscription of subscriptions) subscription.unsubscribe();

  const outage = perSecond.slice(begins, ends);
  return {
    healthy: mean(perSecond.slice(WARM_UP, begins)),
    during: mean(outage),
    peakDuring: Math.max(...outage),
    peakAfter: Math.max(...perSecond.slice(ends, ends + MINUTE)),
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
