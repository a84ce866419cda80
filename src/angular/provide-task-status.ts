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

/**
 * Options over others: what is given stands in for what was there, `backoff` and `retry` field by
 * field.
 */
export function overlay(
  options: AngularTaskStatusOptions<string>,
  over: AngularTaskStatusOptions<string> | undefined,
): AngularTaskStatusOptions<string> {
  if (over === undefined) return options;
  if (!isPlain(over)) {
    // not what it is: a string may be a key that was put into the wrong place
    throw new TypeError(
      `overrides must be a plain object, got ${typeof over}; in mergeMap and its like write (id) => watch$(id)`,
    );
  }
  const { fetch, transport, ...rest } = options;
  const { backoff, retry } = over;
  return {
    ...rest,
    // never both
    ...(over.fetch || over.transport ? {} : given({ fetch, transport })),
    ...given(over),
    ...(backoff && rest.backoff ? { backoff: { ...rest.backoff, ...given(backoff) } } : {}),
    ...(retry && rest.retry ? { retry: { ...rest.retry, ...given(retry) } } : {}),
  };
}

/** A copy without what is `undefined`. */
function given<T extends object>(options: T): T {
  const copy = { ...options };
  for (const name in copy) if (copy[name] === undefined) Reflect.deleteProperty(copy, name);
  return copy;
}

function isPlain(value: unknown): boolean {
  if (value === null) return false;
  // what is no object has an ancestor more
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
