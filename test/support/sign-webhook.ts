import { createHmac } from 'node:crypto';
import { canonicalJson } from '../../src/node/canonical-json.js';

/** HMAC-SHA256 in lower-case hex. */
export function hmac(secret: string, content: string | Uint8Array): string {
  return createHmac('sha256', secret).update(content).digest('hex');
}

/**
 * The headers of a webhook, as Node gives them.
 *
 * @param canonical the canonical form of the body
 * @param seconds the timestamp, s
 */
export function signatureHeaders(secret: string, canonical: string, seconds: number | string) {
  return {
    'content-type': 'application/json',
    'x-browser-use-timestamp': String(seconds),
    'x-browser-use-signature': hmac(secret, `${seconds}.${canonical}`),
  };
}

/** A webhook as the vendor sends it: a body with white space and without sorted keys, and its headers. */
export function vendorWebhook(
  secret: string,
  event: { type: string; payload: object },
  seconds = Math.floor(Date.now() / 1_000),
): { method: 'POST'; headers: Record<string, string>; body: string } {
  const timestamp = new Date(seconds * 1_000).toISOString();
  const body = JSON.stringify(
    { type: event.type, timestamp, payload: event.payload },
    undefined,
    1,
  );
  return { method: 'POST', headers: signatureHeaders(secret, canonicalJson(body), seconds), body };
}

/** An event of a task, as the vendor's pages show it. */
export function statusUpdate(taskId: string, status: string) {
  const metadata = { customer: 'Müller 😀' };
  return {
    type: 'agent.task.status_update',
    payload: { task_id: taskId, session_id: 'session_1', status, metadata },
  };
}
