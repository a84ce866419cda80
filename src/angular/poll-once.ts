import { Observable } from 'rxjs';
import { TaskTimeoutError, type TaskPoll, type TaskStatusOptions } from 'rxjs-task-status';

import type { ServerPoll } from './transferred-polls.js';

/** The default of `requestTimeout` on the server, ms: the response waits for the request. */
const SERVER_REQUEST_TIMEOUT = 3_000;

/** The options of a watch that makes one request. */
export function onceOptions(options: TaskStatusOptions<string>): TaskStatusOptions<string> {
  const { requestTimeout = SERVER_REQUEST_TIMEOUT } = options;
  // a deadline of 0 makes the first request the final poll
  return { ...options, requestTimeout, timeout: 0 };
}

/**
 * Emits the outcome of the one request of a watch, and completes. Never errors. Completes without a
 * value if polling is paused, or if the pool is closed.
 *
 * @param polls$ a watch with {@link onceOptions}
 */
export function pollOnce(polls$: Observable<TaskPoll<string>>): Observable<ServerPoll> {
  return new Observable((subscriber) => {
    let poll: TaskPoll<string> | undefined;
    let isStarting = true;
    subscriber.add(
      polls$.subscribe({
        next: (value) => (poll = value),
        error: (error: unknown) => {
          const isDeadline = error instanceof TaskTimeoutError;
          // the deadline passes during subscribe() only in a pause
          if (!isDeadline || poll || !isStarting) {
            const reason = isDeadline && poll ? error.cause : error;
            subscriber.next({ poll, error: reason, isTransient: isDeadline });
          }
          subscriber.complete();
        },
        complete: () => {
          if (poll) subscriber.next({ poll, isTransient: false });
          subscriber.complete();
        },
      }),
    );
    isStarting = false;
  });
}
