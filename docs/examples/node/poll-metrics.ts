// #region recipe
import type { BatchObservableResult, Meter } from '@opentelemetry/api';
import type { Subscription } from 'rxjs';
import type { TaskStatusPool } from 'rxjs-task-status';

/** Records metrics of a pool with OpenTelemetry, until the pool is closed. */
export function measurePool<S extends string>(pool: TaskStatusPool<S>, meter: Meter): Subscription {
  const duration = meter.createHistogram('task_status.poll.duration', { unit: 's' });
  const changes = meter.createCounter('task_status.changes');
  const watching = meter.createObservableGauge('task_status.watching');
  const failing = meter.createObservableGauge('task_status.failing');
  const queued = meter.createObservableGauge('task_status.queued');
  const inFlight = meter.createObservableGauge('task_status.in_flight');
  const silence = meter.createObservableGauge('task_status.last_answer.age', { unit: 's' });

  const gauges = [watching, failing, queued, inFlight, silence];
  const readStats = (result: BatchObservableResult) => {
    const stats = pool.stats();
    result.observe(watching, stats.watching);
    result.observe(failing, stats.failing);
    result.observe(queued, stats.queued);
    result.observe(inFlight, stats.inFlight);
    if (stats.lastAnswerAt === undefined) return;
    result.observe(silence, (Date.now() - stats.lastAnswerAt) / 1_000);
  };
  meter.addBatchObservableCallback(readStats, gauges);

  // no task id in the attributes: each value of an attribute creates a time series
  const subscription = pool.allPolls$.subscribe(({ duration: ms, status, error, changed }) => {
    duration.record(ms / 1_000, { outcome: error?.code ?? 'ok' });
    if (changed) changes.add(1, { status });
  });
  subscription.add(() => meter.removeBatchObservableCallback(readStats, gauges));
  return subscription;
}
// #endregion
