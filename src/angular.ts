/**
 * `import … from 'rxjs-task-status/angular'`: the status over `HttpClient`, and as signals.
 *
 * @packageDocumentation
 */

export { httpClientTransport } from './angular/http-client-transport.js';
export { injectTaskPolls, type InjectedTaskPolls } from './angular/inject-task-polls.js';
export { injectTaskStatus, type InjectedTaskStatus } from './angular/inject-task-status.js';
export type { AngularTaskStatusOptions, ProvidedTaskStatusOptions } from './angular/options.js';
export { provideTaskStatus } from './angular/provide-task-status.js';
export type { TaskStatusResourceStatus, TaskStatusSnapshot } from './angular/resource-state.js';
export {
  taskStatusResource,
  type TaskStatusResource,
  type TaskStatusResourceOptions,
  type TaskStatusResourceWithValue,
} from './angular/task-status-resource.js';
