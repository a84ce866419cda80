import type { BackoffOptions, RetryOptions } from 'rxjs-task-status';
import { BACKOFF_DEFAULTS, defaultMaxDelay, RETRY_DEFAULTS } from './defaults.js';
import type { Settings } from './settings.js';

/** The options of the library that the controls set. */
export interface ChosenOptions {
  readonly backoff: BackoffOptions;
  readonly retry: RetryOptions;
  readonly timeout?: number;
}

/** The chosen options that differ from the library's defaults. */
export function chosenOptions(settings: Settings): ChosenOptions {
  const backoff = {
    initialDelay: settings['backoff.initialDelay'],
    factor: settings['backoff.factor'],
    maxDelay: settings['backoff.maxDelay'],
    jitter: settings['backoff.jitter'],
    resetOnChange: settings.resetOnChange,
  };
  const retry = {
    initialDelay: settings['retry.initialDelay'],
    factor: settings['retry.factor'],
    maxDelay: settings['retry.maxDelay'],
    jitter: settings['retry.jitter'],
    maxRetries: settings['retry.maxRetries'],
    maxRetryAfter: settings['retry.maxRetryAfter'],
  };
  const maxDelay = defaultMaxDelay(backoff.initialDelay);
  return {
    backoff: differing(backoff, { ...BACKOFF_DEFAULTS, maxDelay }),
    retry: differing(retry, RETRY_DEFAULTS),
    ...(settings.timeout < Infinity && { timeout: settings.timeout }),
  };
}

function differing<T extends object>(values: T, defaults: T): Partial<T> {
  const result: Partial<T> = {};
  for (const name in values) {
    if (values[name] !== defaults[name]) result[name] = values[name];
  }
  return result;
}
