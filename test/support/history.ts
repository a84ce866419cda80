/**
 * Everything that decides what a watch does: its options, the answers of the server and the network,
 * and the events around it. All of it is data, so a history that failed can be printed, shrunk and
 * kept.
 */
export interface History {
  /** The scheduler's time at the subscription, ms. */
  readonly start: number;
  /** The status words of the task API, and where its answers contain them. */
  readonly vocabulary: Vocabulary;
  readonly options: Options;
  /** The answer to each request, in order. Every request after them gets `lastAnswer`. */
  readonly answers: readonly Answer[];
  readonly lastAnswer: Answer;
  /** Whether the signal is aborted before the subscription. */
  readonly aborted: boolean;
  /** What the notifiers do while the watch subscribes to them. */
  readonly onSubscribe: {
    readonly pauseWhile: readonly (PauseAct | StopAct)[];
    readonly pollNow: readonly Act[];
  };
  readonly events: readonly TimedEvent[];
  readonly inside: readonly InsideEvent[];
  /**
   * For `taskResult$`: the answer to the first poll, a successful end. All else is about the requests for
   * the result: times count from that answer on.
   */
  readonly result?: ResultStage | undefined;
}

/** What precedes the request of a result, and what the API's `result` does. */
export interface ResultStage {
  readonly word: string;
  readonly latency: number;
  readonly resultThrows: boolean;
}

export type PauseAct = 'pause' | 'resume' | 'pauseWhile completes' | 'pauseWhile errors';
export type PollNowAct = 'pollNow' | 'pollNow completes' | 'pollNow errors';
export type StopAct = 'abort' | 'unsubscribe';
export type Act = PauseAct | PollNowAct | StopAct;

/**
 * An event `at` ms after the subscription. Events due at one instant happen in the order in which they
 * were scheduled: `scheduledAt` ms after the subscription, or just before it if that is not given.
 */
export interface TimedEvent {
  readonly at: number;
  readonly scheduledAt?: number | undefined;
  readonly act: Act;
}

/**
 * An event inside the `nth` call (from 1) of the subscriber's `next` or of the transport: at once, or
 * scheduled there for `after` ms later.
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
        readonly delay?: DelayFunction | undefined;
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
  /** What `backoff.random` and `retry.random` return, over and over. */
  readonly random: {
    readonly backoff: readonly ReturnValue[];
    readonly retry: readonly ReturnValue[];
  };
  readonly timeout?: number | undefined;
  readonly requestTimeout?: number | undefined;
  readonly notFoundGrace?: number | undefined;
  readonly unknownStatus?: 'error' | 'ignore' | undefined;
  readonly knownStatus?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export type ReturnValue = number | 'throws';

/**
 * A `backoff.delay`: `slowDelay` while `slowStatus` is the status or once a status has lasted for
 * `slowFrom` ms, else a value of `bySeen`.
 */
export interface DelayFunction {
  readonly bySeen: readonly ReturnValue[];
  readonly slowStatus: string | undefined;
  readonly slowFrom?: number | undefined;
  readonly slowDelay: ReturnValue;
}

/** A `retry.shouldRetry`: a decision for each error code, until `upToRetries` retries were made. */
export interface ShouldRetry {
  readonly decisions: Readonly<Record<string, RetryDecision>>;
  readonly otherwise: RetryDecision;
  readonly upToRetries: number;
}

/** `default` is the argument `transient`, `opposite` its negation. */
export type RetryDecision = 'retry' | 'give up' | 'default' | 'opposite' | 'throws';

/** The delay that the headers of the server request. */
export type Pacing =
  | {
      readonly form: 'seconds';
      readonly seconds: number;
      /** A malformed `retry-after-ms`. */
      readonly msText?: string | undefined;
    }
  | { readonly form: 'ms'; readonly ms: number; readonly besideSeconds?: number | undefined }
  | {
      readonly form: 'imf-fixdate' | 'rfc850' | 'asctime';
      /** Counted from the answer's `Date`, or from the last full second of the clock without one. */
      readonly seconds: number;
      /** The difference between the server's `Date` and the scheduler's clock, s. */
      readonly serverClock: number | 'no Date header';
    }
  | { readonly form: 'malformed'; readonly text: string; readonly msText?: string | undefined };

interface Delivery {
  /** From request to answer, ms. With 0 the answer comes before the transport's `subscribe` returns. */
  readonly latency: number;
  readonly pacing?: Pacing | undefined;
  /** The delay that the answer requests in the API's own way, ms, or what the API makes of it. */
  readonly ownDelay?: OwnDelay | undefined;
}

/** What the API's `retryAfter` returns: `soon` is no number. */
export type OwnDelay = number | 'throws' | 'soon';

export type Answer =
  | (Delivery & { readonly kind: 'status'; readonly word: string; readonly format: BodyFormat })
  | (Delivery & { readonly kind: 'unknown word'; readonly word: string })
  | (Delivery & { readonly kind: 'not a string'; readonly json: string })
  | (Delivery & { readonly kind: 'not JSON'; readonly body: string })
  | (Delivery & { readonly kind: 'no content' })
  | (Delivery & { readonly kind: 'empty'; readonly status: number; readonly body: string })
  | (Delivery & { readonly kind: 'too long' })
  | (Delivery & { readonly kind: 'http'; readonly status: number; readonly body: string })
  | { readonly kind: 'transport throws' }
  | { readonly kind: 'transport errors'; readonly latency: number }
  | { readonly kind: 'transport completes'; readonly latency: number }
  | { readonly kind: 'no answer' }
  | { readonly kind: 'no response'; readonly latency: number }
  | { readonly kind: 'not subscribable' };

/** How a 2xx contains its status. */
export type BodyFormat =
  'plain' | 'white space' | 'byte order mark' | 'longest' | '201' | 'more values';

export const TASK_ID = 'task_1234567890abcdef';

export const BODY_LIMIT = 65_536;

export interface Vocabulary {
  readonly statuses: readonly string[];
  readonly terminal: readonly string[];
  readonly unknown: readonly string[];
  /** Whether an answer is `{ state: word }` instead of the word alone. */
  readonly wrapped: boolean;
  /** The other fields of the task API. */
  readonly fields?: ApiFields | undefined;
}

/** What a task API has besides its words. */
export interface ApiFields {
  /** What `details` returns: the JSON of the answer, or nothing. It may throw for one word. */
  readonly details?: { readonly json: boolean; readonly throwsFor: string | undefined } | undefined;
  /** What `request` returns. */
  readonly request?:
    | {
        readonly method?: 'GET' | 'POST' | undefined;
        readonly headers?: Readonly<Record<string, string>> | undefined;
        readonly body?: string | undefined;
      }
    | undefined;
  /** The word of an answer without a body, by its HTTP status. `status` has two parameters then. */
  readonly byCode?: Readonly<Record<number, string>> | undefined;
  /** Whether the API has a `retryAfter`. */
  readonly retryAfter?: boolean | undefined;
  readonly bodyLimit?: number | undefined;
  /** What `path` returns: a path, one without its slash, or the URL of an operation. */
  readonly path?: 'bare' | 'URL' | 'URL with a hash' | undefined;
}

/** The default API. */
export const BROWSER_USE: Vocabulary = {
  statuses: ['running', 'created', 'paused', 'finished', 'stopped', 'failed'],
  terminal: ['finished', 'stopped', 'failed'],
  unknown: ['archiving', 'RUNNING', 'finished ', 'toString', ''],
  wrapped: false,
};

/** The longest body of an API's answers. */
export const bodyLimitOf = ({ fields }: Vocabulary): number => fields?.bodyLimit ?? BODY_LIMIT;

/** The JSON of an answer with a word. */
export function jsonOf(
  { wrapped, fields }: Vocabulary,
  { word, ownDelay }: { readonly word: string; readonly ownDelay?: OwnDelay | undefined },
): unknown {
  if (!wrapped) return word;
  // else it is in a header
  return fields?.retryAfter && ownDelay !== undefined
    ? { state: word, wait: String(ownDelay) }
    : { state: word };
}

type Given = Partial<Omit<History, 'options'>> & {
  readonly options?: Partial<Options>;
};

/**
 * A history from the parts that matter to a test. Everything else is the default, without jitter, and
 * the task is finished after the last answer.
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

/* Answers for histories written by hand. */

export const status = (
  word: string,
  latency = 0,
  pacing?: Pacing,
): Answer & { kind: 'status' } => ({
  kind: 'status',
  word,
  format: 'plain',
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

/* The functions of the user, made from the data of a history. */

export function randomFrom(values: readonly ReturnValue[]): () => number {
  let turn = 0;
  return () => {
    const value = values[turn % values.length] ?? 0;
    turn += 1;
    if (value === 'throws') throw RANDOM_ERROR;
    return value;
  };
}

export function delayFrom({ bySeen, slowStatus, slowFrom = Infinity, slowDelay }: DelayFunction) {
  return (seen: number, status: string | undefined, elapsed: number): number => {
    const isSlow = status === slowStatus || elapsed >= slowFrom;
    const value = isSlow ? slowDelay : (bySeen[(seen - 1) % bySeen.length] ?? 0);
    if (value === 'throws') throw DELAY_ERROR;
    return value;
  };
}

/** The `retryAfter` of an API, for the text in which an answer has its delay. */
export function ownDelayFrom(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined) return undefined;
  if (text === 'throws') throw RETRY_AFTER_ERROR;
  return text === 'soon' ? (text as never) : Number(text);
}

/** The `details` of an API. */
export function detailsFrom(
  { json: isJson, throwsFor }: NonNullable<ApiFields['details']>,
  json: unknown,
  word: unknown,
): unknown {
  if (throwsFor !== undefined && word === throwsFor) throw DETAILS_ERROR;
  return isJson ? json : undefined;
}

export function shouldRetryFrom({ decisions, otherwise, upToRetries }: ShouldRetry) {
  return (code: string, retries: number, transient: boolean): boolean => {
    const decision = decisions[code] ?? otherwise;
    if (decision === 'throws') throw SHOULD_RETRY_ERROR;
    if (retries >= upToRetries) return false;
    if (decision === 'default') return transient;
    if (decision === 'opposite') return !transient;
    return decision === 'retry';
  };
}

/** An error of the user, recognised by its name. */
const userError = (name: string) => Object.assign(new Error(name), { userError: name });

const RANDOM_ERROR = userError('random threw');
const DELAY_ERROR = userError('delay threw');
export const RESULT_ERROR = userError('result threw');
const RETRY_AFTER_ERROR = userError('retryAfter threw');
const DETAILS_ERROR = userError('details threw');
const SHOULD_RETRY_ERROR = userError('shouldRetry threw');
export const PAUSE_WHILE_ERROR = userError('pauseWhile failed');
export const POLL_NOW_ERROR = userError('pollNow failed');
export const ABORTED = userError('aborted');
