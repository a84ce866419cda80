import { browserUseV1, type TaskApi, type TaskStatus } from 'rxjs-task-status';

/**
 * Returns the status in a `Last-Event-ID` header, for the option `knownStatus`; `undefined` if the header
 * is absent or is not a status of the API.
 *
 * A browser sends the header when it connects to an event stream again. Answer a terminal status with
 * 204 (No Content), which makes an `EventSource` stop, because the page already has the last status.
 *
 * @param lastEventId the value of the header, from `node:http` or from a web request
 * @param api the API whose statuses are known. Default: `browserUseV1`
 *
 * @example
 * knownStatusOf('running'); // 'running'
 * knownStatusOf(request.headers.get('last-event-id')); // undefined on the first connection
 */
export function knownStatusOf<S extends string = TaskStatus>(
  lastEventId: string | readonly string[] | null | undefined,
  api?: TaskApi<S>,
): S | undefined;
export function knownStatusOf(
  lastEventId: unknown,
  { statuses }: TaskApi<string> = browserUseV1,
): string | undefined {
  if (typeof lastEventId !== 'string') return undefined;
  // a browser sends UTF-8, and headers are read as Latin-1
  const decoded = Buffer.from(lastEventId, 'latin1').toString();
  return statuses.find((status) => status === lastEventId || status === decoded);
}
