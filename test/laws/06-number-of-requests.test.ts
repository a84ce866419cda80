import { VirtualTimeScheduler } from 'rxjs';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect } from 'vitest';
import { taskStatus$, type BackoffOptions, type TaskStatus } from '../../src/index.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';

/** A status and its duration, ms. */
type Period = readonly [status: TaskStatus, duration: number];

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

/** The duration of a status, in multiples of `maxDelay`. */
const length = fc.double({ min: 0, max: 60, noNaN: true });

describe('law 6: backoff: the number of requests', () => {
  test.prop([schedule, length], runs(300))(
    'is 1, plus 1 for each delay of the formula that fits into the status, plus 1 that sees its end',
    ({ initialDelay, factor, maxDelay }, length) => {
      const duration = length * maxDelay;
      let fitting = 0;
      for (let at = 0; ; fitting++) {
        at += Math.min(maxDelay, initialDelay * factor ** fitting);
        // a request at the end sees the end
        if (at >= duration) break;
      }
      const backoff = { initialDelay, factor, maxDelay, jitter: 0 };
      const requests = requestsDuring([['running', duration]], backoff);
      // a status of duration 0 is never seen
      expect(requests).toHaveLength(duration === 0 ? 1 : 1 + fitting + 1);
    },
  );

  test.prop(
    [
      schedule,
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.boolean(),
      fc.array(fc.tuple(fc.constantFrom<TaskStatus>('created', 'running', 'paused'), length), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    ],
    runs(300),
  )(
    'is at most 2 + ceil(log_factor(maxDelay / initialDelay)) + T / (maxDelay * (1 - jitter)) for a status of duration T',
    ({ initialDelay, factor, maxDelay }, jitter, resetOnChange, lengths, randoms) => {
      const random = () => Number(randoms.next().value);
      const periods = lengths.map(([status, length]): Period => [status, length * maxDelay]);
      const requests = requestsDuring(periods, {
        initialDelay,
        factor,
        maxDelay,
        jitter,
        resetOnChange,
        random,
      });
      const growingDelays = Math.ceil(Math.log(maxDelay / initialDelay) / Math.log(factor));
      let from = 0;
      for (const [, duration] of periods) {
        const until = from + duration;
        const during = requests.filter((at) => at >= from && at < until).length;
        // plus the request that sees the end
        expect(during + 1).toBeLessThanOrEqual(
          2 + growingDelays + duration / (maxDelay * (1 - jitter)),
        );
        from = until;
      }
    },
  );
});

/** The times of the requests for a task that has these statuses and then is finished. */
function requestsDuring(periods: readonly Period[], backoff: BackoffOptions): number[] {
  const scheduler = new VirtualTimeScheduler();
  let end = 0;
  const timeline = periods.map(([status, duration]) => {
    const start = end;
    end += duration;
    return [status, start] as const;
  });
  const { transport, requests } = fakeTaskApi(
    { task_1: [...timeline, ['finished', end]] },
    { scheduler },
  );
  taskStatus$('task_1', { transport, scheduler, backoff }).subscribe();
  scheduler.flush();
  return requests.map(({ at }) => at);
}
