import { catchError, concatWith, defer, EMPTY, map, of, type OperatorFunction } from 'rxjs';
import {
  isTaskStatusError,
  TaskUnsuccessfulError,
  type TaskApi,
  type TaskPoll,
} from 'rxjs-task-status';

/** An event of a stream of server-sent events. */
export interface ServerEvent {
  /** The status, if the event has one. A browser sends the last one back as `Last-Event-ID`. */
  readonly id?: string;
  /** The name of the event; absent for `message`, the default. */
  readonly type?: 'failure' | 'end';
  /** Never empty, because browsers ignore an event without data. */
  readonly data: string;
}

/** The options of {@link toServerEvents}. */
export interface ServerEventsOptions {
  /**
   * The API of the statuses. With it, a source that completes before a terminal status of this API emits no
   * `end` event: the pool was closed, and the page should connect again. Default: none, so every stream
   * ends with `end`.
   */
  readonly api?: Pick<TaskApi<string>, 'terminal'> | undefined;
  /**
   * The status that the page already has: the same `knownStatus` as that of the watch. If it is terminal
   * and the watch confirms it, the stream ends with `end`. Default: none.
   */
  readonly knownStatus?: string | undefined;
}

/**
 * Maps statuses or polls to events. The last event is `end`, after `failure` if the source errors.
 *
 * The result never errors: to a page, an error would look like a lost connection.
 */
export function toServerEvents({
  api,
  knownStatus,
}: ServerEventsOptions): OperatorFunction<string | TaskPoll<string>, ServerEvent> {
  return (source) =>
    defer(() => {
      let lastStatus: string | undefined = knownStatus;
      let failed = false;
      const hasEnded = (): boolean =>
        api === undefined ||
        failed ||
        (lastStatus !== undefined && api.terminal.includes(lastStatus));
      return source.pipe(
        map((value) => {
          const event = messageEvent(value);
          lastStatus = event.id ?? lastStatus;
          return event;
        }),
        catchError((error: unknown) => {
          failed = true;
          return of(failureEvent(error));
        }),
        concatWith(defer(() => (hasEnded() ? of(endEvent(lastStatus)) : EMPTY))),
      );
    });
}

/** The data is a status as it is, or a poll as JSON. */
function messageEvent(value: string | TaskPoll<string>): ServerEvent {
  if (typeof value === 'string') return { id: value, data: value };
  const { taskId, attempt, at, duration, changed, nextDelay, status, details, error } = value;
  const answer = error ? { error: toPublicError(error) } : { status, details };
  const data = JSON.stringify({ taskId, attempt, at, duration, changed, nextDelay, ...answer });
  return status === undefined ? { data } : { id: status, data };
}

function failureEvent(error: unknown): ServerEvent {
  return { type: 'failure', data: JSON.stringify(toPublicError(error)) };
}

function endEvent(lastStatus: string | undefined): ServerEvent {
  return { type: 'end', data: lastStatus ?? 'end' };
}

/** The part of an error that a page may see. Messages of this library contain no secret; others may. */
function toPublicError(error: unknown): { readonly code?: string; readonly message: string } {
  if (isTaskStatusError(error) || error instanceof TaskUnsuccessfulError) {
    return { code: error.code, message: error.message };
  }
  return { message: 'internal error' };
}
