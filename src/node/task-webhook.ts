import { isPlainObject } from '../api/guards.js';

/** A webhook whose signature is valid: see `verifyTaskWebhook`. */
export interface TaskWebhook {
  /** The id of the task. `undefined` for an event without a task, such as `test`. */
  readonly taskId: string | undefined;
  /**
   * The status in the webhook, such as `started` or `idle`. Webhooks use other words than the API.
   * `undefined` for an event without a status.
   */
  readonly status: string | undefined;
  /** The field `payload` of the body, with `task_id`, `session_id`, `status` and `metadata`. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Returns the event in the parsed body of a webhook; `undefined` if the body is not an object. */
export function toTaskWebhook(body: unknown): TaskWebhook | undefined {
  if (!isPlainObject(body)) return undefined;
  const payload = isPlainObject(body['payload']) ? body['payload'] : {};
  return {
    // webhooks with the legacy signature have taskId
    taskId: textOf(payload['task_id']) ?? textOf(payload['taskId']),
    status: textOf(payload['status']),
    payload,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
