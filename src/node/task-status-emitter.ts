import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { Subject, takeUntil, tap, type Observable } from 'rxjs';
import {
  taskPolls$,
  toStatus,
  type TaskPoll,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';

/**
 * Event names with another meaning. A status with such a name has no event.
 *
 * @inline
 */
type Reserved = 'status' | 'error' | 'end' | 'newListener' | 'removeListener';

/** The events of a {@link TaskStatusEmitter}, with the arguments of their listeners. */
export type TaskStatusEvents<S extends string = TaskStatus, D = unknown> = {
  /** The status has changed. The first status counts as a change. */
  status: [status: S];
  /** The watch has failed. Without a listener the error is thrown. */
  error: [error: unknown];
  /**
   * The last event, after the end of the task or an error, with what the API's `details` returned for the
   * last answer with a status; `undefined` if the API has no details, or if there was no such answer.
   */
  end: [details: D | undefined];
} & Record<Exclude<S, Reserved>, []>;

/** A watch of one task: see {@link taskStatusEmitter}. */
export interface TaskStatusEmitter<S extends string = TaskStatus, D = unknown> extends EventEmitter<
  TaskStatusEvents<S, D>
> {
  /**
   * Stops the watch and aborts the request in flight.
   *
   * Nothing is emitted after it, not even `end`. Further calls do nothing.
   */
  close(): void;
  /** `close()`, for `using`. */
  [Symbol.dispose](): void;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Watches a task with an event emitter.
 *
 * For each change of status it emits `status` with the status, then the event that is named after the
 * status. After a terminal status it emits `end`, with the details of the last answer. Where
 * `taskStatus$` would error, it emits `error`, then `end`. As with every Node emitter, an `error` without
 * a listener is an uncaught exception. A status whose name is also that of another event (such as
 * `error`) is emitted as `status` only.
 *
 * The watch starts in a microtask, so that listeners can be added first, and keeps the process alive
 * until it ends or is closed. An exception in a listener is an uncaught exception and does not change
 * the watch.
 *
 * Each poll is published on the diagnostics channel `rxjs-task-status:poll` as a `TaskPoll`, while the
 * channel has subscribers.
 *
 * `Symbol.dispose` and `Symbol.asyncDispose` come from the runtime: Node has them since 20.4.
 *
 * @param taskId the task
 * @param options as for `taskStatus$`
 * @throws TypeError or RangeError at the call, for a task id or an option that is not valid
 *
 * @example
 * const emitter = taskStatusEmitter('task_1', { apiKey });
 * emitter.on('status', (status) => console.log(status)); // created, running, finished
 * emitter.on('finished', () => fetchTheResult());
 * emitter.on('error', (error) => console.error(error));
 */
export function taskStatusEmitter<S extends string = TaskStatus, D = unknown>(
  taskId: string,
  options?: TaskStatusOptions<S, D>,
): TaskStatusEmitter<S, D>;
// TypeScript cannot check that the events of S are emitted as declared, so the implementation uses strings
export function taskStatusEmitter(taskId: string, options?: TaskStatusOptions<string>): Emitter {
  return new Emitter(taskPolls$(taskId, options));
}

class Emitter extends EventEmitter<Record<string, unknown[]>> {
  readonly #close$ = new Subject<void>();
  #closed = false;

  constructor(polls$: Observable<TaskPoll<string>>) {
    super();
    queueMicrotask(() => this.#start(polls$));
  }

  close(): void {
    this.#closed = true;
    this.#close$.next();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #start(polls$: Observable<TaskPoll<string>>): void {
    if (this.#closed) return;
    let details: [] | [details: unknown] = [];
    const keepDetails = (poll: TaskPoll<string>): void => {
      if ('details' in poll) details = [poll.details];
    };
    // takeUntil, because a listener may call close() before subscribe() has returned
    polls$.pipe(tap(publish), tap(keepDetails), toStatus(), takeUntil(this.#close$)).subscribe({
      next: (status) => {
        this.#emit('status', status);
        if (!RESERVED.has(status)) this.#emit(status);
      },
      error: (error: unknown) => {
        this.#emit('error', error);
        this.#emit('end', ...details);
      },
      complete: () => this.#emit('end', ...details),
    });
  }

  #emit(event: string, ...values: unknown[]): void {
    if (this.#closed) return;
    try {
      this.emit(event, ...values);
    } catch (error) {
      // outside RxJS, because config.onUnhandledError could swallow it
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

const pollChannel = /* @__PURE__ */ channel('rxjs-task-status:poll');

function publish(poll: TaskPoll<string>): void {
  if (pollChannel.hasSubscribers) pollChannel.publish(poll);
}

const RESERVED: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'status',
  'error',
  'end',
  'newListener',
  'removeListener',
] satisfies Reserved[]);
