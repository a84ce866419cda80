/**
 * `import … from 'rxjs-task-status/node'`: the status as events.
 *
 * @packageDocumentation
 */

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

/** What no status can be named without meaning something else to an `EventEmitter`. */
type Reserved = 'status' | 'error' | 'end' | 'newListener' | 'removeListener';

/** The events of a {@link TaskStatusEmitter}, and what their listeners are called with. */
export type TaskStatusEvents<S extends string = TaskStatus> = {
  /** The status has changed; the first one is a change. */
  status: [status: S];
  /** The watch has failed; where nobody listens, the error is thrown. */
  error: [error: unknown];
  /** Nothing more comes. */
  end: [];
} & Record<Exclude<S, Reserved>, []>;

/** A watch of one task: see {@link taskStatusEmitter}. */
export interface TaskStatusEmitter<S extends string = TaskStatus> extends EventEmitter<
  TaskStatusEvents<S>
> {
  /**
   * Stops the watch and aborts the request in flight.
   *
   * Nothing is emitted after it, `end` neither. Further calls do nothing.
   */
  close(): void;
  /** `close()`, for `using`. */
  [Symbol.dispose](): void;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Watches a task and tells of it as an `EventEmitter`.
 *
 * For each change of status it emits `status` with the status, then the event that is named after it;
 * after a terminal status follows `end`. Where `taskStatus$` would error it emits `error`, then `end`.
 * As with every emitter of Node's, an `error` without a listener is thrown: an uncaught exception. A
 * status that is named like another event (a task API of yours may call one `error`) comes as `status`
 * alone.
 *
 * The watch starts on the next tick, so that listeners can be added first, and keeps the process alive
 * until it ends or is closed. A throw in a listener is an uncaught exception and changes nothing else.
 *
 * Each poll is published on the diagnostics channel `rxjs-task-status:poll` as a `TaskPoll`, while the
 * channel has subscribers.
 *
 * `Symbol.dispose` and `Symbol.asyncDispose` are the runtime's own: Node has them since 20.4.
 *
 * @param taskId the task
 * @param options as for `taskStatus$`
 * @throws TypeError or RangeError at the call, for options that cannot work
 *
 * @example
 * const emitter = taskStatusEmitter('task_1', { apiKey });
 * emitter.on('status', (status) => console.log(status)); // created, running, finished
 * emitter.on('finished', () => fetchTheResult());
 * emitter.on('error', (error) => console.error(error));
 */
export function taskStatusEmitter<S extends string = TaskStatus>(
  taskId: string,
  options?: TaskStatusOptions<S>,
): TaskStatusEmitter<S>;
// the events follow from S, and no TypeScript can see inside that each is emitted as declared
export function taskStatusEmitter(taskId: string, options?: TaskStatusOptions<string>): Emitter {
  return new Emitter(taskPolls$(taskId, options));
}

class Emitter extends EventEmitter<Record<string, unknown[]>> {
  readonly #close$ = new Subject<void>();
  #closed = false;

  constructor(polls$: Observable<TaskPoll<string>>) {
    super();
    process.nextTick(() => this.#start(polls$));
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
    // a subscription would be there too late: a listener may close within the first answer
    polls$.pipe(tap(publish), toStatus(), takeUntil(this.#close$)).subscribe({
      next: (status) => {
        this.#tell('status', status);
        if (!RESERVED.has(status)) this.#tell(status);
      },
      error: (error: unknown) => {
        this.#tell('error', error);
        this.#tell('end');
      },
      complete: () => this.#tell('end'),
    });
  }

  #tell(event: string, ...values: unknown[]): void {
    if (this.#closed) return;
    try {
      this.emit(event, ...values);
    } catch (error) {
      // past RxJS, whose hook for unhandled errors could keep it from the process
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
