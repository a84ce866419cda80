/**
 * `import … from 'rxjs-task-status/testing/server'`: a task API on a port, for your own tests.
 *
 * @packageDocumentation
 */

export { serveTaskApi, type ServeTaskApiOptions, type TaskApiServer } from './serve-task-api.js';
