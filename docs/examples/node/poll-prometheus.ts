// #region recipe
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Subscription } from 'rxjs';
import type { TaskStatusPool, TaskStatusPoolStats } from 'rxjs-task-status';

/** Records metrics of a pool for Prometheus, until the pool is closed. */
export function collectPolls<S extends string>(
  pool: TaskStatusPool<S>,
  registry: Registry,
): Subscription {
  const registers = [registry];
  const gauge = (name: string, help: string, read: (stats: TaskStatusPoolStats) => number) =>
    new Gauge({
      name: `task_status_${name}`,
      help,
      registers,
      collect() {
        this.set(read(pool.stats()));
      },
    });
  gauge('watching', 'Tasks that are being watched', ({ watching }) => watching);
  gauge('failing', 'Tasks whose latest answer was a failure', ({ failing }) => failing);
  gauge('queued', 'Requests that wait in the queue', ({ queued }) => queued);
  gauge('in_flight', 'Requests in flight', ({ inFlight }) => inFlight);
  gauge(
    'last_answer_timestamp_seconds',
    'When the last good answer came; 0 if there was none',
    ({ lastAnswerAt = 0 }) => lastAnswerAt / 1_000,
  );
  const duration = new Histogram({
    name: 'task_status_poll_duration_seconds',
    help: 'How long a poll took, by its outcome',
    labelNames: ['outcome'],
    registers,
  });
  const changes = new Counter({
    name: 'task_status_changes_total',
    help: 'Changes of status',
    labelNames: ['status'],
    registers,
  });

  // no task id in the labels: each value of a label creates a time series
  return pool.allPolls$.subscribe(({ duration: ms, status, error, changed }) => {
    duration.observe({ outcome: error?.code ?? 'ok' }, ms / 1_000);
    if (changed && status !== undefined) changes.inc({ status });
  });
}
// #endregion
