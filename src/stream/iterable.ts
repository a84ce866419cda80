import type { Observable, Subscription } from 'rxjs';

/**
 * An Observable that is also an async iterable.
 *
 * A loop subscribes when it starts. It gets every value in order, also those that were emitted while its
 * body was waiting. It ends when the Observable completes, and throws the error of the Observable.
 * Leaving the loop unsubscribes. `pipe()` returns an ordinary Observable. The platform's
 * `Observable.from()` takes it too.
 *
 * @example
 * for await (const status of taskStatus$('task_1', { apiKey })) {
 *   console.log(status); // created, running, finished
 * }
 */
export type IterableObservable<T> = Observable<T> & AsyncIterable<T>;

/**
 * Makes an Observable an async iterable as well.
 *
 * An iteration subscribes with the first `next()`, keeps what is emitted until it is read, and
 * unsubscribes when the loop is left. `Observable.from()` of the platform takes it as well.
 */
export function iterable<T>(source: Observable<T>): IterableObservable<T> {
  return Object.assign(source, {
    [Symbol.asyncIterator]: (): AsyncIterator<T, void> => new ObservableIterator(source),
  });
}

/** A call of `next()` that waits for its result. */
interface Reader<T> {
  readonly resolve: (result: IteratorResult<T, void>) => void;
  readonly reject: (error: unknown) => void;
}

/** One iteration. */
class ObservableIterator<T> implements AsyncIterator<T, void> {
  readonly #source: Observable<T>;
  #subscription: Subscription | undefined;
  readonly #readers: Reader<T>[] = [];
  /** What has been emitted and not been read. */
  readonly #events: ((reader: Reader<T>) => void)[] = [];
  #done = false;

  constructor(source: Observable<T>) {
    this.#source = source;
  }

  next(): Promise<IteratorResult<T, void>> {
    const result = new Promise<IteratorResult<T, void>>((resolve, reject) => {
      this.#readers.push({ resolve, reject });
    });
    if (!this.#done) this.#subscription ??= this.#subscribe();
    this.#deliver();
    return result;
  }

  return(): Promise<IteratorResult<T, void>> {
    this.#events.length = 0;
    this.#subscription?.unsubscribe();
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  #subscribe(): Subscription {
    return this.#source.subscribe({
      next: (value) => this.#add(({ resolve }) => resolve({ done: false, value })),
      error: (error: unknown) => {
        this.#add(({ reject }) => reject(error));
        this.#end();
      },
      complete: () => this.#end(),
    });
  }

  #add(event: (reader: Reader<T>) => void): void {
    this.#events.push(event);
    this.#deliver();
  }

  #end(): void {
    this.#done = true;
    this.#deliver();
  }

  #deliver(): void {
    while (this.#readers.length && (this.#events.length || this.#done)) {
      const reader = this.#readers.shift();
      const event = this.#events.shift() ?? finish<T>;
      if (reader) event(reader);
    }
  }
}

function finish<T>({ resolve }: Reader<T>): void {
  resolve({ done: true, value: undefined });
}
