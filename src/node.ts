/**
 * `import … from 'rxjs-task-status/node'`: the status of a task as events, and web handlers on `node:http`.
 *
 * @packageDocumentation
 */

export { nodeHandler, type NodeHandler, type WebHandler } from './node/node-handler.js';
export {
  taskStatusEmitter,
  type TaskStatusEmitter,
  type TaskStatusEvents,
} from './node/task-status-emitter.js';
