/**
 * `import … from 'rxjs-task-status'`: streams, the pool, operators, task APIs and errors.
 *
 * @packageDocumentation
 */

export {
  AuthenticationError,
  HttpStatusError,
  isTaskStatusError,
  NetworkError,
  RateLimitError,
  RequestTimeoutError,
  TaskNotFoundError,
  TaskStatusError,
  TaskTimeoutError,
  TaskUnsuccessfulError,
  TaskValidationError,
  UnexpectedResponseError,
  type AnyTaskStatusError,
  type HttpErrorCode,
  type HttpErrorFacts,
  type PacingFacts,
  type TaskStatusErrorCode,
  type ValidationIssue,
  type WatchFacts,
} from './api/errors.js';
export type { HeaderReader, ResponseHeaders } from './api/headers.js';
export type { StatusResponse } from './api/response.js';
export {
  TASK_STATUSES,
  browserUseV1,
  browserUseV2,
  browserUseV3,
  browserUseV4,
  type BrowserUseV1Task,
  type BrowserUseV2Details,
  type BrowserUseV3Details,
  type BrowserUseV4Run,
  type TaskStatus,
  type TerminalTaskStatus,
} from './api/browser-use.js';
export {
  defineTaskApi,
  isTerminal,
  type TaskApi,
  type AnswerHead,
  type TaskApiRequest,
} from './api/task-api.js';
export {
  fetchTransport,
  type FetchInit,
  type FetchLike,
  type FetchResponse,
  type RequestSignal,
  type StatusRequest,
  type StatusTransport,
} from './api/transport.js';
export { createTaskStatusPool } from './pool/pool.js';
export type { TaskStatusPoolStats } from './pool/stats.js';
export type { PooledStatus } from './pool/task-group.js';
export type { TaskStatusPool, TaskStatusPoolOptions } from './pool/task-status-pool.js';
export { requireFinished, toStatus } from './stream/operators.js';
export { whileHidden, whileOffline } from './stream/pause.js';
export { taskPolls$ } from './stream/task-polls.js';
export { taskResult$, type TaskResult } from './stream/task-result.js';
export { createTaskStatus, taskStatus$ } from './stream/task-status.js';
export type { IterableObservable } from './stream/iterable.js';
export { mergeOptions } from './watch/merge-options.js';
export type {
  BackoffOptions,
  DelayContext,
  Notifier,
  NotifierObserver,
  RetryOptions,
  TaskStatusOptions,
  Url,
} from './watch/options.js';
export type { TaskPoll } from './watch/task-poll.js';
