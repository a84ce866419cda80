import type { Observable, Subscriber } from 'rxjs';

import { TaskUnsuccessfulError } from '../api/errors.js';
import type { Answer, TaskResult } from '../stream/task-result.js';
import type { TaskPoll } from '../watch/task-poll.js';
import type { Observer } from './observers.js';

/** Gives the result of a task, once for all who subscribe with the same answer. */
export type ResultSource<S extends string, D, R> = (
  answer: Answer<S, D>,
) => Observable<TaskResult<S, D, R>>;

/** Emits the result of a task when it has ended, on behalf of one subscriber. */
export class ResultObserver<S extends string, D, R> implements Observer<S, D> {
  readonly keepsEnded = false;
  readonly #taskId: string;
  readonly #subscriber: Subscriber<TaskResult<S, D, R>>;
  readonly #resultOf: ResultSource<S, D, R>;
  #answer: Answer<S, D> | undefined;
  /** Whether the latest answer was the end of the task. */
  #ended = false;

  constructor(
    taskId: string,
    subscriber: Subscriber<TaskResult<S, D, R>>,
    resultOf: ResultSource<S, D, R>,
  ) {
    this.#taskId = taskId;
    this.#subscriber = subscriber;
    this.#resultOf = resultOf;
  }

  onPoll(poll: TaskPoll<S, D>, answer: Answer<S, D> | undefined): void {
    if (answer) this.#answer = answer;
    this.#ended = poll.nextDelay === undefined;
  }

  onError(error: unknown): void {
    this.#subscriber.error(error);
  }

  onComplete(): void {
    const answer = this.#answer;
    if (answer && this.#ended) {
      this.#subscriber.add(this.#resultOf(answer).subscribe(this.#subscriber));
      return;
    }
    // the pool was closed before
    this.#subscriber.error(
      new TaskUnsuccessfulError(answer?.status, this.#taskId, false, answer?.details),
    );
  }
}
