import { of, VirtualTimeScheduler } from 'rxjs';
import { describe, expect } from 'vitest';
import { taskStatus$, type BackoffOptions, type StatusTransport } from '../../src/index.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';

/** A status and how long it lasts, ms. */
type Stretch = readonly [status: string, lasts: number];

const schedule = fc
  .record({
    initialDelay: fc.integer({ min: 1, max: 10_000 }),
    factor: fc.double({ min: 1.01, max: 4, noNaN: true }),
    growth: fc.double({ min: 1, max: 100, noNaN: true }),
  })
  .map(({ initialDelay, factor, growth }) => ({
    initialDelay,
    factor,
    maxDelay: initialDelay * growth,
  }));

/** How long a status lasts, in longest waits. */
const length = fc.double({ min: 0, max: 60, noNaN: true });

describe('the number of requests', () => {
  test.prop([schedule, length], runs(300))(
    'is 1, and 1 for each wait of the formula that fits into the status, and the one that sees its end',
    ({ initialDelay, factor, maxDelay }, length) => {
      const lasts = length * maxDelay;
      let fitting = 0;
      for (let at = 0; ; fitting++) {
        at += Math.min(maxDelay, initialDelay * factor ** fitting);
        // what comes at the very end sees the end
        if (at >= lasts) break;
      }
      const backoff = { initialDelay, factor, maxDelay, jitter: 0 };
      const requests = requestsDuring([['running', lasts]], backoff);
      // a status that lasts no time at all is never seen
      expect(requests).toHaveLength(lasts === 0 ? 1 : 1 + fitting + 1);
    },
  );

  test.prop(
    [
      schedule,
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.boolean(),
      fc.array(fc.tuple(fc.constantFrom('created', 'running', 'paused'), length), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    ],
    runs(300),
  )(
    'is at most 2 + ceil(log_factor(maxDelay / initialDelay)) + T / (maxDelay * (1 - jitter)) for a status that lasts T',
    ({ initialDelay, factor, maxDelay }, jitter, resetOnChange, lengths, randoms) => {
      const random = () => Number(randoms.next().value);
      const stretches = lengths.map(([status, length]): Stretch => [status, length * maxDelay]);
      const requests = requestsDuring(stretches, {
        initialDelay,
        factor,
        maxDelay,
        jitter,
        resetOnChange,
        random,
      });
      const growing = Math.ceil(Math.log(maxDelay / initialDelay) / Math.log(factor));
      let from = 0;
      for (const [, lasts] of stretches) {
        const until = from + lasts;
        const during = requests.filter((at) => at >= from && at < until).length;
        // and the one that sees its end
        expect(during + 1).toBeLessThanOrEqual(2 + growing + lasts / (maxDelay * (1 - jitter)));
        from = until;
      }
    },
  );
});

/** When the requests left, of a task that goes through these statuses and then has finished. */
function requestsDuring(stretches: readonly Stretch[], backoff: BackoffOptions): number[] {
  const scheduler = new VirtualTimeScheduler();
  const requests: number[] = [];
  const transport: StatusTransport = () => {
    const now = scheduler.now();
    requests.push(now);
    let until = 0;
    const stretch = stretches.find(([, lasts]) => now < (until += lasts));
    const [status] = stretch ?? ['finished'];
    return of({ status: 200, headers: { get: () => null }, body: JSON.stringify(status) });
  };
  taskStatus$('task_1', { transport, scheduler, backoff }).subscribe();
  scheduler.flush();
  return requests;
}
