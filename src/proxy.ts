/**
 * `import … from 'rxjs-task-status/proxy'`: a proxy that holds the API key, for pages in a browser.
 *
 * @packageDocumentation
 */

export { taskStatusProxy } from './proxy/task-status-proxy.js';
export type { TaskStatusProxyOptions } from './proxy/proxy-options.js';
