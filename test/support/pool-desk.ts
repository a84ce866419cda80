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
 * A status, an HTTP status, `silence`, or more about an answer: it comes after 100 ms unless told
 * otherwise, and with less than 0 within the transport's call.
 */
export type Reply =
  | string
  | number
  | { readonly say: string | number; readonly after?: number; readonly retryAfter?: number };

/** A pool in virtual time, and a log of what can be seen of it. */
export interface Desk {
  readonly pool: TaskStatusPool;
  readonly scheduler: VirtualTimeScheduler;
  /** `<ms> asks <task>`, `<ms> aborts <task>`, `<ms> <name>: <what it was told>`, in order. */
  readonly log: readonly string[];
  /** The log without what subscribers were told. */
  readonly requests: () => string[];
  /** The log of one subscriber. */
  readonly told: (name: string) => string[];
  readonly at: (ms: number, act: () => void) => void;
  /** Subscribes, and logs what is told under this name. */
  readonly listen: (name: string, source$: Observable<unknown>) => Subscription;
  readonly run: () => Desk;
}

/** Polls each second and waits for 200 ms before a retry, without jitter; all can be overridden. */
export function poolDesk(
  replies: Readonly<Record<string, readonly Reply[]>> | ((task: string, nth: number) => Reply),
  options: TaskStatusPoolOptions = {},
): Desk {
  const scheduler = new VirtualTimeScheduler();
  const log: string[] = [];
  const asked = new Map<string, number>();
  const note = (what: string) => log.push(`${scheduler.now()} ${what}`);

  const transport = ({ taskId }: StatusRequest) =>
    new Observable<StatusResponse>((sink) => {
      const nth = asked.get(taskId) ?? 0;
      asked.set(taskId, nth + 1);
      note(`asks ${taskId}`);
      const reply =
        typeof replies === 'function'
          ? replies(taskId, nth)
          : (replies[taskId]?.[nth] ?? 'finished');
      let open = true;
      sink.add(() => open && note(`aborts ${taskId}`));
      if (reply === 'silence') return;
      const { say, after = 100, retryAfter } = typeof reply === 'object' ? reply : { say: reply };
      const headers = {
        get: (name: string) =>
          name === 'retry-after-ms' && retryAfter !== undefined ? String(retryAfter) : null,
      };
      const answer =
        typeof say === 'number'
          ? { status: say, headers, body: '' }
          : { status: 200, headers, body: JSON.stringify(say) };
      const give = () => {
        open = false;
        sink.next(answer);
      };
      if (after < 0) give();
      else sink.add(scheduler.schedule(give, after));
    });

  const pool = createTaskStatusPool({
    transport,
    scheduler,
    backoff: { initialDelay: 1_000, maxDelay: 1_000, jitter: 0 },
    retry: { initialDelay: 200, jitter: 0 },
    ...options,
  });
  const desk: Desk = {
    pool,
    scheduler,
    log,
    requests: () => log.filter((line) => !line.includes(':')),
    told: (name) => log.filter((line) => line.includes(` ${name}: `)),
    at: (ms, act) => void scheduler.schedule(act, ms),
    listen: (name, source$) =>
      source$.subscribe({
        next: (value) => note(`${name}: ${shown(value)}`),
        error: (error: unknown) => note(`${name}: error ${codeOf(error)}`),
        complete: () => note(`${name}: complete`),
      }),
    run: () => {
      scheduler.flush();
      return desk;
    },
  };
  return desk;
}

function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (!('taskId' in value)) return JSON.stringify(value);
  const { taskId, status, error, attempt } = value as Partial<Record<string, string | number>>;
  return [taskId, attempt, status ?? codeOf(error)].filter((part) => part !== undefined).join(' ');
}

function codeOf(error: unknown): string {
  return isTaskStatusError(error) ? error.code : String(error);
}
