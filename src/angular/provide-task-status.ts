import { InjectionToken, makeEnvironmentProviders, type EnvironmentProviders } from '@angular/core';
import { createTaskStatus, type TaskStatus, type TaskStatusOptions } from 'rxjs-task-status';

/** The options of `taskStatus$`, and what becomes of a watch in server-side rendering. */
export interface AngularTaskStatusOptions<
  S extends string = TaskStatus,
> extends TaskStatusOptions<S> {
  /**
   * On the server a watch makes no request, or one, and ends. With `'once'` the response waits for
   * it, and the HTML shows the status. Default `'never'`.
   */
  readonly ssr?: 'once' | 'never' | undefined;
}

/** What `provideTaskStatus` was given. */
export const PROVIDED_OPTIONS = /* @__PURE__ */ new InjectionToken<
  AngularTaskStatusOptions<string>
>('rxjs-task-status', { factory: () => ({}) });

/**
 * Sets the options for `injectTaskStatus` and `taskStatusResource`.
 *
 * They go through `HttpClient` unless `transport` or `fetch` is given.
 *
 * @param options see `TaskStatusOptions`; all optional
 * @throws TypeError or RangeError at the call, for options that cannot work
 *
 * @example
 * bootstrapApplication(App, {
 *   providers: [
 *     provideHttpClient(),
 *     // a proxy of yours, which adds the API key: no key is safe in a browser
 *     provideTaskStatus({ baseUrl: new URL('/api/v1', location.origin) }),
 *   ],
 * });
 */
export function provideTaskStatus<S extends string = TaskStatus>(
  options?: AngularTaskStatusOptions<S>,
): EnvironmentProviders;
export function provideTaskStatus(
  options: AngularTaskStatusOptions<string> = {},
): EnvironmentProviders {
  checkOptions(options);
  return makeEnvironmentProviders([{ provide: PROVIDED_OPTIONS, useValue: options }]);
}

/** Throws a TypeError or RangeError for options that cannot work. */
export function checkOptions(options: AngularTaskStatusOptions<string>): void {
  createTaskStatus(options);
  const ssr: unknown = options.ssr;
  if (ssr !== undefined && ssr !== 'once' && ssr !== 'never') {
    throw new TypeError(
      `ssr must be "once" or "never", got ${typeof ssr === 'string' ? JSON.stringify(ssr) : typeof ssr}`,
    );
  }
}
