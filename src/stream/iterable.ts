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
  return Object.assign(source, { [Symbol.asyncIterator]: () => iterate(source) });
}

/** A call of `next()` that waits for its result. */
interface Reader<T> {
  readonly resolve: (result: IteratorResult<T, void>) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts one iteration. */
function iterate<T>(source: Observable<T>): AsyncIterator<T, void> {
  const readers: Reader<T>[] = [];
  /** What has been emitted and not been read. */
  const events: ((reader: Reader<T>) => void)[] = [];
  let done = false;
  let subscription: Subscription | undefined;

  const deliver = (): void => {
    while (events.length || done) {
      const reader = readers.shift();
      if (!reader) return;
      const event = events.shift() ?? finish<T>;
      event(reader);
    }
  };
  const add = (event: (reader: Reader<T>) => void): void => {
    events.push(event);
    deliver();
  };
  const end = (): void => {
    done = true;
    deliver();
  };
  const observer = {
    next: (value: T) => add(({ resolve }) => resolve({ done: false, value })),
    error: (error: unknown) => {
      add(({ reject }) => reject(error));
      end();
    },
    complete: end,
  };

  return {
    next: () =>
      new Promise((resolve, reject) => {
        readers.push({ resolve, reject });
        if (!done) subscription ??= source.subscribe(observer);
        // return() may have been called inside subscribe()
        if (done) subscription?.unsubscribe();
        deliver();
      }),
    return: () => {
      events.length = 0;
      subscription?.unsubscribe();
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

function finish<T>({ resolve }: Reader<T>): void {
  resolve({ done: true, value: undefined });
}
