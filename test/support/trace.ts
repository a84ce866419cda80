/**
 * What can be seen of a watch from outside, in order. The model predicts it, `runHistory` records it
 * from the library, and a test compares the two.
 */

export type StreamName = 'taskPolls$' | 'taskStatus$' | 'taskResult$';

export type Entry =
  | readonly [ms: number, 'request', attempt: number]
  | readonly [ms: number, 'poll', PollRecord]
  | readonly [ms: number, 'emission', status: string]
  | readonly [ms: number, 'result', ResultRecord]
  | readonly [ms: number, 'end', Ending];

/** A `TaskPoll`, key by key: `nextDelay` is missing where the contract says that it is absent. */
export interface PollRecord {
  readonly taskId: string;
  readonly attempt: number;
  readonly at: number;
  readonly duration: number;
  readonly changed: boolean;
  readonly nextDelay?: number;
  readonly status?: string;
  readonly details?: unknown;
  readonly error?: ErrorRecord;
}

/** A `TaskResult`, key by key. */
interface ResultRecord {
  readonly taskId: string;
  readonly status: string;
  readonly details: unknown;
  readonly result: unknown;
}

/** The fields of a `TaskStatusError`. Fields that it does not have are missing. */
export interface ErrorRecord {
  readonly name: string;
  readonly code: string;
  readonly attempts: number;
  readonly elapsed: number;
  readonly lastStatus?: string;
  /** The HTTP status. */
  readonly status?: number;
  readonly retryAfter?: number;
  readonly timeout?: number;
  readonly cause?: ErrorRecord;
  /** The attempt whose poll had the same object as its error. */
  readonly fromPoll?: number;
}

/** How a watch ends. `thrown` names an error of the user. */
export type Ending = 'complete' | 'unsubscribed' | ErrorRecord | { readonly thrown: string };

export interface Observed {
  readonly trace: readonly Entry[];
  readonly requests: readonly SentRequest[];
  /** The requests that were aborted in flight. */
  readonly abortedRequests: readonly (readonly [ms: number, attempt: number])[];
  readonly shouldRetryCalls: readonly ShouldRetryCall[];
  readonly delayCalls: readonly DelayCall[];
}

/** What a request contains. */
export interface SentRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type ShouldRetryCall = readonly [
  ms: number,
  code: string,
  retries: number,
  transient: boolean,
];

export type DelayCall = readonly [
  ms: number,
  seen: number,
  status: string | undefined,
  context: { readonly taskId: string; readonly elapsed: number },
];

export const requestsIn = (trace: readonly Entry[]): readonly number[] =>
  trace.flatMap((entry) => (entry[1] === 'request' ? [entry[0]] : []));

export const pollsIn = (trace: readonly Entry[]): readonly PollRecord[] =>
  trace.flatMap((entry) => (entry[1] === 'poll' ? [entry[2]] : []));

export const emissionsIn = (trace: readonly Entry[]): readonly string[] =>
  trace.flatMap((entry) => (entry[1] === 'emission' ? [entry[2]] : []));

/** When and how a watch ended; `undefined` if it is still paused when nothing else is due. */
export const endIn = (trace: readonly Entry[]): { at: number; how: Ending } | undefined =>
  trace.flatMap((entry) => (entry[1] === 'end' ? [{ at: entry[0], how: entry[2] }] : []))[0];
