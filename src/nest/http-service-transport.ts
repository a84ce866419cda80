import { firstValueFrom, Observable, takeUntil } from 'rxjs';
import { fetchTransport, type StatusRequest, type StatusResponse } from 'rxjs-task-status';

/** The part of `HttpService` of `@nestjs/axios` that is used. */
export interface HttpServiceLike {
  /** Sends a request when it is subscribed to, and emits the answer. */
  request(config: HttpServiceRequest): Observable<HttpServiceResponse>;
}

/** The settings of one request, in the words of axios. */
export interface HttpServiceRequest {
  /** The whole URL. */
  url: string;
  /** `GET`, unless the API is polled with `POST`. */
  method: 'GET' | 'POST';
  /** All headers, the API key included. */
  headers: Record<string, string>;
  /** The body of a `POST`. */
  data?: string;
  /** Aborts when the answer is not needed any more. */
  signal: StatusRequest['signal'];
  /** The body is read only as far as the API's `bodyLimit`. */
  responseType: 'stream';
  /** The body of a `POST` is sent as it is. */
  transformRequest: (data: unknown) => unknown;
  /** The body of an answer is not parsed. */
  transformResponse: (data: unknown) => unknown;
  /** An answer with any HTTP status is an answer. */
  validateStatus: () => boolean;
  /** No redirect is followed: it could send the API key to another server. */
  maxRedirects: 0;
  /** The same for the `fetch` adapter of axios. */
  fetchOptions: {
    /** No redirect is followed. */
    redirect: 'manual';
    /** No cached answer is used. */
    cache: 'no-store';
  };
}

/** The part of an answer of axios that is used. */
export interface HttpServiceResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The headers. */
  readonly headers: object;
  /** The body: a stream; a test may answer with text, or with the JSON as an object. */
  readonly data: unknown;
}

/**
 * A transport that sends requests with the `HttpService` of `@nestjs/axios`, so that the settings and
 * interceptors of its axios apply to every poll.
 *
 * It follows no redirect, parses nothing, and stops reading a body at the API's `bodyLimit` (64 KiB by
 * default): an interceptor sees the body of an answer as a stream. Its promise rejects if the request
 * fails or is aborted.
 *
 * @param http the `HttpService`
 *
 * @example
 * TaskStatusModule.forRootAsync({
 *   imports: [HttpModule],
 *   inject: [HttpService],
 *   useFactory: (http: HttpService) => ({ apiKey, transport: httpServiceTransport(http) }),
 * })
 */
export function httpServiceTransport(
  http: HttpServiceLike,
): (request: StatusRequest) => Promise<StatusResponse> {
  return fetchTransport(async (url, { method, headers, body, signal }) => {
    // eslint-disable-next-line rxjs-x/no-ignored-default-value -- without an answer the request has failed
    const response = await firstValueFrom(
      http
        .request({
          url,
          method,
          headers,
          ...(body !== undefined && { data: body }),
          signal,
          responseType: 'stream',
          transformRequest: unchanged,
          transformResponse: unchanged,
          validateStatus: () => true,
          maxRedirects: 0,
          fetchOptions: { redirect: 'manual', cache: 'no-store' },
        })
        // an HttpService with `retry()` of RxJS would go on after the signal
        .pipe(takeUntil(aborted$(signal))),
    );
    const { status, data } = response;
    return {
      status,
      headers: { get: (name) => headerOf(response.headers, name) },
      body: data,
      text: () => Promise.resolve(typeof data === 'string' ? data : JSON.stringify(data)),
    };
  });
}

/** Emits when a signal aborts. */
function aborted$(signal: StatusRequest['signal']): Observable<void> {
  return new Observable((subscriber) => {
    const onAbort = () => subscriber.next();
    signal.addEventListener('abort', onAbort);
    return () => signal.removeEventListener('abort', onAbort);
  });
}

function unchanged(data: unknown): unknown {
  return data;
}

/** The value of a header. The names that axios uses are in lower case, those of a test may not be. */
function headerOf(headers: object, name: string): string | null {
  const values = Object.entries(headers).flatMap(([key, value]: [string, unknown]) =>
    key.toLowerCase() === name.toLowerCase() ? value : [],
  );
  return values.length > 0 ? values.join(', ') : null;
}
