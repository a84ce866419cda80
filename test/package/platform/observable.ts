/** The part of the platform's Observable that the scenarios use: TypeScript has no types for it yet. */
export interface PlatformObservable<T> {
  subscribe(observer: Partial<PlatformObserver<T>>, options?: { signal?: AbortSignal }): undefined;
  switchMap<U>(project: (value: T) => AsyncIterable<U>): PlatformObservable<U>;
  takeUntil(notifier: PlatformObservable<unknown>): PlatformObservable<T>;
  first(options?: { signal?: AbortSignal }): Promise<T>;
  toArray(options?: { signal?: AbortSignal }): Promise<T[]>;
}

interface PlatformObserver<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

interface PlatformSubscriber<T> extends PlatformObserver<T> {
  readonly signal: AbortSignal;
  addTeardown(teardown: () => void): void;
}

declare global {
  var Observable: {
    new <T>(start: (subscriber: PlatformSubscriber<T>) => void): PlatformObservable<T>;
    from<T>(source: AsyncIterable<T>): PlatformObservable<T>;
  };

  interface EventTarget {
    when(type: string): PlatformObservable<Event>;
  }
}
