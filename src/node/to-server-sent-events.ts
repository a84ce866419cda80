import {
  asyncScheduler,
  EMPTY,
  endWith,
  interval,
  map,
  merge,
  startWith,
  takeWhile,
  type OperatorFunction,
  type SchedulerLike,
} from 'rxjs';
import type { TaskPoll } from 'rxjs-task-status';

import { MAX_TIMER_DELAY } from '../watch/backoff.js';
import { toServerEvents, type ServerEvent, type ServerEventsOptions } from './server-event.js';

/** The options of {@link toServerSentEvents}. All are optional. */
export interface ServerSentEventsOptions extends ServerEventsOptions {
  /**
   * How often a comment is sent, so that proxies do not close an idle connection, ms, 1 to
   * 2,147,483,647, or `Infinity` for never. Default: 15,000.
   */
  readonly heartbeat?: number | undefined;
  /**
   * How long a browser waits before it connects again, ms, an integer of 0 to 2,147,483,647. Default: the
   * browser's own delay.
   */
  readonly retry?: number | undefined;
  /** The scheduler of the heartbeat. Default: `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Maps statuses or polls to the text of an event stream (`text/event-stream`), for an `EventSource`.
 *
 * - A status is a `message` event with the status as its data and its id.
 * - A poll is a `message` event with JSON as its data: `taskId`, `attempt`, `at`, `duration`, `changed`,
 *   `nextDelay`, and either `status` and `details` or `error: { code, message }`. Its id is the status.
 * - An error of the source is a `failure` event with the JSON `{ code, message }`. If it is not an error of
 *   this library, there is no `code` and the message is `internal error`.
 * - The last event is `end`. Its data is the last status, or `end` if there was none. The page must
 *   then close its `EventSource`, or it connects again. With the option `api` a source that completes
 *   before a terminal status, such as a stream of a pool that is closed, ends without it.
 *
 * The first chunk is a comment, emitted on subscribe, so that the headers are sent. Each chunk is one
 * complete event or comment. The result completes with the source and never errors. Unsubscribing stops the
 * heartbeat and unsubscribes from the source.
 *
 * @param options see {@link ServerSentEventsOptions}
 * @throws RangeError for an option that is not valid
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * @example
 * const knownStatus = knownStatusOf(req.headers['last-event-id']);
 * if (knownStatus && isTerminal(knownStatus)) return res.writeHead(204).end();
 * res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
 * const events = pool
 *   .status$(taskId, { knownStatus })
 *   .pipe(toServerSentEvents({ api: browserUseV1, knownStatus }))
 *   .subscribe({ next: (text) => res.write(text), complete: () => res.end() });
 * res.on('close', () => events.unsubscribe());
 */
export function toServerSentEvents(
  options: ServerSentEventsOptions = {},
): OperatorFunction<string | TaskPoll<string>, string> {
  const { heartbeat = 15_000, retry, scheduler = asyncScheduler } = options;
  if (!isHeartbeat(heartbeat)) {
    throw new RangeError(
      `heartbeat must be between 1 and ${MAX_TIMER_DELAY} ms, or Infinity, got ${heartbeat}`,
    );
  }
  if (retry !== undefined && !(Number.isInteger(retry) && retry >= 0 && retry <= MAX_TIMER_DELAY)) {
    throw new RangeError(
      `retry must be an integer between 0 and ${MAX_TIMER_DELAY} ms, got ${retry}`,
    );
  }
  const opening = `${retry === undefined ? '' : `retry: ${retry}\n`}: connected\n\n`;
  const heartbeats$ =
    heartbeat === Infinity
      ? EMPTY
      : interval(heartbeat, scheduler).pipe(map(() => ': heartbeat\n\n'));
  return (source) =>
    merge(heartbeats$, source.pipe(toServerEvents(options), map(toText), endWith(undefined))).pipe(
      // also ends the heartbeat
      takeWhile((text) => text !== undefined),
      startWith(opening),
    );
}

/** False for a string of digits too, such as an environment variable. */
function isHeartbeat(value: unknown): boolean {
  if (value === Infinity) return true;
  return typeof value === 'number' && value >= 1 && value <= MAX_TIMER_DELAY;
}

function toText({ id, type, data }: ServerEvent): string {
  const fields: string[] = [];
  if (type !== undefined) fields.push(`event: ${type}`);
  // an id cannot contain these characters; without an id the browser keeps the previous one
  if (id !== undefined && !/[\0\r\n]/.test(id)) fields.push(`id: ${id}`);
  for (const line of data.split(/\r\n|\r|\n/)) fields.push(`data: ${line}`);
  return `${fields.join('\n')}\n\n`;
}
