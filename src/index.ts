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
export type { ResponseHeaders } from './api/headers.js';
export type { StatusResponse } from './api/response.js';
export {
  browserUseV1,
  browserUseV2,
  browserUseV4,
  defineTaskApi,
  isTerminal,
  TASK_STATUSES,
  type TaskApi,
  type TaskStatus,
  type TerminalTaskStatus,
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
export {
  createTaskStatusPool,
  type TaskStatusPool,
  type TaskStatusPoolOptions,
} from './pool/pool.js';
export type { TaskStatusPoolStats } from './pool/stats.js';
export type { PooledStatus } from './pool/task-group.js';
export { requireFinished, toStatus } from './stream/operators.js';
export { whileHidden, whileOffline } from './stream/pause.js';
export { taskPolls$ } from './stream/task-polls.js';
export { createTaskStatus, taskStatus$ } from './stream/task-status.js';
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
