// #region recipe
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Span, Tracer } from '@opentelemetry/api';
import { Subscription } from 'rxjs';
import type { TaskPoll, TaskStatusPool } from 'rxjs-task-status';

/** A watch is over if it was not polled for this long after its next poll was due, ms. */
const OVERDUE = 600_000;

/**
 * Traces the watches of a pool with OpenTelemetry, until the pool is closed. The span of a watch contains
 * a span for each status that the task had, and one for each poll that failed.
 */
export function traceWatches<S extends string>(
  pool: TaskStatusPool<S>,
  tracer: Tracer,
): Subscription {
  const watches = new Map<string, WatchSpans>();
  const end = (taskId: string) => {
    watches.get(taskId)?.end();
    watches.delete(taskId);
  };
  let checkedAt = 0;
  /** A watch that was unsubscribed from, aborted or timed out has no last poll. */
  const endOverdue = (now: number) => {
    if (now - checkedAt < OVERDUE / 10) return;
    checkedAt = now;
    for (const [taskId, { dueAt }] of watches) if (now - dueAt > OVERDUE) end(taskId);
  };

  const subscription = new Subscription(() => [...watches.keys()].forEach(end));
  subscription.add(
    pool.allPolls$.subscribe({
      next: (poll) => {
        const { taskId, attempt, at, duration, nextDelay } = poll;
        // the task is watched again
        if (attempt === 1) end(taskId);
        endOverdue(at + duration);
        const spans = watches.get(taskId) ?? new WatchSpans(tracer, poll);
        watches.set(taskId, spans);
        spans.onPoll(poll);
        if (nextDelay === undefined) end(taskId);
      },
      complete: () => subscription.unsubscribe(),
    }),
  );
  return subscription;
}

class WatchSpans {
  /** When its next poll is due, ms. */
  dueAt = Infinity;
  #handledAt = new Date();
  #lastStatus: string | undefined;
  #statusSpan: Span | undefined;
  readonly #watchSpan: Span;

  constructor(
    private readonly tracer: Tracer,
    { taskId, at }: TaskPoll<string>,
  ) {
    const attributes = { 'task_status.task_id': taskId };
    const options = { startTime: new Date(at), attributes };
    this.#watchSpan = tracer.startSpan('task_status.watch', options, ROOT_CONTEXT);
  }

  onPoll({ attempt, at, duration, nextDelay = 0, status, error }: TaskPoll<string>): void {
    this.#handledAt = new Date(at + duration);
    this.dueAt = at + duration + nextDelay;
    this.#watchSpan.setAttribute('task_status.attempts', attempt);
    const parent = trace.setSpan(ROOT_CONTEXT, this.#watchSpan);
    if (error) {
      const attributes = { 'task_status.attempt': attempt, 'error.type': error.code };
      const options = { kind: SpanKind.CLIENT, startTime: new Date(at), attributes };
      this.tracer
        .startSpan('task_status.failed_poll', options, parent)
        .setStatus({ code: SpanStatusCode.ERROR, message: error.message })
        .end(this.#handledAt);
    } else if (status !== this.#lastStatus) {
      const options = { startTime: this.#handledAt };
      this.#statusSpan?.end(this.#handledAt);
      this.#statusSpan = this.tracer.startSpan(`task_status.${status}`, options, parent);
      this.#watchSpan.setAttribute('task_status.status', status);
      this.#lastStatus = status;
    }
  }

  end(): void {
    this.#statusSpan?.end(this.#handledAt);
    this.#watchSpan.end(this.#handledAt);
  }
}
// #endregion
