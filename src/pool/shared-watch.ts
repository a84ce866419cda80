import { runAll } from '../api/run-all.js';
import type { Answer, EndedTask } from '../stream/task-result.js';
import type { Outcome } from '../watch/poll-state.js';
import type { ResolvedOptions } from '../watch/resolve-options.js';
import type { TaskPoll } from '../watch/task-poll.js';
import { Watch, type WatchEnd, type WatchObserver } from '../watch/watch.js';
import type { Observer } from './observers.js';

/** Receives the events of a pool's watches. */
export interface WatchEvents<S extends string, D = unknown> {
  onStart(watch: SharedWatch<S, D>): void;
  /** @param isGood whether the answer has a status, or is one that counts as "not yet" */
  onPoll(watch: SharedWatch<S, D>, poll: TaskPoll<S, D>, isGood: boolean): void;
  /** All observers were notified of an answer, and of the end if it was the last answer. */
  onHandled(): void;
  onStop(watch: SharedWatch<S, D>): void;
  /** New subscribers must not get this watch any more. */
  onRemove(watch: SharedWatch<S, D>): void;
}

/** One watch for any number of observers. It runs while there is at least one. */
export class SharedWatch<S extends string, D = unknown> implements WatchObserver<S, D> {
  readonly taskId: string;
  readonly options: ResolvedOptions<S, D>;

  readonly #events: WatchEvents<S, D>;
  #observers: Observer<S, D>[] = [];
  #watch: Watch<S, D> | undefined;
  #started = false;
  // for late observers
  #latestPoll: TaskPoll<S, D> | undefined;
  #latestStatus: S | undefined;
  #latestAnswer: Answer<S, D> | undefined;
  #ended: EndedTask<S, D> | undefined;

  constructor(taskId: string, options: ResolvedOptions<S, D>, events: WatchEvents<S, D>) {
    this.taskId = taskId;
    this.options = options;
    this.#events = events;
  }

  /** Whether it is running. */
  get active(): boolean {
    return this.#watch !== undefined;
  }

  /** Adds an observer. The first one starts the watch; a later one gets the latest poll at once. */
  add(observer: Observer<S, D>): void {
    // before it is notified: it must not miss events that happen meanwhile
    this.#observers.push(observer);
    if (!this.#started) {
      this.#start();
      return;
    }
    const ended = !this.active;
    if (ended && !observer.keepsEnded) this.#observers.pop();
    if (this.#latestPoll) this.#notify(observer, this.#latestPoll, this.#latestStatus);
    if (ended) observer.onComplete(this.#ended);
  }

  /** Removes an observer. Without observers the watch stops. */
  remove(observer: Observer<S, D>): void {
    const index = this.#observers.indexOf(observer);
    if (index < 0) return;
    this.#observers.splice(index, 1);
    if (this.#observers.length === 0) this.stop();
  }

  /** Stops the watch without notifying its observers. New subscribers get a new watch. */
  stop(): void {
    this.#events.onRemove(this);
    this.#stopWatch();
  }

  /** Ends the poll delay, if there is one. */
  pollNow(): void {
    this.#watch?.pollNow();
  }

  next(poll: TaskPoll<S, D>, outcome: Outcome<S, D>): void {
    const { taskId, changed, status, details, nextDelay } = poll;
    this.#latestPoll = poll;
    if (status !== undefined) {
      // the JSON is needed only where it holds the result, and may be large
      const holdsResult = nextDelay === undefined && !this.options.api.resultPath;
      this.#latestAnswer = {
        taskId,
        status,
        details,
        json: holdsResult ? outcome.json : undefined,
      };
    }
    if (changed) this.#latestStatus = status;
    // before onPoll(): an observer that is added in it gets this poll there
    const observers = [...this.#observers];
    this.#events.onPoll(this, poll, !outcome.error || outcome.ignoredWord !== undefined);
    for (const observer of observers) {
      this.#notify(observer, poll, changed ? status : undefined);
    }
    // after the last answer, #end() reports this
    if (nextDelay !== undefined) this.#events.onHandled();
  }

  error(error: unknown): void {
    this.#end([], (observer) => observer.onError(error));
  }

  /** @param end absent if the pool is closed */
  complete(end?: WatchEnd): void {
    const { options } = this;
    const answer = this.#latestAnswer;
    const ended = end && answer && { options, answer, end };
    this.#ended = ended;
    this.#end(
      this.#observers.filter(({ keepsEnded }) => keepsEnded),
      (observer) => observer.onComplete(ended),
    );
  }

  #start(): void {
    this.#started = true;
    try {
      const watch = new Watch(this.taskId, this.options, this);
      this.#watch = watch;
      this.#events.onStart(this);
      // does nothing if onStart() has stopped the watch
      watch.start();
    } catch (error) {
      // the caller's code threw; subscribers of other tasks must not get the exception
      this.error(error);
    }
  }

  #stopWatch(): void {
    const watch = this.#watch;
    if (!watch) return;
    this.#watch = undefined;
    try {
      watch.unsubscribe();
    } finally {
      this.#events.onStop(this);
    }
  }

  /** @param keepers the observers that keep the ended watch for late subscribers */
  #end(keepers: Observer<S, D>[], notify: (observer: Observer<S, D>) => void): void {
    const observers = [...this.#observers];
    // before they are notified: a new subscription inside a callback gets a new watch
    this.#observers = keepers;
    if (keepers.length === 0) this.#events.onRemove(this);
    try {
      this.#stopWatch();
    } catch {
      // report how the watch ended, not that a teardown threw
    }
    runAll([
      ...observers.map((observer) => () => notify(observer)),
      () => this.#events.onHandled(),
    ]);
  }

  #notify(observer: Observer<S, D>, poll: TaskPoll<S, D>, status: S | undefined): void {
    observer.onPoll?.(poll, this.#latestAnswer);
    if (status !== undefined) observer.onStatus?.(status);
  }
}
