import type { TaskStatus } from 'rxjs-task-status';

/** An answer of the API: a status, or the HTTP status of an error that ends the task. */
export type LifeAnswer = TaskStatus | 404 | 422;

/** What kind of task it is. An `again` task fails, and is added again later. */
export type LifeKind = 'ordinary' | 'again' | 'endless';

/** The status of a task. It advances with the requests, and ends only after `release()`. */
export class TaskLife {
  readonly kind: LifeKind;
  readonly #random: () => number;
  readonly #end: LifeAnswer;
  #answer: LifeAnswer = 'created';
  /** How many more answers are the same. */
  #remaining = 0;
  #released = false;
  #ended = false;

  constructor(kind: LifeKind, random: () => number) {
    this.kind = kind;
    this.#random = random;
    this.#end = kind === 'again' ? pick(random, [404, 422]) : pick(random, ENDS);
    this.#stay();
  }

  /** From now on it may end. An endless task does not. */
  release(): void {
    this.#released = this.kind !== 'endless';
  }

  /** Begins again after its end, and may end. */
  restart(): TaskLife {
    const life = new TaskLife('ordinary', this.#random);
    life.release();
    return life;
  }

  /** The next answer. */
  next(): LifeAnswer {
    if (this.#remaining === 0) this.#advance();
    this.#remaining -= 1;
    return this.#answer;
  }

  #advance(): void {
    this.#stay();
    if (this.#ended) return;
    if (this.#released && this.#answer === 'running') {
      this.#answer = this.#end;
      this.#ended = true;
    } else if (this.kind === 'endless') this.#answer = 'running';
    else this.#answer = this.#answer === 'running' ? 'paused' : 'running';
  }

  #stay(): void {
    this.#remaining = pick(this.#random, [1, 2, 3]);
  }
}

const ENDS: readonly LifeAnswer[] = ['finished', 'finished', 'failed', 'stopped'];

/** One of the values. */
export function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}
