import { isTerminal, TaskUnsuccessfulError, type TaskApi, type TaskPoll } from 'rxjs-task-status';
import { printable } from './printable.js';

/** The progress of one task's watch. Times are clock readings, ms. */
export class TaskProgress {
  readonly taskId: string;
  /** The task id as it is printed. */
  readonly name: string;
  readonly startedAt: number;
  /** Requests sent, with or without an answer. */
  requests = 0;
  /** The latest poll. */
  poll: TaskPoll<string> | undefined;
  /** The latest status. */
  status: string | undefined;
  /** When the watch ended. */
  endedAt: number | undefined;
  /** The error that ended the watch. */
  error: unknown;
  /** Whether the task's result is being read. */
  readingResult = false;
  /** The task's result, in an object because it may be any JSON. */
  result: { readonly value: unknown } | undefined;
  /** When the status last changed, or polls last started or stopped failing. */
  changedAt: number;
  readonly #api: TaskApi<string>;

  constructor(taskId: string, api: TaskApi<string>, now: number) {
    this.taskId = taskId;
    this.name = printable(taskId) || '(unprintable)';
    this.startedAt = this.changedAt = now;
    this.#api = api;
  }

  /** Whether the latest poll is a failure. */
  get failing(): boolean {
    return this.poll?.error !== undefined;
  }

  /** How the task ended: its terminal status, `in error`, or `not ended`. */
  get outcome(): string {
    if (this.error !== undefined) return 'in error';
    const { status } = this;
    return status !== undefined && isTerminal(status, this.#api) ? status : 'not ended';
  }

  onPoll(poll: TaskPoll<string>): void {
    const handledAt = poll.at + poll.duration;
    const failingChanged = this.failing !== (poll.error !== undefined);
    this.poll = poll;
    if (poll.status !== undefined) this.status = poll.status;
    if (poll.nextDelay === undefined) this.endedAt = handledAt;
    if (poll.changed || failingChanged) this.changedAt = handledAt;
  }

  /** The result was read. */
  onResult(value: unknown): void {
    this.result = { value };
    this.readingResult = false;
  }

  onError(error: unknown, now: number): void {
    this.readingResult = false;
    this.endedAt ??= now;
    this.changedAt = this.endedAt;
    // if the task ended without success, the watch itself did not fail
    if (!(error instanceof TaskUnsuccessfulError)) this.error = error;
  }
}
