/**
 * `import … from 'rxjs-task-status/proxy'`: a proxy that adds the API key to the requests of pages.
 *
 * @packageDocumentation
 */

export { taskStatusProxy } from './proxy/task-status-proxy.js';
export type { TaskStatusProxyOptions } from './proxy/proxy-options.js';
