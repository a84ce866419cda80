/**
 * `import … from 'rxjs-task-status/nest'`: the status of tasks in NestJS applications.
 *
 * @packageDocumentation
 */

export { TaskStatusExceptionFilter } from './nest/exception-filter.js';
export type { TaskFailure } from './nest/http-exception.js';
export {
  httpServiceTransport,
  type HttpServiceLike,
  type HttpServiceRequest,
  type HttpServiceResponse,
} from './nest/http-service-transport.js';
export { getTaskStatusToken, InjectTaskStatus } from './nest/inject-task-status.js';
export {
  TaskStatusModule,
  type TaskStatusModuleAsyncOptions,
  type TaskStatusModuleOptions,
} from './nest/task-status-module.js';
export { toMessageEvents, type MessageEventsOptions } from './nest/to-message-events.js';
