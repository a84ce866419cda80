import { Observable, VirtualTimeScheduler, type Subscription } from 'rxjs';
import {
  createTaskStatusPool,
  isTaskStatusError,
  type StatusRequest,
  type StatusResponse,
  type TaskStatusPool,
  type TaskStatusPoolOptions,
} from 'rxjs-task-status';

/**
 * A status, an HTTP status, `silence`, or more about an answer: it takes 100 ms unless `latency` says
 * otherwise, and comes inside the transport's call if that is below 0.
 */
export type Reply =
  | string
  | number
  | { readonly answer: string | number; readonly latency?: number; readonly retryAfter?: number };

/** A pool in virtual time, and a log of what can be seen of it. */
export interface PoolHarness {
  readonly pool: TaskStatusPool;
  readonly scheduler: VirtualTimeScheduler;
  /** `<ms> request <task>`, `<ms> abort <task>`, `<ms> <name>: <notification>`, in order. */
  readonly log: readonly string[];
  /** The log without notifications. */
  readonly requests: () => string[];
  /** The notifications of one subscriber. */
  readonly received: (name: string) => string[];
  readonly at: (ms: number, act: () => void) => void;
  /** Subscribes, and logs the notifications under this name. */
  readonly observe: (name: string, source$: Observable<unknown>) => Subscription;
  readonly run: () => PoolHarness;
}

/** Polls each second and retries after 200 ms, without jitter; `options` can change that. */
export function createPoolHarness(
  replies: Readonly<Record<string, readonly Reply[]>> | ((task: string, nth: number) => Reply),
  options: TaskStatusPoolOptions = {},
): PoolHarness {
  const scheduler = new VirtualTimeScheduler();
  const log: string[] = [];
  const requestCounts = new Map<string, number>();
  const note = (what: string) => log.push(`${scheduler.now()} ${what}`);

  const transport = ({ taskId }: StatusRequest) =>
    new Observable<StatusResponse>((subscriber) => {
      const nth = requestCounts.get(taskId) ?? 0;
      requestCounts.set(taskId, nth + 1);
      note(`request ${taskId}`);
      const reply =
        typeof replies === 'function'
          ? replies(taskId, nth)
          : (replies[taskId]?.[nth] ?? 'finished');
      let open = true;
      subscriber.add(() => open && note(`abort ${taskId}`));
      if (reply === 'silence') return;
      const {
        answer,
        latency = 100,
        retryAfter,
      } = typeof reply === 'object' ? reply : { answer: reply };
      const headers = {
        get: (name: string) =>
          name === 'retry-after-ms' && retryAfter !== undefined ? String(retryAfter) : null,
      };
      const response =
        typeof answer === 'number'
          ? { status: answer, headers, body: '' }
          : { status: 200, headers, body: JSON.stringify(answer) };
      const respond = () => {
        open = false;
        subscriber.next(response);
      };
      if (latency < 0) respond();
      else subscriber.add(scheduler.schedule(respond, latency));
    });

  const pool = createTaskStatusPool({
    transport,
    scheduler,
    backoff: { initialDelay: 1_000, maxDelay: 1_000, jitter: 0 },
    retry: { initialDelay: 200, jitter: 0 },
    ...options,
  });
  const harness: PoolHarness = {
    pool,
    scheduler,
    log,
    requests: () => log.filter((line) => !line.includes(':')),
    received: (name) => log.filter((line) => line.includes(` ${name}: `)),
    at: (ms, act) => void scheduler.schedule(act, ms),
    observe: (name, source$) =>
      source$.subscribe({
        next: (value) => note(`${name}: ${show(value)}`),
        error: (error: unknown) => note(`${name}: error ${codeOf(error)}`),
        complete: () => note(`${name}: complete`),
      }),
    run: () => {
      scheduler.flush();
      return harness;
    },
  };
  return harness;
}

function show(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (!('taskId' in value)) return JSON.stringify(value);
  const { taskId, status, error, attempt } = value as Partial<Record<string, string | number>>;
  return [taskId, attempt, status ?? codeOf(error)].filter((part) => part !== undefined).join(' ');
}

function codeOf(error: unknown): string {
  return isTaskStatusError(error) ? error.code : String(error);
}
