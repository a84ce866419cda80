import { map, merge, Observable, shareReplay, take } from 'rxjs';

import { TaskUnsuccessfulError } from '../api/errors.js';
import type { RequestSignal } from '../api/transport.js';
import { emitResult, type EndedTask, type TaskResult } from '../stream/task-result.js';

/** The results of tasks that have ended, with one request for all subscribers of a task's watch. */
export class SharedResults<S extends string> {
  readonly #signal: RequestSignal | undefined;
  readonly #closed$: Observable<void>;
  // all observers of a watch get the same object at its end
  readonly #results = new WeakMap<EndedTask<S>, Observable<TaskResult<S>>>();

  /**
   * @param signal ends the request of a result whose watch had no signal
   * @param closed$ emits when the pool is closed, also to late subscribers
   */
  constructor(signal: RequestSignal | undefined, closed$: Observable<void>) {
    this.#signal = signal;
    this.#closed$ = closed$;
  }

  /** The result of an ended task. Errors with a `TaskUnsuccessfulError` if the pool is closed first. */
  resultOf(task: EndedTask<S>): Observable<TaskResult<S>> {
    let result$ = this.#results.get(task);
    if (!result$) {
      const { taskId, status, details } = task.answer;
      const options = { ...task.options, signal: task.options.signal ?? this.#signal };
      const fetched$ = new Observable<TaskResult<S>>((subscriber) =>
        emitResult({ ...task, options }, subscriber),
      );
      const closedBefore$ = this.#closed$.pipe(
        map(() => {
          throw new TaskUnsuccessfulError(status, taskId, false, details);
        }),
      );
      // closedBefore$ first, because a transport may close the pool
      result$ = merge(closedBefore$, fetched$).pipe(
        take(1),
        shareReplay({ bufferSize: 1, refCount: true }),
      );
      this.#results.set(task, result$);
    }
    return result$;
  }
}
