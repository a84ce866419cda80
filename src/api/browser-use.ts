import { fieldOf, isObject } from './guards.js';
import type { TaskApi } from './task-api.js';

/** The statuses of a task of the Browser Use Cloud API, in the order of its documentation. */
export const TASK_STATUSES = [
  'created',
  'running',
  'paused',
  'finished',
  'stopped',
  'failed',
] as const;

/** The status of a task: one of {@link TASK_STATUSES}. */
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** The statuses after which a task does not change any more. */
export type TerminalTaskStatus = 'finished' | 'stopped' | 'failed';

/**
 * A text as an API documents it: absent, or of another type, is `undefined`.
 *
 * @inline
 */
type Text = string | null | undefined;
/** @inline */
type Flag = boolean | null | undefined;

/**
 * A task of version 1: the result of {@link browserUseV1}. The other fields of the answer to
 * `GET /task/{task_id}` are there as well. A field of another type than documented is `undefined`.
 */
export interface BrowserUseV1Task {
  readonly [field: string]: unknown;
  /** What the agent returned; `null` if nothing. */
  readonly output: Text;
  /** The URL where the task can be watched. */
  readonly live_url: Text;
  /** The agent's steps; empty if the answer has none. */
  readonly steps: readonly unknown[];
}

/**
 * What an answer of version 2 says besides the status: the details and the result of
 * {@link browserUseV2}. The other fields of the answer are there as well: `status` is the server's word.
 * A field of another type than documented is `undefined`.
 */
export interface BrowserUseV2Details {
  readonly [field: string]: unknown;
  /** What the agent returned; `null` while it runs. */
  readonly output: Text;
  /** Whether the agent says that it succeeded; `null` if it does not say. */
  readonly isSuccess: Flag;
  /** What the task cost, in US dollars. */
  readonly cost: Text;
  /** When the task ended: a date and time in UTC, without a time zone; `null` while it runs. */
  readonly finishedAt: Text;
}

/**
 * What an answer of version 3 says besides the status: the details and the result of
 * {@link browserUseV3}. The other fields of the session are there as well: `status` is the server's word.
 * A field of another type than documented is `undefined`.
 */
export interface BrowserUseV3Details {
  readonly [field: string]: unknown;
  /** What the agent returned: a text, or JSON in the shape that was asked for. */
  readonly output: unknown;
  /** Whether the agent has succeeded; `null` while a task runs, or if there was none. */
  readonly isTaskSuccessful: Flag;
  /** How many steps the agent has taken so far. */
  readonly stepCount: number | undefined;
  /** The last step in words. */
  readonly lastStepSummary: Text;
  /** The URL where the browser can be watched. */
  readonly liveUrl: Text;
  /** What the session has cost, in US dollars. */
  readonly totalCostUsd: Text;
}

/**
 * A run of version 4: the result of {@link browserUseV4}. The other fields of the answer to
 * `GET /runs/{run_id}` are there as well.
 */
export interface BrowserUseV4Run {
  readonly [field: string]: unknown;
  /** What the agent returned; `null` if it has not succeeded. */
  readonly result: Text;
  /** Why the run has failed; `null` if it has not. */
  readonly error: Text;
}

/**
 * Version 1 of the Browser Use Cloud API: `GET /api/v1/task/{task_id}/status`, which answers with the
 * bare status. The result is the task: `GET /api/v1/task/{task_id}`, one more request. There are no
 * details. The default of the option `api`.
 *
 * See https://docs.browser-use.com/api-reference/get-task-status.
 */
export const browserUseV1: TaskApi<TaskStatus, undefined, BrowserUseV1Task> = {
  baseUrl: 'https://api.browser-use.com/api/v1',
  path: (id) => `/task/${id}/status`,
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: (json) => json,
  statuses: TASK_STATUSES,
  terminal: ['finished', 'stopped', 'failed'],
  successful: ['finished'],
  resultPath: (id) => `/task/${id}`,
  result: (json) => {
    const steps = fieldOf(json, 'steps');
    return {
      ...fieldsOf(json),
      output: textOf(json, 'output'),
      live_url: textOf(json, 'live_url'),
      steps: Array.isArray(steps) ? steps : [],
    };
  },
};

// an answer of these contains the task's output
const OUTPUT_LIMIT = 16_777_216;

/**
 * Version 2 of the Browser Use Cloud API: `GET /api/v2/tasks/{task_id}/status`. The result is in the
 * same answer.
 *
 * `finished` means that the agent has ended. If a task has ended without success (`isSuccess` is
 * `false`), the status is `unsuccessful`, a word of this library. Bodies are read up to 16 MiB, because
 * they contain the output.
 *
 * See https://docs.browser-use.com/cloud/api-v2/tasks/get-task-status.
 *
 * @example
 * const { result } = await firstValueFrom(taskResult$(taskId, { api: browserUseV2, apiKey }));
 * console.log(result.output, result.cost);
 */
export const browserUseV2: TaskApi<
  'created' | 'started' | 'finished' | 'unsuccessful' | 'failed' | 'stopped',
  BrowserUseV2Details,
  BrowserUseV2Details
> = {
  baseUrl: 'https://api.browser-use.com/api/v2',
  path: (id) => `/tasks/${id}/status`,
  authorization: apiKeyHeader,
  status: (json) => {
    const word = fieldOf(json, 'status');
    const hasEnded = word === 'finished' || word === 'failed' || word === 'stopped';
    return hasEnded && fieldOf(json, 'isSuccess') === false ? 'unsuccessful' : word;
  },
  statuses: ['created', 'started', 'finished', 'unsuccessful', 'failed', 'stopped'],
  terminal: ['finished', 'unsuccessful', 'failed', 'stopped'],
  successful: ['finished'],
  details: v2Details,
  result: v2Details,
  bodyLimit: OUTPUT_LIMIT,
};

/**
 * Version 3 of the Browser Use Cloud API, where a task runs in a session:
 * `GET /api/v3/sessions/{session_id}`. The result is in the same answer.
 *
 * The task id is the id of the session. A session is `idle` before a task and after it. When a task has
 * ended, `isTaskSuccessful` says how: the status is `succeeded` or `unsuccessful` then, words of this
 * library. Bodies are read up to 16 MiB, because they contain the output.
 *
 * @example
 * taskPolls$(sessionId, { api: browserUseV3, apiKey }).subscribe(({ status, details }) =>
 *   console.log(status, details?.stepCount),
 * );
 */
export const browserUseV3: TaskApi<
  'created' | 'idle' | 'running' | 'succeeded' | 'unsuccessful' | 'stopped' | 'timed_out' | 'error',
  BrowserUseV3Details,
  BrowserUseV3Details
> = {
  baseUrl: 'https://api.browser-use.com/api/v3',
  path: (id) => `/sessions/${id}`,
  authorization: apiKeyHeader,
  status: (json) => {
    const word = fieldOf(json, 'status');
    const isSuccessful = fieldOf(json, 'isTaskSuccessful');
    const isIdle = word === 'idle' || word === 'stopped';
    if (isSuccessful === true && isIdle) return 'succeeded';
    const hasEnded = isIdle || word === 'timed_out' || word === 'error';
    return isSuccessful === false && hasEnded ? 'unsuccessful' : word;
  },
  statuses: [
    'created',
    'idle',
    'running',
    'succeeded',
    'unsuccessful',
    'stopped',
    'timed_out',
    'error',
  ],
  terminal: ['succeeded', 'unsuccessful', 'stopped', 'timed_out', 'error'],
  successful: ['succeeded'],
  details: v3Details,
  result: v3Details,
  bodyLimit: OUTPUT_LIMIT,
};

/**
 * Version 4 of the Browser Use Cloud API, where a task is a run: `GET /api/v4/runs/{run_id}/status`. The
 * result is the run: `GET /api/v4/runs/{run_id}`, one more request. There are no details. The task id is
 * the id of the run, not that of its session. A 403 may mean that the project has zero data retention.
 *
 * See https://docs.browser-use.com/cloud/api-v4/runs/get-run-status.
 */
export const browserUseV4: TaskApi<
  'queued' | 'dispatching' | 'running' | 'completed' | 'failed' | 'cancelled',
  undefined,
  BrowserUseV4Run
> = {
  baseUrl: 'https://api.browser-use.com/api/v4',
  path: (id) => `/runs/${id}/status`,
  authorization: apiKeyHeader,
  status: (json) => fieldOf(json, 'status'),
  statuses: ['queued', 'dispatching', 'running', 'completed', 'failed', 'cancelled'],
  terminal: ['completed', 'failed', 'cancelled'],
  successful: ['completed'],
  resultPath: (id) => `/runs/${id}`,
  result: (json) => ({
    ...fieldsOf(json),
    result: textOf(json, 'result'),
    error: textOf(json, 'error'),
  }),
};

function apiKeyHeader(key: string): readonly [header: string, value: string] {
  return ['X-Browser-Use-API-Key', key];
}

function v2Details(json: unknown): BrowserUseV2Details {
  return {
    ...fieldsOf(json),
    output: textOf(json, 'output'),
    isSuccess: flagOf(json, 'isSuccess'),
    cost: textOf(json, 'cost'),
    finishedAt: textOf(json, 'finishedAt'),
  };
}

function v3Details(json: unknown): BrowserUseV3Details {
  const stepCount = fieldOf(json, 'stepCount');
  return {
    ...fieldsOf(json),
    output: fieldOf(json, 'output'),
    isTaskSuccessful: flagOf(json, 'isTaskSuccessful'),
    stepCount: typeof stepCount === 'number' ? stepCount : undefined,
    lastStepSummary: textOf(json, 'lastStepSummary'),
    liveUrl: textOf(json, 'liveUrl'),
    totalCostUsd: textOf(json, 'totalCostUsd'),
  };
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return isObject(json) ? json : {};
}

function textOf(json: unknown, name: string): Text {
  const value = fieldOf(json, name);
  return typeof value === 'string' || value === null ? value : undefined;
}

function flagOf(json: unknown, name: string): Flag {
  const value = fieldOf(json, name);
  return typeof value === 'boolean' || value === null ? value : undefined;
}
