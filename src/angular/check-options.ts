import { runInInjectionContext, type Injector } from '@angular/core';
import { createTaskStatus, mergeOptions } from 'rxjs-task-status';

import { fieldOf } from '../api/guards.js';
import type { AngularTaskStatusOptions } from './options.js';

type Options = AngularTaskStatusOptions<string>;

/**
 * Throws a TypeError or RangeError for an option that is not valid.
 *
 * @returns a function that throws a TypeError for a task id that is not valid
 */
export function checkOptions(options: Options): (taskId: string) => unknown {
  const ssr = fieldOf(options, 'ssr');
  if (ssr !== undefined && ssr !== 'once' && ssr !== 'never') {
    throw new TypeError(
      `ssr must be "once" or "never", got ${typeof ssr === 'string' ? JSON.stringify(ssr) : typeof ssr}`,
    );
  }
  return createTaskStatus(withAbsoluteUrl(options, 'http://localhost'));
}

/** Resolves a relative `baseUrl` where there is no page: on the server. */
export function withAbsoluteUrl(options: Options, page: string): Options {
  const baseUrl = fieldOf(options, 'baseUrl');
  const isRelative = typeof baseUrl === 'string' && !/^[a-z][\w+.-]*:/i.test(baseUrl);
  if (!isRelative || fieldOf(globalThis, 'location') !== undefined) return options;
  return { ...options, baseUrl: new URL(baseUrl, page) };
}

/** Calls a function `apiKey` in the injection context, so that `inject()` works inside it. */
export function bindApiKey(options: Options, injector: Injector): Options {
  const { apiKey } = options;
  if (typeof apiKey !== 'function') return options;
  return { ...options, apiKey: () => runInInjectionContext(injector, apiKey) };
}

/** `mergeOptions`, with the function `apiKey` of the overrides bound to the injection context. */
export function mergeBound(
  options: Options,
  overrides: Options | undefined,
  injector: Injector,
): Options {
  const merged = mergeOptions(options, overrides);
  return overrides?.apiKey === undefined ? merged : bindApiKey(merged, injector);
}
