import type { MessageEvent } from '@nestjs/common';
import { defer, map, type OperatorFunction } from 'rxjs';
import type { TaskApi, TaskPoll } from 'rxjs-task-status';

import { toServerEvents } from '../node/server-event.js';

/** The options of {@link toMessageEvents}. */
export interface MessageEventsOptions {
  /**
   * The API of the statuses. With it, a source that completes before a terminal status of this API emits no
   * `end` message: the pool was closed, and the page should connect again. Default: none, so every stream
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
 * Maps statuses or polls to the messages of `@Sse()`.
 *
 * - The data of a message is the status, or the poll as JSON. Its id is the latest status. A page that
 *   connects again sends the id as `Last-Event-ID`: pass it as `knownStatus`.
 * - An error of the source is a message of the type `failure` with the JSON `{ code, message }`.
 * - The last message has the type `end`. Its data is the last status, or `end` if there was none. The page
 *   must then close its `EventSource`, or it connects again.
 *
 * The result completes after `end` and never errors.
 *
 * @param options see {@link MessageEventsOptions}
 *
 * @example
 * \@Sse(':id/events')
 * follow(@Param('id') id: string, @Headers('last-event-id') lastEventId?: string) {
 *   const knownStatus = knownStatusOf(lastEventId);
 *   return this.pool.status$(id, { knownStatus }).pipe(toMessageEvents({ api: browserUseV1, knownStatus }));
 * }
 */
export function toMessageEvents(
  options: MessageEventsOptions = {},
): OperatorFunction<string | TaskPoll<string>, MessageEvent> {
  return (source) =>
    defer(() => {
      let id: string | undefined;
      return source.pipe(
        toServerEvents(options),
        map((event): MessageEvent => {
          id = event.id ?? id;
          // Nest gives a number to a message without an id, and the page would send that number
          return id === undefined ? { ...event } : { ...event, id };
        }),
      );
    });
}
