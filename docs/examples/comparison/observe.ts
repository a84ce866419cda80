import { setTimeout as sleep } from 'node:timers/promises';
import type { Subscription } from 'rxjs';

import type { Contender } from './contenders.js';
import { serve, type Answer, type ServedRequest, type Server } from './server.js';
import type { Settings } from './settings.js';

/** What the caller and the server have seen of one run. */
export interface Observation {
  /** What the caller got. */
  readonly statuses: readonly string[];
  readonly end: 'completed' | 'failed' | 'none';
  /** If it failed. */
  readonly error?: unknown;
  /** The number of requests that reached the server. */
  readonly requests: number;
  /** How many of them the client aborted. */
  readonly aborted: number;
  /** What should not have happened, and did. */
  readonly notes: ReadonlySet<string>;
}

/** A run in progress, for a situation in which the caller or the page acts. */
interface Run {
  readonly server: Server;
  /** Stops watching. */
  readonly stop: () => void;
  /** Waits for a condition. Returns false if it does not occur in time. */
  readonly until: (condition: () => boolean, limit?: number) => Promise<boolean>;
  /** Whether the stream has completed or failed. */
  readonly ended: () => boolean;
}

/** What happens in one run. Each run has its own object. */
export interface Script {
  readonly answer: (request: ServedRequest) => Answer;
  /** What the caller or the page does. The run is over when it resolves. */
  readonly act?: (run: Run) => Promise<void>;
  /** What should not have happened. The first note ends the run. */
  readonly notes?: ReadonlySet<string>;
}

export interface Situation {
  readonly name: string;
  /** The outcome that is right. */
  readonly right: string;
  readonly settings?: Partial<Settings>;
  /** The number of tasks. Default 1. */
  readonly tasks?: number;
  /** Whether a page is shown. There is only one at a time, so the runs follow each other. */
  readonly hasPage?: true;
  readonly script: () => Script;
  /** What an observation means. Equal to `right` if the contender did the right thing. */
  readonly outcome: (seen: Observation) => string;
}

/** The number of requests that a server accepts at a time. */
export const SERVER_LIMIT = 10;

/** The delays are small, so that the program is fast. Their ratios are ordinary. */
const SETTINGS: Omit<Settings, 'baseUrl'> = {
  apiKey: 'bu_secret',
  interval: 20,
  requestTimeout: 30_000,
  deadline: 600_000,
};

/** A run is stopped after this number of requests per task. */
export const MAX_REQUESTS = 20;

/** Something that does not occur within this time does not occur, ms. */
const LONG = 60_000;

/** Runs a contender through a situation. */
export async function observe(situation: Situation, contender: Contender): Promise<Observation> {
  const { tasks = 1, script } = situation;
  const { answer, act, notes = new Set() } = script();
  const server = await serve(answer);
  const settings = { ...SETTINGS, ...situation.settings, baseUrl: server.baseUrl };
  const seen = { statuses: new Array<string>(), end: 'none' as Observation['end'] };
  let error: unknown;
  const taskIds = Array.from({ length: tasks }, (_, index) => `task_${index}`);
  const statuses$ =
    tasks === 1
      ? contender.status$('task_0', settings)
      : contender.statuses$(taskIds, settings, SERVER_LIMIT);
  const subscription: Subscription = statuses$.subscribe({
    next: (status) => {
      if (status !== undefined) seen.statuses.push(status);
    },
    error: (reason: unknown) => {
      seen.end = 'failed';
      error = reason;
    },
    complete: () => {
      seen.end = 'completed';
    },
  });
  const stop = () => subscription.unsubscribe();
  const ended = () => seen.end !== 'none';
  try {
    if (act) await act({ server, stop, until, ended });
    else await until(() => ended() || notes.size > 0 || server.requests >= tasks * MAX_REQUESTS);
    const { requests, aborted } = server;
    return { ...seen, error, requests, aborted, notes };
  } finally {
    stop();
    await server.close();
  }
}

async function until(condition: () => boolean, limit = LONG): Promise<boolean> {
  for (let waited = 0; !condition(); waited += 2) {
    if (waited >= limit) return false;
    await sleep(2);
  }
  return true;
}
