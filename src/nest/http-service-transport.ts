import { firstValueFrom, Observable, takeUntil } from 'rxjs';
import { fetchTransport, type StatusRequest, type StatusResponse } from 'rxjs-task-status';

/** The part of the `HttpService` of `@nestjs/axios` that the transport uses. */
export interface HttpServiceLike {
  /** Sends a request when it is subscribed to, and emits the answer. */
  request(config: HttpServiceRequest): Observable<HttpServiceResponse>;
}

/** The configuration of one request, as axios names its fields. */
export interface HttpServiceRequest {
  /** The absolute URL. */
  url: string;
  /** `GET`, unless the API is polled with `POST`. */
  method: 'GET' | 'POST';
  /** All headers, including the API key. */
  headers: Record<string, string>;
  /** The body of a `POST`. */
  data?: string;
  /** Aborts when the answer is no longer needed. */
  signal: StatusRequest['signal'];
  /** A stream, so that the body is read only up to the API's `bodyLimit`. */
  responseType: 'stream';
  /** Returns the body of a `POST` unchanged. */
  transformRequest: (data: unknown) => unknown;
  /** Returns the body of an answer unchanged, so that it is not parsed. */
  transformResponse: (data: unknown) => unknown;
  /** Accepts every HTTP status. */
  validateStatus: () => boolean;
  /** No redirects: they could send the API key to another server. */
  maxRedirects: 0;
  /** The same for axios's `fetch` adapter. */
  fetchOptions: {
    /** No redirects. */
    redirect: 'manual';
    /** No cached answers. */
    cache: 'no-store';
  };
}

/** The part of an axios response that the transport uses. */
export interface HttpServiceResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The headers. */
  readonly headers: object;
  /** The body: a stream. A fake in a test may return text, or JSON as an object. */
  readonly data: unknown;
}

/**
 * A transport that sends requests with the `HttpService` of `@nestjs/axios`, so that the settings and
 * interceptors of its axios apply to every poll.
 *
 * It follows no redirects, parses no body, and stops reading a body at the API's `bodyLimit` (64 KiB by
 * default). So an interceptor sees the body of an answer as a stream. The promise of the transport rejects
 * if the request fails or is aborted.
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

/** The value of a header; ignores the case of its name, which a fake in a test may write in any way. */
function headerOf(headers: object, name: string): string | null {
  const values = Object.entries(headers).flatMap(([key, value]: [string, unknown]) =>
    key.toLowerCase() === name.toLowerCase() ? value : [],
  );
  return values.length > 0 ? values.join(', ') : null;
}
