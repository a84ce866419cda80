import {
  FetchBackend,
  HttpErrorResponse,
  HttpEventType,
  type HttpBackend,
  type HttpClient,
  type HttpContext,
  type HttpEvent,
  type HttpHeaderResponse,
} from '@angular/common/http';
import {
  catchError,
  defer,
  filter,
  map,
  of,
  take,
  throwError,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import type { StatusRequest, StatusResponse } from 'rxjs-task-status';

import { requestBodyLimit } from '../api/body-limit.js';

/** What a server may put before JSON against script inclusion. HttpClient removes it too. */
const XSSI_PREFIX = /^\)\]\}',?\n/;

/**
 * A transport that sends requests with Angular's `HttpClient`, so that interceptors see every poll.
 *
 * The functions of this entry point use it by default; pass it to `createTaskStatusPool` yourself. Its
 * Observable emits the answer, with any HTTP status, and completes; it errors if there is no answer.
 * Unsubscribing cancels the request. The transfer cache of server-side rendering never answers a poll.
 * A body that is longer than the API's `bodyLimit` (characters) is not read to its end: the request is
 * cancelled at the first progress event after the limit.
 *
 * @param http Angular's client
 * @param backend what `http` sends its requests with. With a `FetchBackend` no redirect is followed and
 * no cached answer is used; no other backend supports that
 * @param context passed to the interceptors with each request. Default: none
 *
 * @example
 * const pool = createTaskStatusPool({
 *   transport: httpClientTransport(inject(HttpClient), inject(HttpBackend)),
 * });
 */
export function httpClientTransport(
  http: HttpClient,
  backend?: HttpBackend | null,
  context?: HttpContext,
): (request: StatusRequest) => Observable<StatusResponse> {
  const usesFetch = backend instanceof FetchBackend;
  return (request) =>
    http
      .request(request.method, request.url, {
        headers: request.headers,
        body: request.body ?? null,
        observe: 'events',
        // the only way to see a long body before its end
        reportProgress: true,
        responseType: 'text',
        // the cache would answer every poll with the first answer
        transferCache: false,
        ...(context && { context }),
        // XMLHttpRequest supports neither, and Angular logs a warning
        ...(usesFetch ? { redirect: 'manual', cache: 'no-store' } : {}),
      })
      .pipe(
        toAnswer(requestBodyLimit(request)),
        catchError((reason: unknown) => {
          if (!(reason instanceof HttpErrorResponse)) return throwError(() => reason);
          const { status, headers, url } = reason;
          const error: unknown = reason.error;
          // fetch hides a redirect that it does not follow: its answer has no status and no body
          const isRedirect = usesFetch && error === null && url !== null;
          if (status !== 0 || isRedirect) return of({ status, headers, body: textOf(error) });
          return throwError(() => (error instanceof Error ? error : reason));
        }),
      );
}

/** Emits the answer, or what is known of it as soon as its body is too long, and completes. */
function toAnswer(limit: number): OperatorFunction<HttpEvent<string>, StatusResponse> {
  return (events$) =>
    defer(() => {
      let head: HttpHeaderResponse | undefined;
      return events$.pipe(
        map((event): StatusResponse | undefined => {
          if (event.type === HttpEventType.ResponseHeader) head = event;
          if (event.type === HttpEventType.DownloadProgress && head) {
            const { status, headers } = head;
            const body = event.partialText ?? '';
            return body.length > limit ? { status, headers, body } : undefined;
          }
          if (event.type !== HttpEventType.Response) return undefined;
          const { status, headers, body } = event;
          return { status, headers, body: textOf(body) };
        }),
        filter((answer) => answer !== undefined),
        // cancels the request if its body has not ended
        take(1),
      );
    });
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body.replace(XSSI_PREFIX, '') : '';
}
