import { NgZone } from '@angular/core';
import {
  Observable,
  type MonoTypeOperatorFunction,
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';

/** Subscribes outside Angular's zone: with a timer inside, the application would not become stable. */
export function subscribeOutside<V>(zone: NgZone): MonoTypeOperatorFunction<V> {
  return (source) =>
    new Observable((subscriber) => zone.runOutsideAngular(() => source.subscribe(subscriber)));
}

/** Takes the work of watches out of Angular's zone, and their events back into it. */
export class ZoneBorder {
  readonly #zone: NgZone;
  /** Where the caller of `leave` is. `undefined` while there is none: a timer or an answer has come. */
  #caller: 'inside' | 'outside' | undefined;

  constructor(zone: NgZone) {
    this.#zone = zone;
  }

  /** Runs work outside the zone. */
  leave<T>(work: () => T): T {
    const outer = this.#caller;
    this.#caller ??= NgZone.isInAngularZone() ? 'inside' : 'outside';
    try {
      return this.#zone.runOutsideAngular(work);
    } finally {
      this.#caller = outer;
    }
  }

  /**
   * Runs work inside the zone, so that views are refreshed.
   *
   * An event that comes while a caller outside the zone waits stays outside: the caller may be a change
   * detection, and to leave the zone would start another one inside it (NG0101).
   */
  enter(work: () => void): void {
    if (this.#caller === 'outside') work();
    else this.#zone.run(work);
  }

  /** Subscribes outside the zone and emits inside. */
  cross<V>(): MonoTypeOperatorFunction<V> {
    return (source) =>
      new Observable((subscriber) =>
        this.leave(() =>
          source.subscribe({
            next: (value) => this.enter(() => subscriber.next(value)),
            error: (error: unknown) => this.enter(() => subscriber.error(error)),
            complete: () => this.enter(() => subscriber.complete()),
          }),
        ),
      );
  }
}

/**
 * A scheduler whose timers run outside Angular's zone, even if they are scheduled inside it: an
 * interceptor may answer inside the zone, and `pollNow` may emit in a click handler.
 */
export function scheduleOutside(zone: NgZone, scheduler: SchedulerLike): SchedulerLike {
  function schedule<T>(
    work: (this: SchedulerAction<T>, state: T) => void,
    delay: number,
    state: T,
  ): Subscription;
  function schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delay?: number,
    state?: T,
  ): Subscription;
  function schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delay = 0,
    state?: T,
  ): Subscription {
    return zone.runOutsideAngular(() => scheduler.schedule(work, delay, state));
  }
  return { now: () => scheduler.now(), schedule };
}
