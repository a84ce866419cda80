/**
 * `import … from 'rxjs-task-status/node'`: the status of a task as events and as an event
 * stream, web handlers on `node:http`, and webhooks.
 *
 * @packageDocumentation
 */

export { knownStatusOf } from './node/known-status-of.js';
export { nodeHandler, type NodeHandler, type WebHandler } from './node/node-handler.js';
export {
  taskStatusEmitter,
  type TaskStatusEmitter,
  type TaskStatusEvents,
} from './node/task-status-emitter.js';
export { toServerSentEvents, type ServerSentEventsOptions } from './node/to-server-sent-events.js';
export type { TaskWebhook } from './node/task-webhook.js';
export { verifyTaskWebhook, type VerifyTaskWebhookOptions } from './node/verify-task-webhook.js';
export type { WebhookHeaders } from './node/webhook-headers.js';
