import type { Observable, Subscriber } from 'rxjs';

import { TaskUnsuccessfulError } from '../api/errors.js';
import type { Answer, EndedTask, TaskResult } from '../stream/task-result.js';
import type { TaskPoll } from '../watch/task-poll.js';
import type { Observer } from './observers.js';

/** Gives the result of a task, once for all who subscribe with the same object. */
export type ResultSource<S extends string, D, R> = (
  task: EndedTask<S, D>,
) => Observable<TaskResult<S, D, R>>;

/** Emits the result of a task when it has ended, on behalf of one subscriber. */
export class ResultObserver<S extends string, D, R> implements Observer<S, D> {
  readonly keepsEnded = false;
  readonly #taskId: string;
  readonly #subscriber: Subscriber<TaskResult<S, D, R>>;
  readonly #resultOf: ResultSource<S, D, R>;
  #answer: Answer<S, D> | undefined;

  constructor(
    taskId: string,
    subscriber: Subscriber<TaskResult<S, D, R>>,
    resultOf: ResultSource<S, D, R>,
  ) {
    this.#taskId = taskId;
    this.#subscriber = subscriber;
    this.#resultOf = resultOf;
  }

  onPoll(_poll: TaskPoll<S, D>, answer: Answer<S, D> | undefined): void {
    this.#answer = answer;
  }

  onError(error: unknown): void {
    this.#subscriber.error(error);
  }

  onComplete(ended?: EndedTask<S, D>): void {
    if (ended) {
      this.#subscriber.add(this.#resultOf(ended).subscribe(this.#subscriber));
      return;
    }
    const answer = this.#answer;
    this.#subscriber.error(
      new TaskUnsuccessfulError(answer?.status, this.#taskId, false, answer?.details),
    );
  }
}
