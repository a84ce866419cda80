/**
 * Everything that decides what a watch does: its options, what the server and the network answer,
 * and what happens around it, and when. All of it is data, so that a history that went wrong can
 * be printed, shrunk and kept.
 */
export interface History {
  /** What the scheduler's clock shows on subscription. */
  readonly start: number;
  /** The words of the task API, and where its answers hold them. */
  readonly vocabulary: Vocabulary;
  readonly options: Options;
  /** The answer to each request, in order; `lastAnswer` is the answer to every request after them. */
  readonly answers: readonly Answer[];
  readonly lastAnswer: Answer;
  /** The signal is aborted before the subscription. */
  readonly aborted: boolean;
  /** What the notifiers do in the moment in which they are subscribed to. */
  readonly onSubscribe: {
    readonly pauseWhile: readonly (PauseAct | LeavingAct)[];
    readonly pollNow: readonly Act[];
  };
  readonly events: readonly TimedEvent[];
  readonly inside: readonly InsideEvent[];
}

export type PauseAct = 'pause' | 'resume' | 'pauseWhile completes' | 'pauseWhile errors';
export type NudgeAct = 'nudge' | 'pollNow completes' | 'pollNow errors';
export type LeavingAct = 'abort' | 'unsubscribe';
export type Act = PauseAct | NudgeAct | LeavingAct;

/**
 * Something that happens `at` ms after the subscription. Things due at one instant happen in the
 * order in which they were booked: `booked` ms after the subscription, or just before it.
 */
export interface TimedEvent {
  readonly at: number;
  readonly booked?: number | undefined;
  readonly act: Act;
}

/**
 * Something that happens inside a call of the watch: while the subscriber is handed the `nth` value
 * (from 1), or while the transport is asked for the `nth` time. At once, or, `after` ms later,
 * booked from there.
 */
export interface InsideEvent {
  readonly inside: 'next' | 'transport';
  readonly nth: number;
  readonly act: Act;
  readonly after?: number | undefined;
}

interface Options {
  readonly backoff?:
    | {
        readonly initialDelay?: number | undefined;
        readonly factor?: number | undefined;
        readonly maxDelay?: number | undefined;
        readonly jitter?: number | undefined;
        readonly resetOnChange?: boolean | undefined;
        readonly delay?: Delay | undefined;
      }
    | undefined;
  readonly retry?:
    | {
        readonly maxRetries?: number | undefined;
        readonly initialDelay?: number | undefined;
        readonly factor?: number | undefined;
        readonly maxDelay?: number | undefined;
        readonly jitter?: number | undefined;
        readonly maxRetryAfter?: number | undefined;
        readonly shouldRetry?: ShouldRetry | undefined;
      }
    | false
    | undefined;
  /** What `backoff.random` and `retry.random` give, over and over. */
  readonly random: { readonly backoff: readonly Drawn[]; readonly retry: readonly Drawn[] };
  readonly timeout?: number | undefined;
  readonly requestTimeout?: number | undefined;
  readonly notFoundGrace?: number | undefined;
  readonly unknownStatus?: 'error' | 'ignore' | undefined;
  readonly knownStatus?: string | undefined;
}

export type Drawn = number | 'throws';

/** A `backoff.delay`: by what is seen while `slowWhile` is the status, by `bySeen` otherwise. */
export interface Delay {
  readonly bySeen: readonly Drawn[];
  readonly slowWhile: string | undefined;
  readonly slow: Drawn;
}

/** A `retry.shouldRetry`: a verdict for each error code, until `patience` retries were made. */
export interface ShouldRetry {
  readonly verdicts: Readonly<Record<string, Verdict>>;
  readonly otherwise: Verdict;
  readonly patience: number;
}

export type Verdict = 'retry' | 'give up' | 'throws';

/** What the server asks for in its headers; `text` is a value that makes no sense. */
export type Pacing =
  | {
      readonly form: 'seconds';
      readonly seconds: number;
      /** A `retry-after-ms` that makes no sense. */
      readonly msText?: string | undefined;
    }
  | { readonly form: 'ms'; readonly ms: number; readonly besideSeconds?: number | undefined }
  | {
      readonly form: 'imf-fixdate' | 'rfc850' | 'asctime';
      /** From the answer's own `Date`, or, without one, from the last full second of the clock. */
      readonly seconds: number;
      /** How far the server's `Date` is from the scheduler's clock, s. */
      readonly serverClock: number | 'no Date header';
    }
  | { readonly form: 'nonsense'; readonly text: string; readonly msText?: string | undefined };

interface Arrives {
  /** From request to answer, ms; 0 answers before the transport's `subscribe` has returned. */
  readonly latency: number;
  readonly pacing?: Pacing | undefined;
}

export type Answer =
  | (Arrives & { readonly kind: 'status'; readonly word: string; readonly dress: Dress })
  | (Arrives & { readonly kind: 'unknown word'; readonly word: string })
  | (Arrives & { readonly kind: 'not a word'; readonly json: string })
  | (Arrives & { readonly kind: 'not JSON'; readonly body: string })
  | (Arrives & { readonly kind: 'no content' })
  | (Arrives & { readonly kind: 'too long' })
  | (Arrives & { readonly kind: 'http'; readonly status: number; readonly body: string })
  | { readonly kind: 'transport throws' }
  | { readonly kind: 'transport errors'; readonly latency: number }
  | { readonly kind: 'transport completes'; readonly latency: number }
  | { readonly kind: 'silence' }
  | { readonly kind: 'no response'; readonly latency: number }
  | { readonly kind: 'no source' };

/** How a 2xx writes its status: as it is, within white space, after a byte order mark, as long as may be. */
export type Dress =
  'plain' | 'white space' | 'byte order mark' | 'longest' | '201' | 'more to come';

export const TASK_ID = 'task_1234567890abcdef';

export const LONGEST_BODY = 65_536;

export interface Vocabulary {
  readonly statuses: readonly string[];
  readonly terminal: readonly string[];
  readonly unknown: readonly string[];
  /** Whether an answer is `{ state: word }` and not the bare word. */
  readonly wrapped: boolean;
}

/** The default API. */
export const BROWSER_USE: Vocabulary = {
  statuses: ['running', 'created', 'paused', 'finished', 'stopped', 'failed'],
  terminal: ['finished', 'stopped', 'failed'],
  unknown: ['archiving', 'RUNNING', 'finished ', 'toString', ''],
  wrapped: false,
};

type Given = Partial<Omit<History, 'options'>> & {
  readonly options?: Partial<Options>;
};

/**
 * A history by what matters in it: the rest is the default, without jitter, and a task that is
 * finished as soon as the answers are used up.
 */
export function historyWith({ options, ...given }: Given): History {
  return {
    start: 0,
    vocabulary: BROWSER_USE,
    options: {
      random: { backoff: [0], retry: [0] },
      ...options,
      backoff: { jitter: 0, ...options?.backoff },
      retry: options?.retry === false ? false : { jitter: 0, ...options?.retry },
    },
    answers: [],
    lastAnswer: status('finished'),
    aborted: false,
    onSubscribe: { pauseWhile: [], pollNow: [] },
    events: [],
    inside: [],
    ...given,
  };
}

/* Answers, for histories written by hand. */

export const status = (
  word: string,
  latency = 0,
  pacing?: Pacing,
): Answer & { kind: 'status' } => ({
  kind: 'status',
  word,
  dress: 'plain',
  latency,
  pacing,
});

export const http = (status: number, latency = 0, pacing?: Pacing): Answer => ({
  kind: 'http',
  status,
  body: '{"detail":"as it is"}',
  latency,
  pacing,
});

export const seconds = (seconds: number): Pacing => ({ form: 'seconds', seconds });

/* What the data of a history does when it is called; the user's functions, not the library's. */

export function randomFrom(drawn: readonly Drawn[]): () => number {
  let turn = 0;
  return () => {
    const value = drawn[turn % drawn.length] ?? 0;
    turn += 1;
    if (value === 'throws') throw RANDOM_THREW;
    return value;
  };
}

export function delayFrom({ bySeen, slowWhile, slow }: Delay) {
  return (seen: number, status: string | undefined): number => {
    const value = status === slowWhile ? slow : (bySeen[(seen - 1) % bySeen.length] ?? 0);
    if (value === 'throws') throw DELAY_THREW;
    return value;
  };
}

export function shouldRetryFrom({ verdicts, otherwise, patience }: ShouldRetry) {
  return (code: string, retries: number): boolean => {
    const verdict = verdicts[code] ?? otherwise;
    if (verdict === 'throws') throw SHOULD_RETRY_THREW;
    return verdict === 'retry' && retries < patience;
  };
}

const foreign = (name: string) => Object.assign(new Error(name), { foreign: name });

const RANDOM_THREW = foreign('random threw');
const DELAY_THREW = foreign('delay threw');
const SHOULD_RETRY_THREW = foreign('shouldRetry threw');
export const PAUSE_ERRED = foreign('pauseWhile erred');
export const NUDGE_ERRED = foreign('pollNow erred');
export const ABORTED = foreign('aborted');
