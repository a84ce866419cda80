/**
 * `import … from 'rxjs-task-status/angular'`: the status over `HttpClient`, and as signals.
 *
 * @packageDocumentation
 */

export { httpClientTransport } from './angular/http-client-transport.js';
export { injectTaskStatus, type InjectedTaskStatus } from './angular/inject-task-status.js';
export { provideTaskStatus, type AngularTaskStatusOptions } from './angular/provide-task-status.js';
export {
  taskStatusResource,
  type TaskStatusResource,
  type TaskStatusResourceOptions,
  type TaskStatusResourceStatus,
  type TaskStatusResourceWithValue,
} from './angular/task-status-resource.js';
