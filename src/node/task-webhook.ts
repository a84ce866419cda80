/** A webhook whose signature is valid: see `verifyTaskWebhook`. */
export interface TaskWebhook {
  /** The id of the task. `undefined` for an event without a task, such as `test`. */
  readonly taskId: string | undefined;
  /**
   * The status in the words of webhooks (`started`, `idle`), which are not those of the API. `undefined` for
   * an event without a status.
   */
  readonly status: string | undefined;
  /** The field `payload` of the body, with `task_id`, `session_id`, `status` and `metadata`. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The event in the body of a webhook; `undefined` if the body is not a JSON object. */
export function toTaskWebhook(body: unknown): TaskWebhook | undefined {
  if (!isRecord(body)) return undefined;
  const payload = isRecord(body['payload']) ? body['payload'] : {};
  return {
    // webhooks with the older signature have taskId
    taskId: textOf(payload['task_id']) ?? textOf(payload['taskId']),
    status: textOf(payload['status']),
    payload,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
