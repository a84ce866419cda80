import {
  lastOfEach,
  REQUEST_TIMEOUT,
  type PoolAct,
  type PoolAnswer,
  type PoolEntry,
  type PoolHistory,
  type PoolStats,
} from './pool-history.js';

/**
 * What a pool must do, foretold from a history: a simulation of its own that shares nothing with the
 * library. It is written to be read beside the contract; nothing in it is fast.
 */
export function predictPool(history: PoolHistory): PoolEntry[] {
  const agenda = new Agenda();
  const model = new PoolModel(history, agenda);
  for (const event of history.events) {
    if (event.at !== undefined) agenda.book(event.at, () => model.perform(event.act));
  }
  agenda.run();
  return [...model.trace, ...lastOfEach(model.stats)];
}

const TERMINAL = ['finished', 'stopped', 'failed'];
const FINISHED: PoolAnswer = { latency: 0, word: 'finished' };
const LEAST_GAP = 1;

/** One task's watch. */
interface Watch {
  readonly task: string;
  /** Who looks on, in the order in which they came. */
  viewers: Viewer[];
  on: boolean;
  attempts: number;
  leftAt: number;
  /** For the backoff: the last word and how many times in a row it was seen; failures in a row. */
  word: string | undefined;
  seen: number;
  failures: number;
  /** What late subscribers get. */
  latestPoll: unknown;
  latestStatus: string | undefined;
  /** What comes next of itself: an answer, or the end of a wait. */
  next: Booking | undefined;
  limit: Booking | undefined;
  /** How many holds there had been when its request left. */
  holdsThen: number;
}

interface Viewer {
  readonly name: string;
  readonly kind: 'status$' | 'polls$' | 'statuses$';
  /** The watches that it looks at, and, of a group, how many go on. */
  watches: Watch[];
  open: number;
  complete: boolean;
  over: boolean;
}

class PoolModel {
  readonly trace: PoolEntry[] = [];
  readonly stats: PoolEntry[] = [];

  private readonly viewers = new Map<string, Viewer>();
  private readonly told = new Map<string, number>();
  private readonly asked = new Map<string, number>();
  /** The watches that who comes late finds, in the order in which they were begun. */
  private readonly known = new Map<string, Watch>();
  private closed = false;
  /** Whether closing is done, and stats$ has completed. */
  private over = false;

  private line: Watch[] = [];
  private readonly away = new Set<Watch>();
  private admitting = false;
  private wake: Booking | undefined;

  private holds = 0;
  private refusals = 0;
  private held = false;
  private gap = 0;
  private shutAt = 0;
  private shutFor = 0;

  private watching = 0;
  private requests = 0;
  private errors = 0;

  constructor(
    private readonly history: PoolHistory,
    private readonly agenda: Agenda,
  ) {
    this.tellStats();
  }

  perform(act: PoolAct): void {
    if (act === 'close') this.close();
    else if ('leave' in act) this.leave(act.leave);
    else this.subscribe(act.subscribe);
  }

  // Who looks on

  private subscribe(name: string): void {
    const subscriber = this.history.subscribers[name];
    if (!subscriber || this.viewers.has(name)) return;
    const viewer: Viewer = {
      name,
      kind: subscriber.to,
      watches: [],
      open: 0,
      complete: false,
      over: false,
    };
    this.viewers.set(name, viewer);
    if (this.closed) {
      this.end(viewer, 'complete');
      return;
    }
    // duplicates are watched once
    const tasks =
      subscriber.to === 'statuses$' ? [...new Set(subscriber.tasks)] : [subscriber.task];
    for (const task of tasks) {
      if (viewer.over) return;
      viewer.open++;
      this.join(viewer, task);
    }
    viewer.complete = true;
    this.completeGroup(viewer);
  }

  /** One watch for a task however many subscribe. */
  private join(viewer: Viewer, task: string): void {
    const there = this.known.get(task);
    if (there) {
      viewer.watches.push(there);
      there.viewers.push(viewer);
      const { on } = there;
      if (viewer.kind === 'polls$') this.tell(viewer, there.latestPoll);
      else if (there.latestStatus !== undefined) this.tellStatus(viewer, there);
      if (!on) this.dismiss(there, viewer);
      return;
    }
    const watch: Watch = {
      task,
      viewers: [viewer],
      on: true,
      attempts: 0,
      leftAt: 0,
      word: undefined,
      seen: 0,
      failures: 0,
      latestPoll: undefined,
      latestStatus: undefined,
      next: undefined,
      limit: undefined,
      holdsThen: 0,
    };
    viewer.watches.push(watch);
    this.known.set(task, watch);
    this.watching++;
    this.enter(watch);
  }

  private leave(name: string): void {
    const viewer = this.viewers.get(name);
    if (!viewer || viewer.over) return;
    viewer.over = true;
    this.lookAway(viewer);
    this.tellStats();
  }

  private lookAway(viewer: Viewer): void {
    for (const watch of viewer.watches) {
      if (!watch.viewers.includes(viewer)) continue;
      watch.viewers = watch.viewers.filter((other) => other !== viewer);
      // the last to leave stops it and frees everything
      if (watch.viewers.length === 0) this.halt(watch);
    }
  }

  private tell(viewer: Viewer, what: unknown): void {
    if (viewer.over || what === undefined) return;
    this.trace.push([this.agenda.now, 'told', viewer.name, what]);
    const nth = (this.told.get(viewer.name) ?? 0) + 1;
    this.told.set(viewer.name, nth);
    for (const event of this.history.events) {
      if (event.inside === viewer.name && event.nth === nth) this.perform(event.act);
    }
  }

  private tellStatus(viewer: Viewer, { task, latestStatus }: Watch): void {
    this.tell(
      viewer,
      viewer.kind === 'status$' ? latestStatus : { taskId: task, status: latestStatus },
    );
  }

  private end(viewer: Viewer, how: string): void {
    if (viewer.over) return;
    viewer.over = true;
    this.trace.push([this.agenda.now, 'end', viewer.name, how]);
    this.lookAway(viewer);
    this.tellStats();
  }

  private completeGroup(viewer: Viewer): void {
    if (viewer.kind === 'statuses$' && viewer.complete && viewer.open === 0) {
      this.end(viewer, 'complete');
    }
  }

  /** Tells a viewer that the task has ended; a group still remembers it to its own end. */
  private dismiss(watch: Watch, viewer: Viewer): void {
    if (viewer.kind === 'statuses$') {
      viewer.open--;
      this.completeGroup(viewer);
      return;
    }
    if (viewer.over) return;
    watch.viewers = watch.viewers.filter((other) => other !== viewer);
    if (watch.viewers.length === 0) this.halt(watch);
    this.end(viewer, 'complete');
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const viewer of [...this.viewers.values()]) {
      if (viewer.kind === 'statuses$') this.end(viewer, 'complete');
    }
    const watches = [...this.known.values()];
    for (const watch of watches) this.halt(watch);
    for (const watch of watches) {
      for (const viewer of [...watch.viewers]) this.dismiss(watch, viewer);
    }
    this.tellStats();
    this.over = true;
    this.rest();
  }

  /** Stops a watch and forgets it: its request is aborted, or leaves the queue. */
  private halt(watch: Watch): void {
    if (this.known.get(watch.task) === watch) this.known.delete(watch.task);
    this.stop(watch);
  }

  private stop(watch: Watch): void {
    if (!watch.on) return;
    watch.on = false;
    watch.next?.cancel();
    watch.limit?.cancel();
    this.watching--;
    if (this.away.delete(watch)) {
      this.trace.push([this.agenda.now, 'abort', watch.task]);
      this.rest();
    } else if (this.line.includes(watch)) {
      this.line = this.line.filter((other) => other !== watch);
      this.rest();
    }
    this.tellStats();
  }

  // The queue

  private enter(watch: Watch): void {
    this.line.push(watch);
    this.admit();
  }

  /** First come, first served, `maxConcurrent` at once, and none while the gate is shut. */
  private admit(): void {
    if (this.admitting) return;
    this.admitting = true;
    while (this.line.length > 0 && this.away.size < this.history.maxConcurrent && this.open()) {
      this.send(this.line.shift()!);
    }
    this.admitting = false;
    this.rest();
    this.tellStats();
  }

  /** Comes back when the gate opens, or, where someone has left a place, within this instant. */
  private rest(): void {
    if (this.admitting) return;
    const waiting = this.line.length > 0;
    // stats$ is looked at until the pool closes, and tells when a hold is over
    const awaited = this.held && !this.over;
    if (!waiting && !awaited) {
      this.wake?.cancel();
      this.wake = undefined;
    }
    if (!awaited && !(waiting && this.away.size < this.history.maxConcurrent)) return;
    if (this.wake) return;
    const left = this.shutLeft();
    this.wake = this.agenda.book(Math.max(0, left), () => {
      this.wake = undefined;
      if (left > 0) this.shutFor = 0;
      this.open();
      this.admit();
    });
  }

  private open(): boolean {
    if (this.shutLeft() > 0) return false;
    this.held = false;
    this.shutFor = 0;
    return true;
  }

  private shutLeft(): number {
    const left = this.shutFor - (this.agenda.now - this.shutAt);
    return this.shutFor > 0 && left > 1e-3 ? left : 0;
  }

  private shut(ms: number): void {
    this.shutAt = this.agenda.now;
    this.shutFor = ms;
    this.wake?.cancel();
    this.wake = undefined;
  }

  private send(watch: Watch): void {
    const { agenda, asked, history } = this;
    const place = asked.get(watch.task) ?? 0;
    asked.set(watch.task, place + 1);
    const answer = history.answers[watch.task]?.[place] ?? FINISHED;
    this.away.add(watch);
    this.requests++;
    // after a hold, gaps that shrink
    if (this.gap >= LEAST_GAP) {
      this.shut(this.gap);
      this.gap *= 7 / 8;
    } else this.gap = 0;
    watch.attempts++;
    watch.leftAt = agenda.now;
    watch.holdsThen = this.holds;
    this.trace.push([agenda.now, 'request', watch.task]);
    const answered = () => {
      this.trace.push([agenda.now, answer.silent ? 'abort' : 'answer', watch.task]);
      this.answered(watch, answer);
    };
    if (answer.silent) {
      watch.limit = agenda.book(REQUEST_TIMEOUT, answered);
    } else if (answer.latency === undefined) answered();
    else watch.next = agenda.book(answer.latency, answered);
  }

  // The answer

  private answered(watch: Watch, answer: PoolAnswer): void {
    const { retry } = this.history;
    this.away.delete(watch);
    const late = watch.holdsThen < this.holds;
    const excused = late && answer.http === 429;
    this.heed(answer, late);
    this.rest();

    const before = watch.word;
    let nextDelay: number | undefined;
    let changed = false;
    if (answer.word !== undefined) {
      changed = answer.word !== before;
      watch.failures = 0;
      watch.seen = changed ? 1 : watch.seen + 1;
      watch.word = answer.word;
      if (!TERMINAL.includes(answer.word)) nextDelay = this.wait(this.pollBase(watch), 0);
    } else {
      if (!excused) watch.failures++;
      const floor = (answer.http !== undefined && answer.retryAfter) || 0;
      const transient = answer.http !== 404;
      if (transient && watch.failures <= retry.maxRetries && floor <= retry.maxRetryAfter) {
        const own = grown(retry.initialDelay, Math.max(1, watch.failures), retry.maxDelay);
        nextDelay = this.wait(
          watch.failures > 1 ? Math.max(own, this.pollBase(watch)) : own,
          floor,
        );
      }
      this.errors++;
    }

    const failure = answer.word === undefined ? codeOf(answer) : undefined;
    watch.latestPoll = {
      taskId: watch.task,
      attempt: watch.attempts,
      at: watch.leftAt,
      duration: this.agenda.now - watch.leftAt,
      ...(nextDelay !== undefined && { nextDelay }),
      changed,
      ...(failure === undefined ? { status: answer.word } : { error: failure }),
    };
    if (changed) watch.latestStatus = answer.word;
    for (const viewer of [...watch.viewers]) {
      if (viewer.kind === 'polls$') this.tell(viewer, watch.latestPoll);
      else if (changed) this.tellStatus(viewer, watch);
    }

    if (nextDelay !== undefined) {
      this.admit();
      if (watch.on) watch.next = this.agenda.book(nextDelay, () => this.enter(watch));
      return;
    }
    if (!watch.on) return;
    if (failure === undefined) {
      this.stop(watch);
      for (const viewer of [...watch.viewers]) this.dismiss(watch, viewer);
    } else {
      // the next subscription starts anew
      this.halt(watch);
      for (const viewer of watch.viewers.splice(0)) this.fail(viewer, watch, failure);
    }
    this.admit();
  }

  /** A failure ends a subscriber of the task, and is an element for a group. */
  private fail(viewer: Viewer, { task }: Watch, error: string): void {
    if (viewer.kind !== 'statuses$') {
      this.end(viewer, error);
      return;
    }
    viewer.open--;
    this.tell(viewer, { taskId: task, error });
    this.completeGroup(viewer);
  }

  /** What the answer means for the whole pool. */
  private heed(answer: PoolAnswer, late: boolean): void {
    const { retry } = this.history;
    if (answer.silent) return;
    const refused = answer.http === 429;
    if (!late) this.refusals = refused ? this.refusals + 1 : 0;
    const asked = refused || answer.http === 503 ? answer.retryAfter : undefined;
    if (asked !== undefined) {
      if (asked <= retry.maxRetryAfter) this.hold(asked);
    } else if (refused && !late) {
      this.hold(this.wait(grown(retry.initialDelay, this.refusals, retry.maxDelay), 0));
    }
  }

  private hold(ms: number): void {
    const { retry } = this.history;
    this.holds++;
    this.gap = grown(retry.initialDelay, Math.max(1, this.refusals), retry.maxDelay) / 8;
    if (ms <= this.shutLeft()) return;
    this.held = true;
    this.shut(ms);
  }

  private pollBase(watch: Watch): number {
    const { initialDelay, maxDelay } = this.history.backoff;
    return grown(initialDelay, Math.max(1, watch.seen), maxDelay);
  }

  private wait(base: number, floor: number): number {
    const { jitter, drawn } = this.history;
    return Math.max(1, Math.max(base * (1 - jitter), floor) + base * jitter * (1 - drawn));
  }

  private tellStats(): void {
    if (this.over) return;
    const heldUntil = this.held && this.shutLeft() > 0 ? this.shutAt + this.shutFor : undefined;
    const stats: PoolStats = {
      watching: this.watching,
      queued: this.line.length,
      inFlight: this.away.size,
      requests: this.requests,
      errors: this.errors,
      ...(heldUntil !== undefined && { heldUntil }),
    };
    this.stats.push([this.agenda.now, 'stats', stats]);
  }
}

function grown(initialDelay: number, times: number, maxDelay: number): number {
  return Math.min(maxDelay, initialDelay * 2 ** (times - 1));
}

function codeOf(answer: PoolAnswer): string {
  if (answer.silent) return 'request-timeout';
  if (answer.http === 404) return 'not-found';
  return answer.http === 429 ? 'rate-limited' : 'http';
}

interface Booking {
  cancel(): void;
}

/** What is due when; of what is due at one instant, what was booked first. */
class Agenda {
  now = 0;
  private entries: { readonly at: number; readonly act: () => void }[] = [];

  book(delay: number, act: () => void): Booking {
    const entry = { at: this.now + delay, act };
    const place = this.entries.findIndex(({ at }) => at > entry.at);
    this.entries.splice(place < 0 ? this.entries.length : place, 0, entry);
    return { cancel: () => (this.entries = this.entries.filter((other) => other !== entry)) };
  }

  run(): void {
    for (let entry = this.entries.shift(); entry; entry = this.entries.shift()) {
      this.now = entry.at;
      entry.act();
    }
  }
}
