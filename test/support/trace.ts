/**
 * What can be seen of a watch from outside, written down in one order. The model foretells it, the
 * runner takes it down from the library, and a test holds the one against the other.
 */

export type StreamName = 'taskPolls$' | 'taskStatus$';

export type Entry =
  | readonly [ms: number, 'request', attempt: number]
  | readonly [ms: number, 'poll', PollSeen]
  | readonly [ms: number, 'emission', status: string]
  | readonly [ms: number, 'end', Ending];

/** A `TaskPoll`, key for key: `nextDelay` is missing where the contract says that it is absent. */
export interface PollSeen {
  readonly taskId: string;
  readonly attempt: number;
  readonly at: number;
  readonly duration: number;
  readonly changed: boolean;
  readonly nextDelay?: number;
  readonly status?: string;
  readonly error?: ErrorSeen;
}

/** A `TaskStatusError` by its facts; those that it does not carry are missing. */
export interface ErrorSeen {
  readonly name: string;
  readonly code: string;
  readonly attempts: number;
  readonly elapsed: number;
  readonly lastStatus?: string;
  /** The HTTP status. */
  readonly status?: number;
  readonly retryAfter?: number;
  readonly timeout?: number;
  readonly cause?: ErrorSeen;
  /** The attempt whose poll carried this very object. */
  readonly fromPoll?: number;
}

/** How a watch ends; `thrown` names a foreign error, handed on as it is. */
export type Ending = 'complete' | 'unsubscribed' | ErrorSeen | { readonly thrown: string };

export interface Observed {
  readonly trace: readonly Entry[];
  /** Requests that were in flight when they were aborted. */
  readonly cut: readonly (readonly [ms: number, attempt: number])[];
  /** Each time that `shouldRetry` was asked. */
  readonly asked: readonly (readonly [ms: number, code: string, retries: number])[];
}

export const requestsIn = (trace: readonly Entry[]): readonly number[] =>
  trace.flatMap((entry) => (entry[1] === 'request' ? [entry[0]] : []));

export const pollsIn = (trace: readonly Entry[]): readonly PollSeen[] =>
  trace.flatMap((entry) => (entry[1] === 'poll' ? [entry[2]] : []));

export const emissionsIn = (trace: readonly Entry[]): readonly string[] =>
  trace.flatMap((entry) => (entry[1] === 'emission' ? [entry[2]] : []));

/** When and how a watch ended; `undefined` for one that still waits when nothing is left to come. */
export const endIn = (trace: readonly Entry[]): { at: number; how: Ending } | undefined =>
  trace.flatMap((entry) => (entry[1] === 'end' ? [{ at: entry[0], how: entry[2] }] : []))[0];
