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
 * What a pool must do, predicted from a history: a simulation that shares nothing with the library.
 * It follows the contract closely, and is not optimised.
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
const UNKNOWN = 'archiving';
const FINISHED: PoolAnswer = { latency: 0, word: 'finished' };
const SMALLEST_GAP = 1;
const FINAL_POLL_TIMEOUT = 30_000;
const REPEAT_WINDOW = 1_000 - 1e-3;
const REPEAT_DELAY = 1;
const POLL_NOW_GAP = 250;
/** A shorter delay counts as no delay. */
const NO_DELAY = 1e-3;

/** One task's watch. */
interface Watch {
  readonly task: string;
  /** In the order in which they subscribed. */
  observers: Observer[];
  running: boolean;
  /** Until its first subscriber has subscribed. */
  starting: boolean;
  startedAt: number;
  attempts: number;
  sentAt: number;
  handledAt: number;
  /** The delay that the last answer requests. */
  minDelay: number;
  /** For the backoff: the last word and how many times in a row it was seen; failures in a row. */
  word: string | undefined;
  seen: number;
  failures: number;
  /** The last status, which an ignored word does not change. */
  status: string | undefined;
  /** Whether its latest answer was a failure. */
  failing: boolean;
  /** The poll delay that it waits for, ms; 0 if it waits for something else, or polls now. */
  pollDelay: number;
  /** Whether it polls now after the answer to its request. */
  pollNowPending: boolean;
  /** What happens after the answer that is being handled. */
  mailbox: (() => void)[] | undefined;
  /** What late subscribers get. */
  latestPoll: { status?: string | undefined; changed: boolean } | undefined;
  latestStatus: string | undefined;
  /** What it waits for: an answer, or the end of a delay. */
  next: Booking | undefined;
  requestLimit: Booking | undefined;
  /** The deadline; after it the limit of the final poll. */
  deadline: Booking | undefined;
  repeatWindow: Booking | undefined;
  isFinalPoll: boolean;
  isRepeatable: boolean;
  /** How many cooldowns there had been when its request was sent. */
  cooldownsBefore: number;
}

/** A subscriber's view of one task. */
interface Observer {
  readonly subscription: Subscription;
  readonly watch: Watch;
  lastStatus: string | undefined;
  /** Of `statuses$`: whether the id has come again since the last status. */
  addedAgain: boolean;
}

interface Subscription {
  readonly name: string;
  readonly kind: 'status$' | 'polls$' | 'statuses$' | 'allPolls$';
  /** What it watches, by task. */
  readonly observers: Map<string, Observer>;
  /** Of `statuses$`: how many tasks are running. */
  running: number;
  idsComplete: boolean;
  readonly keepsEnded: boolean;
  closed: boolean;
}

type End = { readonly error: string } | 'complete';

class PoolModel {
  readonly trace: PoolEntry[] = [];
  readonly stats: PoolEntry[] = [];

  private readonly subscriptions = new Map<string, Subscription>();
  private readonly counts = new Map<string, number>();
  private readonly requestCounts = new Map<string, number>();
  /** The watches that a new subscriber finds, in the order in which they were started. */
  private readonly watches = new Map<string, Watch>();
  private closed = false;
  /** Whether closing is done, and stats$ has completed. */
  private statsComplete = false;

  private queue: Watch[] = [];
  private readonly inFlight = new Set<Watch>();
  private granting = false;
  private wake: Booking | undefined;

  private cooldowns = 0;
  private rateLimitCount = 0;
  private coolingDown = false;
  private gap = 0;
  private blockedAt = 0;
  private blockedFor = 0;

  private watching = 0;
  private requests = 0;
  private errors = 0;
  private lastAnswerAt: number | undefined;

  constructor(
    private readonly history: PoolHistory,
    private readonly agenda: Agenda,
  ) {
    this.emitStats();
  }

  perform(act: PoolAct): void {
    if (act === 'close') this.close();
    else if ('unsubscribe' in act) this.unsubscribe(act.unsubscribe);
    else if ('add' in act) this.addId(act.to, act.add);
    else if ('completeIds' in act) this.completeIds(act.completeIds);
    else if ('pollNow' in act) this.pollNow(act.pollNow);
    else this.subscribe(act.subscribe);
  }

  // Subscribers

  private subscribe(name: string): void {
    const subscriber = this.history.subscribers[name];
    if (!subscriber || this.subscriptions.has(name)) return;
    const subscription: Subscription = {
      name,
      kind: subscriber.to === 'statuses$ of open ids' ? 'statuses$' : subscriber.to,
      observers: new Map(),
      running: 0,
      idsComplete: false,
      // nothing is kept of ended tasks where more ids may come; an array is complete from the start
      keepsEnded: subscriber.to === 'statuses$',
      closed: false,
    };
    this.subscriptions.set(name, subscription);
    if (this.closed) {
      this.end(subscription, 'complete');
      return;
    }
    if (subscriber.to === 'status$' || subscriber.to === 'polls$') {
      const knownStatus = subscriber.knownStatus ?? this.history.knownStatus;
      this.observe(subscription, this.find(subscriber.task), knownStatus);
    } else if (subscriber.to === 'statuses$') {
      for (const task of new Set(subscriber.tasks)) {
        if (subscription.closed) return;
        this.start(subscription, this.find(task));
      }
      subscription.idsComplete = true;
      this.completeIfDone(subscription);
    }
  }

  private addId(name: string, task: string): void {
    const subscription = this.subscriptions.get(name);
    if (this.history.subscribers[name]?.to !== 'statuses$ of open ids') return;
    if (!subscription || subscription.closed || subscription.idsComplete) return;
    const observer = subscription.observers.get(task);
    // a task that is being watched is watched once
    if (observer) observer.addedAgain = true;
    else this.start(subscription, this.find(task));
  }

  private completeIds(name: string): void {
    const subscription = this.subscriptions.get(name);
    if (this.history.subscribers[name]?.to !== 'statuses$ of open ids') return;
    if (!subscription || subscription.idsComplete) return;
    subscription.idsComplete = true;
    this.completeIfDone(subscription);
  }

  private start(subscription: Subscription, watch: Watch): void {
    subscription.running++;
    this.observe(subscription, watch, this.history.knownStatus);
  }

  /** The watch of a task, or one that has ended and whose end is kept. */
  private find(task: string): Watch {
    return this.watches.get(task) ?? this.create(task);
  }

  private create(task: string): Watch {
    const watch: Watch = {
      task,
      observers: [],
      running: false,
      starting: true,
      startedAt: this.agenda.now,
      attempts: 0,
      sentAt: 0,
      handledAt: this.agenda.now,
      minDelay: 0,
      word: undefined,
      seen: 0,
      failures: 0,
      status: undefined,
      failing: false,
      pollDelay: 0,
      pollNowPending: false,
      mailbox: undefined,
      latestPoll: undefined,
      latestStatus: undefined,
      next: undefined,
      requestLimit: undefined,
      deadline: undefined,
      repeatWindow: undefined,
      isFinalPoll: false,
      isRepeatable: false,
      cooldownsBefore: 0,
    };
    this.watches.set(task, watch);
    return watch;
  }

  private observe(subscription: Subscription, watch: Watch, knownStatus: string | undefined): void {
    const observer: Observer = {
      subscription,
      watch,
      lastStatus: knownStatus,
      addedAgain: false,
    };
    subscription.observers.set(watch.task, observer);
    const isFirst = watch.observers.length === 0 && watch.latestPoll === undefined;
    watch.observers.push(observer);
    if (isFirst) {
      this.startWatch(watch);
      return;
    }
    const ended = !watch.running;
    if (ended && !subscription.keepsEnded) {
      watch.observers = watch.observers.filter((other) => other !== observer);
    }
    // a late subscriber gets the latest at once
    if (watch.latestPoll) this.notify(observer, watch.latestPoll, watch.latestStatus);
    if (ended) this.endObserver(observer, 'complete');
  }

  private unsubscribe(name: string): void {
    const subscription = this.subscriptions.get(name);
    if (!subscription || subscription.closed) return;
    subscription.closed = true;
    this.release(subscription);
    this.emitStats();
  }

  private release(subscription: Subscription): void {
    const observers = [...subscription.observers.values()];
    subscription.observers.clear();
    for (const observer of observers) this.remove(observer);
  }

  private remove(observer: Observer): void {
    const { watch } = observer;
    if (!watch.observers.includes(observer)) return;
    watch.observers = watch.observers.filter((other) => other !== observer);
    // the last one stops it and frees everything
    if (watch.observers.length === 0) this.forget(watch);
  }

  /** Every subscriber of `allPolls$` gets the poll as the watch sees it. */
  private notifyAll(poll: { status?: string | undefined; changed: boolean }): void {
    for (const subscription of [...this.subscriptions.values()]) {
      if (subscription.kind === 'allPolls$') this.next(subscription, poll);
    }
  }

  /** Of `polls$` the poll, of the others the status; relative to what the subscriber has seen. */
  private notify(
    observer: Observer,
    poll: { status?: string | undefined; changed: boolean },
    status: string | undefined,
  ): void {
    const { subscription, watch } = observer;
    if (subscription.kind === 'polls$') {
      const changed = poll.status !== undefined && poll.status !== observer.lastStatus;
      if (changed) observer.lastStatus = poll.status;
      this.next(subscription, { ...poll, changed });
      return;
    }
    if (status === undefined) return;
    observer.addedAgain = false;
    if (status === observer.lastStatus) return;
    observer.lastStatus = status;
    this.next(
      subscription,
      subscription.kind === 'status$' ? status : { taskId: watch.task, status },
    );
  }

  private next(subscription: Subscription, value: unknown): void {
    const { name, closed } = subscription;
    if (closed) return;
    this.trace.push([this.agenda.now, 'next', name, value]);
    const nth = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, nth);
    for (const event of this.history.events) {
      if (event.inside === name && event.nth === nth) this.perform(event.act);
    }
  }

  private end(subscription: Subscription, how: string): void {
    if (subscription.closed) return;
    subscription.closed = true;
    this.trace.push([this.agenda.now, 'end', subscription.name, how]);
    this.release(subscription);
    this.emitStats();
  }

  /** Notifies an observer that its task has ended. */
  private endObserver(observer: Observer, how: End): void {
    const { subscription, watch } = observer;
    if (subscription.kind !== 'statuses$') {
      this.end(subscription, how === 'complete' ? how : how.error);
      return;
    }
    subscription.running--;
    if (how !== 'complete') {
      // a task's error is an element, and its id may come again
      subscription.observers.delete(watch.task);
      this.next(subscription, { taskId: watch.task, error: how.error });
    } else if (!subscription.keepsEnded) subscription.observers.delete(watch.task);
    if (how === 'complete' && observer.addedAgain && !subscription.closed) {
      const running = this.watches.get(watch.task);
      this.start(subscription, running?.running ? running : this.create(watch.task));
    }
    this.completeIfDone(subscription);
  }

  private completeIfDone(subscription: Subscription): void {
    if (subscription.kind !== 'statuses$') return;
    if (subscription.idsComplete && subscription.running === 0) {
      this.end(subscription, 'complete');
    }
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const subscription of [...this.subscriptions.values()]) {
      if (subscription.kind === 'allPolls$') this.end(subscription, 'complete');
    }
    for (const subscription of [...this.subscriptions.values()]) {
      if (subscription.kind === 'statuses$') this.end(subscription, 'complete');
    }
    const watches = [...this.watches.values()];
    for (const watch of watches) this.forget(watch);
    for (const watch of watches) this.endWatch(watch, 'complete');
    this.emitStats();
    this.statsComplete = true;
    this.updateTimer();
  }

  // Watches

  private startWatch(watch: Watch): void {
    const { timeout } = this.history;
    watch.running = true;
    this.watching++;
    this.emitStats();
    // the deadline is scheduled before the first request
    if (timeout === 0) this.onDeadline(watch);
    else {
      if (timeout < Infinity) {
        watch.deadline = this.agenda.book(timeout, () => this.onDeadline(watch));
      }
      this.acquire(watch);
    }
    watch.starting = false;
  }

  private pollNow(task: string | undefined): void {
    if (this.closed) return;
    for (const watch of [...this.watches.values()]) {
      if (task === undefined || watch.task === task) this.pollWatchNow(watch);
    }
  }

  private pollWatchNow(watch: Watch): void {
    if (watch.mailbox) {
      watch.mailbox.push(() => this.pollWatchNow(watch));
      return;
    }
    if (!watch.running || watch.starting) return;
    if (this.inFlight.has(watch)) watch.pollNowPending = true;
    if (watch.pollDelay === 0) return;
    const remaining = watch.pollDelay - (this.agenda.now - watch.handledAt);
    const delay = this.gapBeforePollNow(watch);
    // it never lengthens a delay
    if (delay > NO_DELAY && remaining - delay <= NO_DELAY) return;
    watch.next?.cancel();
    watch.pollDelay = 0;
    this.acquireAfter(watch, delay);
  }

  private gapBeforePollNow(watch: Watch): number {
    return Math.max(0, POLL_NOW_GAP - (this.agenda.now - watch.sentAt));
  }

  private acquireAfter(watch: Watch, delay: number): void {
    if (delay <= NO_DELAY) this.acquire(watch);
    else watch.next = this.agenda.book(delay, () => this.acquire(watch));
  }

  /** A delay ends and the final poll starts; a request in flight or in the queue is the final poll. */
  private onDeadline(watch: Watch): void {
    watch.isFinalPoll = true;
    const hasRequest = this.inFlight.has(watch) || this.queue.includes(watch);
    const remaining = watch.minDelay - (this.agenda.now - watch.handledAt);
    if (!hasRequest && remaining > 1e-3) {
      this.endWatch(watch, { error: 'timeout' });
      return;
    }
    if (this.history.timeout > 0) {
      watch.isRepeatable = true;
      watch.repeatWindow = this.agenda.book(REPEAT_WINDOW, () => {
        watch.isRepeatable = false;
      });
    }
    if (!hasRequest) {
      watch.next?.cancel();
      watch.pollDelay = 0;
      this.acquire(watch);
    } else if (this.queue.includes(watch)) this.limitQueuedFinalPoll(watch);
  }

  private limitQueuedFinalPoll(watch: Watch): void {
    const limit = Math.min(REQUEST_TIMEOUT, FINAL_POLL_TIMEOUT);
    watch.deadline?.cancel();
    watch.deadline = this.agenda.book(limit, () => {
      if (this.queue.includes(watch)) this.endWatch(watch, { error: 'timeout' });
      else this.onRequestTimeout(watch);
    });
  }

  /** Ends a watch: it is stopped before the first observer is notified. */
  private endWatch(watch: Watch, how: End): void {
    const observers = watch.observers;
    watch.observers =
      how === 'complete' ? observers.filter(({ subscription }) => subscription.keepsEnded) : [];
    if (watch.observers.length > 0) this.stop(watch);
    else this.forget(watch);
    for (const observer of observers) {
      if (!observer.subscription.closed) this.endObserver(observer, how);
    }
    this.grant();
  }

  /** Stops a watch, and the next subscriber gets a new one. */
  private forget(watch: Watch): void {
    if (this.watches.get(watch.task) === watch) this.watches.delete(watch.task);
    this.stop(watch);
  }

  /** Its request is aborted, or removed from the queue. */
  private stop(watch: Watch): void {
    if (!watch.running) return;
    watch.running = false;
    watch.failing = false;
    watch.next?.cancel();
    watch.requestLimit?.cancel();
    watch.deadline?.cancel();
    watch.repeatWindow?.cancel();
    this.watching--;
    if (this.inFlight.delete(watch)) {
      this.trace.push([this.agenda.now, 'abort', watch.task]);
      this.updateTimer();
    } else if (this.queue.includes(watch)) {
      this.queue = this.queue.filter((other) => other !== watch);
      this.updateTimer();
    }
    this.emitStats();
  }

  // The limiter

  private acquire(watch: Watch): void {
    watch.pollDelay = 0;
    this.queue.push(watch);
    this.grant();
    if (watch.isFinalPoll && this.queue.includes(watch)) this.limitQueuedFinalPoll(watch);
  }

  /** First in, first out, `maxConcurrent` in flight, and none during a cooldown or a gap. */
  private grant(): void {
    if (this.granting) return;
    this.granting = true;
    while (this.queue.length > 0 && this.hasCapacity() && this.endBlock()) {
      this.send(this.queue.shift()!);
    }
    this.granting = false;
    this.updateTimer();
    this.emitStats();
  }

  private hasCapacity(): boolean {
    return this.inFlight.size < this.history.maxConcurrent;
  }

  /** Comes back when requests may start, or in this instant if one has been aborted. */
  private updateTimer(): void {
    if (this.granting) return;
    const isAwaited = this.queue.length > 0;
    // stats$ is observed until the pool closes, and emits when a cooldown ends
    const isObserved = this.coolingDown && !this.statsComplete;
    if (!isAwaited && !isObserved) {
      this.wake?.cancel();
      this.wake = undefined;
    }
    if (!isObserved && !(isAwaited && this.hasCapacity())) return;
    if (this.wake) return;
    const remaining = this.remainingBlock();
    this.wake = this.agenda.book(Math.max(0, remaining), () => {
      this.wake = undefined;
      if (remaining > 0) this.blockedFor = 0;
      this.endBlock();
      this.grant();
    });
  }

  private endBlock(): boolean {
    if (this.remainingBlock() > 0) return false;
    this.coolingDown = false;
    this.blockedFor = 0;
    return true;
  }

  private remainingBlock(): number {
    const remaining = this.blockedFor - (this.agenda.now - this.blockedAt);
    return this.blockedFor > 0 && remaining > 1e-3 ? remaining : 0;
  }

  private block(ms: number): void {
    this.blockedAt = this.agenda.now;
    this.blockedFor = ms;
    this.wake?.cancel();
    this.wake = undefined;
  }

  private send(watch: Watch): void {
    const { agenda, history } = this;
    const place = this.requestCounts.get(watch.task) ?? 0;
    this.requestCounts.set(watch.task, place + 1);
    const answer = history.answers[watch.task]?.[place] ?? FINISHED;
    this.inFlight.add(watch);
    this.requests++;
    // after a cooldown, gaps that shrink
    if (this.gap >= SMALLEST_GAP) {
      this.block(this.gap);
      this.gap *= 7 / 8;
    } else this.gap = 0;
    watch.attempts++;
    watch.sentAt = agenda.now;
    watch.cooldownsBefore = this.cooldowns;
    this.trace.push([agenda.now, 'request', watch.task]);
    if (answer.silent) {
      watch.requestLimit = agenda.book(REQUEST_TIMEOUT, () => this.onRequestTimeout(watch));
      return;
    }
    const respond = () => {
      this.trace.push([agenda.now, 'answer', watch.task]);
      this.onAnswer(watch, answer);
    };
    if (answer.latency === undefined) respond();
    else watch.next = agenda.book(answer.latency, respond);
  }

  // Answers

  private onRequestTimeout(watch: Watch): void {
    watch.next?.cancel();
    this.trace.push([this.agenda.now, 'abort', watch.task]);
    this.onAnswer(watch, { latency: undefined, silent: true });
  }

  private onAnswer(watch: Watch, answer: PoolAnswer): void {
    const { retry } = this.history;
    watch.requestLimit?.cancel();
    if (watch.isFinalPoll) {
      watch.deadline?.cancel();
      watch.repeatWindow?.cancel();
    }
    this.inFlight.delete(watch);
    const sentBeforeCooldown = watch.cooldownsBefore < this.cooldowns;
    const excused = sentBeforeCooldown && answer.http === 429;
    this.considerCooldown(answer, sentBeforeCooldown);
    this.updateTimer();

    const outermost = watch.mailbox === undefined;
    watch.mailbox ??= [];
    const pollNow = watch.pollNowPending;
    watch.pollNowPending = false;
    watch.handledAt = this.agenda.now;
    const isIgnored = this.isIgnored(watch, answer);
    const isGood = isIgnored || (answer.word !== undefined && answer.word !== UNKNOWN);
    const changed = isGood && !isIgnored && answer.word !== watch.status;
    let nextDelay: number | undefined;
    let isRetry = false;
    let end: End = { error: 'timeout' };
    if (isGood) {
      this.lastAnswerAt = this.agenda.now;
      watch.failures = 0;
      watch.minDelay = 0;
      const word = answer.word ?? 'not visible yet';
      watch.seen = word === watch.word ? watch.seen + 1 : 1;
      watch.word = word;
      if (!isIgnored) watch.status = word;
      if (TERMINAL.includes(word)) end = 'complete';
      else if (!watch.isFinalPoll) nextDelay = this.delay(this.pollBase(watch), 0);
    } else {
      isRetry = true;
      const retryAfter = (answer.http !== undefined && answer.retryAfter) || 0;
      watch.minDelay = retryAfter;
      const isPermanent = answer.http === 404 || answer.word === UNKNOWN;
      if (!isPermanent && !excused) watch.failures++;
      if (isPermanent) end = { error: codeOf(answer) };
      else if (watch.isFinalPoll) {
        if (watch.isRepeatable && retryAfter === 0) nextDelay = REPEAT_DELAY;
      } else if (watch.failures > retry.maxRetries || retryAfter > retry.maxRetryAfter) {
        end = { error: codeOf(answer) };
      } else {
        const own = exponential(retry.initialDelay, Math.max(1, watch.failures), retry.maxDelay);
        // an outage must not cause more requests
        const base = watch.failures > 1 ? Math.max(own, this.pollBase(watch)) : own;
        nextDelay = this.delay(base, retryAfter);
      }
    }
    watch.failing = !isGood;
    watch.isRepeatable = false;

    const hasStatus = isGood && !isIgnored;
    if (!hasStatus) this.errors++;
    const poll = {
      taskId: watch.task,
      attempt: watch.attempts,
      at: watch.sentAt,
      duration: this.agenda.now - watch.sentAt,
      ...(nextDelay !== undefined && { nextDelay }),
      changed,
      ...(hasStatus ? { status: answer.word } : { error: codeOf(answer) }),
    };
    watch.latestPoll = poll;
    if (changed) watch.latestStatus = answer.word;
    const observers = [...watch.observers];
    this.notifyAll(poll);
    for (const observer of observers) {
      if (!observer.subscription.closed) {
        this.notify(observer, poll, changed ? answer.word : undefined);
      }
    }

    if (nextDelay !== undefined) {
      this.grant();
      if (watch.running) {
        const polls = pollNow && !isRetry;
        watch.pollDelay = polls || isRetry ? 0 : nextDelay;
        this.acquireAfter(
          watch,
          polls ? Math.min(nextDelay, this.gapBeforePollNow(watch)) : nextDelay,
        );
      }
    } else if (watch.running) this.endWatch(watch, end);
    if (outermost) this.drainMailbox(watch);
  }

  /** What happened while an answer was handled takes effect after it. */
  private drainMailbox(watch: Watch): void {
    const mailbox = watch.mailbox ?? [];
    for (let act = mailbox.shift(); act && watch.running; act = mailbox.shift()) {
      watch.mailbox = undefined;
      act();
      watch.mailbox = mailbox;
    }
    watch.mailbox = undefined;
  }

  /** Only the backoff counts an unknown word, or a 404 soon after the start. */
  private isIgnored(watch: Watch, answer: PoolAnswer): boolean {
    const { unknownStatus, notFoundGrace } = this.history;
    if (answer.word === UNKNOWN) return unknownStatus === 'ignore';
    const elapsed = this.agenda.now - watch.startedAt;
    return answer.http === 404 && watch.status === undefined && elapsed < notFoundGrace;
  }

  /** What an answer means for the whole pool. */
  private considerCooldown(answer: PoolAnswer, sentBeforeCooldown: boolean): void {
    const { retry } = this.history;
    if (answer.silent) return;
    const isRateLimit = answer.http === 429;
    if (!sentBeforeCooldown) this.rateLimitCount = isRateLimit ? this.rateLimitCount + 1 : 0;
    const retryAfter = isRateLimit || answer.http === 503 ? answer.retryAfter : undefined;
    if (retryAfter !== undefined) {
      if (retryAfter <= retry.maxRetryAfter) this.cooldown(retryAfter);
    } else if (isRateLimit && !sentBeforeCooldown) {
      const base = exponential(retry.initialDelay, this.rateLimitCount, retry.maxDelay);
      this.cooldown(this.delay(base, 0));
    }
  }

  private cooldown(ms: number): void {
    const { retry } = this.history;
    this.cooldowns++;
    const count = Math.max(1, this.rateLimitCount);
    this.gap = exponential(retry.initialDelay, count, retry.maxDelay) / 8;
    if (ms <= this.remainingBlock()) return;
    this.coolingDown = true;
    this.block(ms);
  }

  private pollBase(watch: Watch): number {
    const { initialDelay, maxDelay } = this.history.backoff;
    return exponential(initialDelay, Math.max(1, watch.seen), maxDelay);
  }

  private delay(base: number, floor: number): number {
    const { jitter, drawn } = this.history;
    return Math.max(1, Math.max(base * (1 - jitter), floor) + base * jitter * (1 - drawn));
  }

  private emitStats(): void {
    if (this.statsComplete) return;
    const heldUntil =
      this.coolingDown && this.remainingBlock() > 0 ? this.blockedAt + this.blockedFor : undefined;
    const stats: PoolStats = {
      watching: this.watching,
      queued: this.queue.length,
      inFlight: this.inFlight.size,
      requests: this.requests,
      errors: this.errors,
      failing: [...this.watches.values()].filter((watch) => watch.failing).length,
      ...(this.lastAnswerAt !== undefined && { lastAnswerAt: this.lastAnswerAt }),
      ...(heldUntil !== undefined && { heldUntil }),
    };
    this.stats.push([this.agenda.now, 'stats', stats]);
  }
}

function exponential(initialDelay: number, count: number, maxDelay: number): number {
  return Math.min(maxDelay, initialDelay * 2 ** (count - 1));
}

function codeOf(answer: PoolAnswer): string {
  if (answer.silent) return 'request-timeout';
  if (answer.word === UNKNOWN) return 'unexpected-response';
  if (answer.http === 404) return 'not-found';
  return answer.http === 429 ? 'rate-limited' : 'http';
}

interface Booking {
  cancel(): void;
}

/** What is due when; at one instant, in the order in which it was booked. */
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
