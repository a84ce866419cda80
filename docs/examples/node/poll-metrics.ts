import type { Meter } from '@opentelemetry/api';
import { defer, finalize, tap, type MonoTypeOperatorFunction } from 'rxjs';
import type { TaskPoll } from 'rxjs-task-status';

/**
 * Records metrics of `taskPolls$`, and passes the polls on.
 *
 * The task id is not an attribute, because each value of an attribute makes a separate time series.
 */
export function measurePolls<S extends string>(
  meter: Meter,
): MonoTypeOperatorFunction<TaskPoll<S>> {
  const watches = meter.createUpDownCounter('task_status.watches');
  const duration = meter.createHistogram('task_status.poll.duration', { unit: 's' });
  const changes = meter.createCounter('task_status.changes');
  return (polls$) =>
    defer(() => {
      watches.add(1);
      return polls$.pipe(
        tap(({ duration: ms, status, error, changed }) => {
          duration.record(ms / 1_000, { outcome: error?.code ?? 'ok' });
          if (changed) changes.add(1, { status });
        }),
        finalize(() => watches.add(-1)),
      );
    });
}
