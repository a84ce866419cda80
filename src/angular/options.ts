import type { HttpContext } from '@angular/common/http';
import type { TaskStatus, TaskStatusOptions } from 'rxjs-task-status';

/**
 * The options of `taskStatus$`, what a watch does in server-side rendering, and a context for interceptors.
 *
 * `inject()` works inside `apiKey`, before its first `await`.
 */
export interface AngularTaskStatusOptions<
  S extends string = TaskStatus,
  D = unknown,
> extends TaskStatusOptions<S, D> {
  /**
   * What a watch does on the server. `'never'`: it makes no request, and neither emits nor completes; the
   * response does not wait for it. `'once'`: it makes one request and the response waits for it. Its
   * status or error is in the HTML, and the browser shows it from its first frame on. Default `'never'`.
   */
  readonly ssr?: 'once' | 'never' | undefined;
  /** Passed to the interceptors of `HttpClient` with each request. Default: none. */
  readonly context?: HttpContext | undefined;
}

/** The options of {@link provideTaskStatus}. */
export interface ProvidedTaskStatusOptions<
  S extends string = TaskStatus,
  D = unknown,
> extends AngularTaskStatusOptions<S, D> {
  /**
   * How many requests of the application can be in flight: an integer of at least 1, or `Infinity`.
   * Default 16.
   */
  readonly maxConcurrent?: number | undefined;
}
