import type { Settings } from '../../docs/.vitepress/theme/playground/settings.js';
import {
  TIMELINES,
  type StatusChange,
  type Timeline,
} from '../../docs/.vitepress/theme/playground/timelines.js';

/** A request that the watch must make, ms. */
export interface ExpectedRequest {
  readonly sent: number;
  readonly answered: number;
  readonly answer: string;
}

/**
 * The requests that follow from the delay formula of docs/design.md and from the laws on failures and
 * `Retry-After`. Written from their text, without the code of the library. Only for runs without jitter.
 */
export function expectedRequests(settings: Settings): ExpectedRequest[] {
  const { task, fault }: Timeline = TIMELINES[settings.timeline];
  const requests: ExpectedRequest[] = [];
  let [sent, word, seen, failures] = [0, '', 0, 0];
  for (;;) {
    const answered = sent + settings.latency;
    if (fault && answered >= fault.from && answered < fault.to) {
      requests.push({ sent, answered, answer: fault.label });
      failures++;
      const floor = Number(fault.answer.headers?.['Retry-After'] ?? 0) * 1_000;
      if (failures > settings['retry.maxRetries'] || floor > settings['retry.maxRetryAfter']) break;
      const own = formula(settings, 'retry', failures);
      // from the second failure on, a retry never comes sooner than a poll
      const base =
        failures > 1 ? Math.max(own, formula(settings, 'backoff', Math.max(1, seen))) : own;
      sent = answered + Math.max(1, base, floor);
    } else {
      const status = statusAt(task, answered);
      requests.push({ sent, answered, answer: status });
      if (status === 'finished') break;
      failures = 0;
      seen = settings.resetOnChange && status !== word ? 1 : seen + 1;
      word = status;
      sent = answered + Math.max(1, formula(settings, 'backoff', seen));
    }
  }
  return requests;
}

function formula(settings: Settings, kind: 'backoff' | 'retry', count: number): number {
  const initialDelay = settings[`${kind}.initialDelay`];
  const factor = settings[`${kind}.factor`];
  return Math.min(settings[`${kind}.maxDelay`], initialDelay * factor ** (count - 1));
}

function statusAt(task: readonly StatusChange[], at: number): string {
  return task.filter(([, from]) => from <= at).at(-1)?.[0] ?? '';
}
