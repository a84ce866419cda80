/**
 * `import … from 'rxjs-task-status/node'`: the status of a task as events.
 *
 * @packageDocumentation
 */

export {
  taskStatusEmitter,
  type TaskStatusEmitter,
  type TaskStatusEvents,
} from './node/task-status-emitter.js';
