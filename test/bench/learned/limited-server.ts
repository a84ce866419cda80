import { of, type SchedulerLike } from 'rxjs';
import type { StatusResponse, StatusTransport } from 'rxjs-task-status';

import { STATUS } from './history.js';

/** A server in virtual time that refuses requests above a limit. */
export interface LimitedServer {
  readonly transport: StatusTransport;
  /** When each task ends, by the scheduler's clock. Tasks can be added and removed. */
  readonly ends: Map<string, number>;
  readonly counts: () => { readonly requests: number; readonly refused: number };
}

const SECOND = 1_000;
const RUNNING: StatusResponse = { status: 200, headers: {}, body: JSON.stringify(STATUS) };
const FINISHED: StatusResponse = { status: 200, headers: {}, body: '"finished"' };
const REFUSED: StatusResponse = { status: 429, headers: { 'retry-after': '1' }, body: '{}' };

/**
 * Answers at once. It is a token bucket: it holds the tokens of one second, and a request without a
 * token is answered by 429.
 *
 * @param limit requests per second
 */
export function limitedServer(scheduler: SchedulerLike, limit: number): LimitedServer {
  const ends = new Map<string, number>();
  let [requests, refused] = [0, 0];
  let [tokens, filledAt] = [limit, 0];
  const answer = (taskId: string): StatusResponse => {
    const now = scheduler.now();
    tokens = Math.min(limit, tokens + ((now - filledAt) / SECOND) * limit);
    filledAt = now;
    requests++;
    if (tokens < 1) {
      refused++;
      return REFUSED;
    }
    tokens--;
    return now < (ends.get(taskId) ?? Infinity) ? RUNNING : FINISHED;
  };
  return {
    transport: ({ taskId }) => of(answer(taskId)),
    ends,
    counts: () => ({ requests, refused }),
  };
}
