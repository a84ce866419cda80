import {
  FetchBackend,
  HttpErrorResponse,
  type HttpBackend,
  type HttpClient,
} from '@angular/common/http';
import { catchError, map, of, throwError, type Observable } from 'rxjs';
import type { StatusRequest, StatusResponse } from 'rxjs-task-status';

/**
 * The transport over Angular's `HttpClient`, so that interceptors see every poll. `injectTaskStatus`
 * and `taskStatusResource` use it of themselves; it is for `createTaskStatusPool` and its like.
 *
 * Emits the answer of any status, and errors where there was none. Unsubscribing cancels the request.
 * The transfer cache of server-side rendering is told to stay away.
 *
 * @param http Angular's client
 * @param backend what sends the requests; a `FetchBackend` is asked to follow no redirect and to
 * take nothing from the browser's cache, which no other backend can be
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
  const strict = backend instanceof FetchBackend;
  return ({ url, headers }) =>
    http
      .get(url, {
        headers,
        observe: 'response',
        responseType: 'text',
        // it would answer every poll with the first answer
        transferCache: false,
        // XMLHttpRequest knows neither, and Angular warns of them there
        ...(strict ? { redirect: 'manual', cache: 'no-store' } : {}),
      })
      .pipe(
        map(({ status, headers, body }): StatusResponse => ({ status, headers, body: body ?? '' })),
        catchError((reason: unknown) => {
          if (!(reason instanceof HttpErrorResponse)) return throwError(() => reason);
          const { status, headers, url: asked } = reason;
          const error: unknown = reason.error;
          // a redirect that was not followed shows as an answer without status, body and error
          const hidden = strict && error === null && asked !== null;
          if (status !== 0 || hidden) return of({ status, headers, body: textOf(error) });
          return throwError(() => (error instanceof Error ? error : reason));
        }),
      );
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : '';
}
