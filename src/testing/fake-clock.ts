import type { SchedulerLike } from 'rxjs';

import { markMisuse } from './misuse.js';

/** So many requests for one task at one instant mean that the poller uses another clock. */
const MAX_REQUESTS = 1_000;

/** So many readings of the system clock take longer than a millisecond, its resolution. */
const MAX_READS = 1_000_000;

/** A year, ms. No test waits that long: a longer step means that the clock was replaced. */
const YEAR = 365 * 86_400_000;

/** How often a task was requested at this instant, and in this turn of the event loop. */
interface RequestCount {
  now: number;
  atInstant: number;
  turn: number;
  inTurn: number;
}

/**
 * The clock of a fake API. It detects if the test replaces it after the call of `fakeTaskApi()`, and if
 * the poller uses another clock.
 */
export class FakeClock {
  readonly #scheduler: SchedulerLike;
  readonly #start: number;
  #latest: number;
  readonly #counts = new Map<string, RequestCount>();
  /** The number of the current turn of the event loop, counting only turns with requests. */
  #turn = 0;
  #inTurn = false;
  /** The last turn in which the clock was found to be virtual. */
  #virtualTurn = 0;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
    this.#start = this.#latest = scheduler.now();
  }

  /** The time since the fake was created, ms. Throws if the clock was replaced. */
  elapsed(): number {
    const now = this.#scheduler.now();
    const step = now - this.#latest;
    if (step < 0 || step > YEAR) {
      throw markMisuse(new Error(replacedMessage(this.#latest, now)));
    }
    this.#latest = now;
    return now - this.#start;
  }

  /** Throws if the task was requested too often at this instant. */
  countRequest(taskId: string): void {
    this.elapsed();
    const now = this.#latest;
    const turn = this.#currentTurn();
    const count = this.#counts.get(taskId) ?? { now, turn, atInstant: 0, inTurn: 0 };
    this.#counts.set(taskId, count);
    count.atInstant = now === count.now ? count.atInstant + 1 : 1;
    count.inTurn = turn === count.turn ? count.inTurn + 1 : 1;
    count.now = now;
    count.turn = turn;
    if (count.atInstant >= MAX_REQUESTS || (count.inTurn >= MAX_REQUESTS && !this.#isVirtual())) {
      throw markMisuse(new Error(stuckMessage(taskId, now)));
    }
  }

  /**
   * Whether the clock advances only with its scheduler. The system clock advances by itself, even while a
   * poller blocks the event loop.
   */
  #isVirtual(): boolean {
    if (this.#virtualTurn !== this.#turn) {
      for (let reads = 0; reads < MAX_READS; reads++) {
        if (this.#scheduler.now() !== this.#latest) return false;
      }
      this.#virtualTurn = this.#turn;
    }
    return true;
  }

  #currentTurn(): number {
    if (!this.#inTurn) {
      this.#inTurn = true;
      this.#turn += 1;
      // a microtask and not a timer: the test may have replaced the timers, or count them
      void Promise.resolve().then(() => {
        this.#inTurn = false;
      });
    }
    return this.#turn;
  }
}

function replacedMessage(from: number, to: number): string {
  const change = to < from ? 'moved back' : 'jumped forward';
  return (
    `fakeTaskApi: its clock ${change} from ${from} to ${to} ms. ` +
    'Call fakeTaskApi() in each test, after vi.useFakeTimers() or jest.useFakeTimers(), ' +
    'or inside testScheduler.run(); ' +
    'or pass the scheduler of the watch: fakeTaskApi(tasks, { scheduler })'
  );
}

function stuckMessage(taskId: string, now: number): string {
  return (
    `fakeTaskApi: ${MAX_REQUESTS} requests for task "${taskId}" at one instant ` +
    `of its clock (${now} ms). The poller does not advance that clock. ` +
    'Give both the same scheduler: fakeTaskApi(tasks, { scheduler }) and ' +
    'taskStatus$(taskId, { transport, scheduler }). With fake timers, fake Date too'
  );
}
