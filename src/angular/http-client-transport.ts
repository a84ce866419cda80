import {
  FetchBackend,
  HttpErrorResponse,
  type HttpBackend,
  type HttpClient,
} from '@angular/common/http';
import { catchError, map, of, throwError, type Observable } from 'rxjs';
import type { StatusRequest, StatusResponse } from 'rxjs-task-status';

/**
 * A transport that sends requests with Angular's `HttpClient`, so that interceptors see every poll.
 *
 * `injectTaskStatus` and `taskStatusResource` use it by default; pass it to `createTaskStatusPool`
 * yourself. Its Observable emits the answer, with any HTTP status, and completes; it errors if there is
 * no answer. Unsubscribing cancels the request. The transfer cache of server-side rendering never
 * answers a poll.
 *
 * @param http Angular's client
 * @param backend what `http` sends its requests with. With a `FetchBackend` no redirect is followed and
 * no cached answer is used; no other backend supports that
 *
 * @example
 * const pool = createTaskStatusPool({
 *   transport: httpClientTransport(inject(HttpClient), inject(HttpBackend)),
 * });
 */
export function httpClientTransport(
  http: HttpClient,
  backend?: HttpBackend | null,
): (request: StatusRequest) => Observable<StatusResponse> {
  const usesFetch = backend instanceof FetchBackend;
  return ({ url, method, headers, body }) =>
    http
      .request(method, url, {
        headers,
        body: body ?? null,
        observe: 'response',
        responseType: 'text',
        // the cache would answer every poll with the first answer
        transferCache: false,
        // XMLHttpRequest supports neither, and Angular logs a warning
        ...(usesFetch ? { redirect: 'manual', cache: 'no-store' } : {}),
      })
      .pipe(
        map(({ status, headers, body }): StatusResponse => ({ status, headers, body: body ?? '' })),
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

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : '';
}
