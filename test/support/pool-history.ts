import fc from 'fast-check';

/**
 * Everything that decides what a pool does: its options, the server's answers for each task, and who
 * subscribes and unsubscribes when. All of it is data, so that a failing history can be printed,
 * shrunk and kept.
 */
export interface PoolHistory {
  readonly maxConcurrent: number;
  readonly timeout: number;
  /** Of the pool's own options. */
  readonly knownStatus?: string | undefined;
  /** Whether the word `archiving` is ignored, or an error. */
  readonly unknownStatus: 'error' | 'ignore';
  /** ms */
  readonly notFoundGrace: number;
  readonly backoff: { readonly initialDelay: number; readonly maxDelay: number };
  readonly retry: {
    readonly maxRetries: number;
    readonly initialDelay: number;
    readonly maxDelay: number;
    readonly maxRetryAfter: number;
  };
  /** Of both delays. */
  readonly jitter: number;
  /** What `random` returns each time. */
  readonly drawn: number;
  /** The answers to each task's requests, in order; further requests are answered `finished`. */
  readonly answers: Readonly<Record<string, readonly PoolAnswer[]>>;
  /** The subscribers by name. */
  readonly subscribers: Readonly<Record<string, Subscriber>>;
  readonly events: readonly PoolEvent[];
}

export type PoolAnswer = {
  /** How long it takes, ms; `undefined` for an answer inside the transport's call. */
  readonly latency: number | undefined;
} & (
  | { readonly word: string; readonly http?: never; readonly silent?: never }
  | {
      readonly http: number;
      /** ms */
      readonly retryAfter?: number | undefined;
      readonly word?: never;
      readonly silent?: never;
    }
  /** No answer until `REQUEST_TIMEOUT`. */
  | { readonly silent: true; readonly word?: never; readonly http?: never }
);

/** A subscriber of one task, of a list of tasks, of ids that come one by one, or of all polls. */
export type Subscriber =
  | {
      readonly to: 'status$' | 'polls$';
      readonly task: string;
      readonly knownStatus?: string | undefined;
    }
  | { readonly to: 'statuses$'; readonly tasks: readonly string[] }
  | { readonly to: 'statuses$ of open ids' }
  | { readonly to: 'allPolls$' };

/** Something that happens at an instant, or inside of the nth notification of a subscriber. */
export type PoolEvent = { readonly act: PoolAct } & (
  | { readonly at: number; readonly inside?: never }
  | { readonly inside: string; readonly nth: number; readonly at?: never }
);

/** `add` and `completeIds` are for the ids of a subscriber. `pollNow` is for a task, or for all. */
export type PoolAct =
  | { readonly subscribe: string }
  | { readonly unsubscribe: string }
  | { readonly add: string; readonly to: string }
  | { readonly completeIds: string }
  | { readonly pollNow: string | undefined }
  | 'close';

/** Of every request, ms: no other time is a multiple of it, so that nothing else happens at its end. */
export const REQUEST_TIMEOUT = 5_003;

const TASKS = ['a', 'b', 'c', 'd'] as const;
const NAMES = ['s1', 's2', 's3', 's4', 's5', 's6'] as const;

/** What can be seen of a pool from outside, in order. */
export type PoolEntry =
  | readonly [ms: number, 'request', task: string]
  | readonly [ms: number, 'answer', task: string]
  | readonly [ms: number, 'abort', task: string]
  | readonly [ms: number, 'next', name: string, value: unknown]
  | readonly [ms: number, 'end', name: string, how: string]
  | readonly [ms: number, 'stats', what: PoolStats];

export interface PoolStats {
  readonly watching: number;
  readonly queued: number;
  readonly inFlight: number;
  readonly requests: number;
  readonly errors: number;
  readonly failing: number;
  readonly lastAnswerAt?: number;
  readonly heldUntil?: number;
}

/** The last stats of each instant, if they differ from those of the instant before. */
export function lastOfEach(stats: readonly PoolEntry[]): PoolEntry[] {
  return stats
    .filter(([at], index) => at !== stats[index + 1]?.[0])
    .filter((entry, index, all) => {
      const before = all[index - 1];
      return !before || JSON.stringify(before[2]) !== JSON.stringify(entry[2]);
    });
}

// Times come from a small grid, so that much happens at the same instant.
const latency = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 8, arbitrary: fc.constantFrom(0, 10, 50, 100, 100, 200, 1_000) },
);
const instant = fc.nat({ max: 40 }).map((n) => n * 50);

const answer: fc.Arbitrary<PoolAnswer> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      latency,
      word: fc.constantFrom('created', 'running', 'running', 'paused', 'archiving', 'failed'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      latency,
      http: fc.constantFrom(429, 429, 503),
      retryAfter: fc.constantFrom(undefined, undefined, 0, 50, 300, 1_000, 2_000, 20_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ latency, http: fc.constantFrom(500, 404) }) },
);
const silence: fc.Arbitrary<PoolAnswer> = fc.record({
  latency,
  silent: fc.constant(true as const),
});

const task = fc.constantFrom(...TASKS);
const knownStatus = fc.constantFrom(
  undefined,
  undefined,
  undefined,
  'created',
  'running',
  'failed',
);
const subscriber: fc.Arbitrary<Subscriber> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ to: fc.constant('status$' as const), task, knownStatus }),
  },
  { weight: 2, arbitrary: fc.record({ to: fc.constant('polls$' as const), task, knownStatus }) },
  {
    weight: 1,
    arbitrary: fc.record({
      to: fc.constant('statuses$' as const),
      tasks: fc.array(task, { maxLength: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ to: fc.constant('statuses$ of open ids' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ to: fc.constant('allPolls$' as const) }) },
);

const name = fc.constantFrom(...NAMES);
const act: fc.Arbitrary<PoolAct> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ subscribe: name }) },
  { weight: 4, arbitrary: fc.record({ unsubscribe: name }) },
  { weight: 4, arbitrary: fc.record({ add: task, to: name }) },
  { weight: 1, arbitrary: fc.record({ completeIds: name }) },
  { weight: 3, arbitrary: fc.record({ pollNow: fc.option(task, { nil: undefined }) }) },
);
const event: fc.Arbitrary<PoolEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ at: instant, act }) },
  {
    weight: 1,
    arbitrary: fc.record({ inside: name, nth: fc.integer({ min: 1, max: 4 }), act }),
  },
  { weight: 1, arbitrary: fc.record({ at: fc.constant(0), act: fc.record({ subscribe: name }) }) },
);
const closing: fc.Arbitrary<PoolEvent[]> = fc.oneof(
  { weight: 9, arbitrary: fc.constant<PoolEvent[]>([]) },
  { weight: 1, arbitrary: instant.map((at): PoolEvent[] => [{ at, act: 'close' }]) },
  {
    weight: 1,
    arbitrary: fc
      .record({ inside: name, nth: fc.integer({ min: 1, max: 4 }) })
      .map((inside): PoolEvent[] => [{ ...inside, act: 'close' }]),
  },
);

// Open ids are rare among the others, and an id that comes again is rarer.
const OPEN: Subscriber = { to: 'statuses$ of open ids' };
const idEvent: fc.Arbitrary<PoolEvent> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ at: instant, act: fc.record({ add: task, to: fc.constant('s1') }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      inside: fc.constantFrom('s1', 's1', 's2'),
      nth: fc.integer({ min: 1, max: 5 }),
      act: fc.record({ add: fc.constantFrom('a', 'b'), to: fc.constant('s1') }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ at: instant, act: fc.constant({ completeIds: 's1' }) }) },
);
const idEvents: fc.Arbitrary<PoolEvent[]> = fc.oneof(
  fc.constant<PoolEvent[]>([]),
  fc.array(idEvent, { minLength: 2, maxLength: 8, size: 'max' }),
);

const list = fc.array(answer, { maxLength: 8, size: 'max' });
// One task alone: which of two requests that were sent together times out first is not specified.
const listWithSilence = fc.array(
  fc.oneof({ weight: 8, arbitrary: answer }, { weight: 1, arbitrary: silence }),
  { maxLength: 8, size: 'max' },
);

/** A random history of up to four tasks and six subscribers. */
export const poolHistory = (): fc.Arbitrary<PoolHistory> =>
  fc
    .record({
      maxConcurrent: fc.constantFrom(1, 1, 2, 3, Infinity),
      timeout: fc.constantFrom(Infinity, Infinity, Infinity, 0, 300, 1_000, 2_500),
      knownStatus: fc.constantFrom(undefined, undefined, undefined, 'running'),
      unknownStatus: fc.constantFrom('ignore' as const, 'ignore' as const, 'error' as const),
      notFoundGrace: fc.constantFrom(0, 300, 1_000),
      backoff: fc.record({
        initialDelay: fc.constantFrom(0, 100, 200, 500),
        maxDelay: fc.constantFrom(400, 1_000),
      }),
      retry: fc.record({
        maxRetries: fc.constantFrom(0, 1, 2, 10, Infinity),
        initialDelay: fc.constantFrom(0, 80, 400, 800),
        maxDelay: fc.constantFrom(800, 3_200),
        maxRetryAfter: fc.constantFrom(500, 10_000),
      }),
      jitter: fc.constantFrom(0, 0, 0.5, 1),
      drawn: fc.constantFrom(0, 0.25, 0.5, 1),
      answers: fc.record({ a: listWithSilence, b: list, c: list, d: list }),
      subscribers: fc.record({
        s1: subscriber,
        s2: subscriber,
        s3: subscriber,
        s4: subscriber,
        s5: subscriber,
        s6: subscriber,
      }),
      first: fc.array(name, { minLength: 1, maxLength: 4 }),
      events: fc.array(event, { maxLength: 12, size: 'max' }),
      idEvents,
      closing,
    })
    .map(({ first, events, idEvents, closing, ...history }) => ({
      ...history,
      subscribers: idEvents.length > 0 ? { ...history.subscribers, s1: OPEN } : history.subscribers,
      events: [
        ...(idEvents.length > 0 ? [{ at: 0, act: { subscribe: 's1' } }] : []),
        ...idEvents,
        ...first.map((subscribe): PoolEvent => ({ at: 0, act: { subscribe } })),
        ...events,
        ...closing,
      ],
    }));
