import { InjectionToken, makeEnvironmentProviders, type EnvironmentProviders } from '@angular/core';
import { createTaskStatus, type TaskStatus, type TaskStatusOptions } from 'rxjs-task-status';

/** The options of `taskStatus$`, and what a watch does in server-side rendering. */
export interface AngularTaskStatusOptions<
  S extends string = TaskStatus,
> extends TaskStatusOptions<S> {
  /**
   * What a watch does on the server. `'never'`: it makes no request and completes. `'once'`: it makes one
   * request, the response waits for it, and the HTML shows the status. Default `'never'`.
   */
  readonly ssr?: 'once' | 'never' | undefined;
}

/** The options that `provideTaskStatus` was called with. */
export const PROVIDED_OPTIONS = /* @__PURE__ */ new InjectionToken<
  AngularTaskStatusOptions<string>
>('rxjs-task-status', { factory: () => ({}) });

/**
 * Provides the options of `injectTaskStatus` and `taskStatusResource`.
 *
 * Requests are sent over `HttpClient` unless `transport` or `fetch` is given.
 *
 * @param options see `TaskStatusOptions`; all optional
 * @throws TypeError or RangeError at the call, for an option that is not valid
 *
 * @example
 * bootstrapApplication(App, {
 *   providers: [
 *     provideHttpClient(),
 *     // your own proxy, which adds the API key: a key in a browser is public
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

/** Throws a TypeError or RangeError for an option that is not valid. */
export function checkOptions(options: AngularTaskStatusOptions<string>): void {
  createTaskStatus(options);
  const ssr: unknown = options.ssr;
  if (ssr !== undefined && ssr !== 'once' && ssr !== 'never') {
    throw new TypeError(
      `ssr must be "once" or "never", got ${typeof ssr === 'string' ? JSON.stringify(ssr) : typeof ssr}`,
    );
  }
}
