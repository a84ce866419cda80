import type { NgZone } from '@angular/core';
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

/** Emits inside Angular's zone, so that views are refreshed. */
export function observeInside<V>(zone: NgZone): MonoTypeOperatorFunction<V> {
  return (source) =>
    new Observable((subscriber) =>
      source.subscribe({
        next: (value) => zone.run(() => subscriber.next(value)),
        error: (error: unknown) => zone.run(() => subscriber.error(error)),
        complete: () => zone.run(() => subscriber.complete()),
      }),
    );
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
