/**
 * `import … from 'rxjs-task-status/node'`: the status of a task as events, web handlers on `node:http`,
 * and webhooks.
 *
 * @packageDocumentation
 */

export { nodeHandler, type NodeHandler, type WebHandler } from './node/node-handler.js';
export {
  taskStatusEmitter,
  type TaskStatusEmitter,
  type TaskStatusEvents,
} from './node/task-status-emitter.js';
export type { TaskWebhook } from './node/task-webhook.js';
export { verifyTaskWebhook, type VerifyTaskWebhookOptions } from './node/verify-task-webhook.js';
export type { WebhookHeaders } from './node/webhook-headers.js';
