import { createHmac, timingSafeEqual } from 'node:crypto';
import { asyncScheduler, type TimestampProvider } from 'rxjs';
import { canonicalJson } from './canonical-json.js';
import { checkHeaders, checkSecrets, checkWebhookOptions, hasBody } from './webhook-arguments.js';
import { headerOf, type WebhookHeaders } from './webhook-headers.js';
import { toTaskWebhook, type TaskWebhook } from './task-webhook.js';

/** The longest body that is verified, bytes: 1 MiB. */
const BODY_LIMIT = 1_048_576;

/** How far the timestamp may be from the current time, ms. The vendor uses this number. */
const TOLERANCE = 300_000;

/** Options of {@link verifyTaskWebhook}. */
export interface VerifyTaskWebhookOptions {
  /**
   * How far the timestamp of a webhook may be in the past or in the future, ms. Default 300,000.
   * `Infinity` accepts every timestamp, for example that of a webhook from a log.
   */
  readonly tolerance?: number | undefined;
  /** The clock that the timestamp is compared with. Default `asyncScheduler`. */
  readonly scheduler?: TimestampProvider | undefined;
  /**
   * Whether to also accept the header `X-Webhook-Signature`, a signature of the raw body that an older page
   * of the vendor describes. It has no timestamp, so a recorded webhook verifies forever. Default `false`.
   */
  readonly legacySignature?: boolean | undefined;
}

/**
 * Verifies the signature and the age of a webhook of Browser Use Cloud.
 *
 * It resolves with the event, or with `undefined` for everything that does not verify: a missing or wrong
 * signature, a timestamp more than 300 s before or after the current time, a body that is not a JSON object
 * in UTF-8, or one longer than 1 MiB. Nothing that a client sends makes it reject. It compares signatures in
 * constant time.
 *
 * An event without a task, such as `test`, verifies too, and its `taskId` is `undefined`: answer it with a
 * 2xx status.
 *
 * Use a webhook as a reason to poll (`pollNow`), never as the status: its words differ from those of the API,
 * and it can arrive late, twice, or not at all. If it only causes a poll, somebody who sends a recorded webhook
 * again within the 300 s does no harm.
 *
 * @param rawBody the body as it was received, as text or bytes, before it is parsed. `undefined`, which some
 *   frameworks give for a request without a body, does not verify
 * @param headers the headers of the request
 * @param secret the secret of the webhook, or several while you replace one: a signature with any of them is
 *   valid
 * @param options see {@link VerifyTaskWebhookOptions}
 * @returns a promise that rejects with a TypeError or RangeError for a mistake in the calling code: an empty
 *   secret, a parsed body, an option that is not valid
 *
 * @example
 * const event = await verifyTaskWebhook(rawBody, request.headers, secret);
 * response.writeHead(event ? 204 : 401).end();
 * if (event?.taskId !== undefined) pool.pollNow(event.taskId);
 */
export async function verifyTaskWebhook(
  rawBody: string | Uint8Array | undefined,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  options: VerifyTaskWebhookOptions = {},
): Promise<TaskWebhook | undefined> {
  const secrets = checkSecrets(secret);
  checkHeaders(headers);
  checkWebhookOptions(options);
  // a promise, so that a later version can use the Web Crypto API
  return Promise.resolve(hasBody(rawBody) ? verify(rawBody, headers, secrets, options) : undefined);
}

function verify(
  rawBody: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: readonly string[],
  options: VerifyTaskWebhookOptions,
): TaskWebhook | undefined {
  if (Buffer.byteLength(rawBody) > BODY_LIMIT) return undefined;
  const isSigned = (name: string, content: () => string | Uint8Array): boolean => {
    const signature = headerOf(headers, name) ?? '';
    return /^[0-9a-f]{64}$/.test(signature) && isSignature(signature, content(), secrets);
  };
  const timestamp = headerOf(headers, 'x-browser-use-timestamp') ?? '';
  const current = isCurrent(timestamp, options); // not in try: an error of the caller's clock rejects
  try {
    const text = typeof rawBody === 'string' ? rawBody : decode(rawBody);
    const valid =
      (current &&
        isSigned('x-browser-use-signature', () => `${timestamp}.${canonicalJson(text)}`)) ||
      (options.legacySignature === true && isSigned('x-webhook-signature', () => rawBody));
    return valid ? toTaskWebhook(JSON.parse(text)) : undefined;
  } catch {
    return undefined; // the body is not UTF-8, not JSON, or nested too deep
  }
}

/** Whether a timestamp (seconds) is at most `tolerance` away from the current time. */
function isCurrent(
  timestamp: string,
  { tolerance = TOLERANCE, scheduler = asyncScheduler }: VerifyTaskWebhookOptions,
): boolean {
  return (
    /^\d+$/.test(timestamp) && Math.abs(scheduler.now() - Number(timestamp) * 1_000) <= tolerance
  );
}

/** Whether a text of 64 hex digits is the HMAC-SHA256 of a content with one of the secrets. */
function isSignature(
  hex: string,
  content: string | Uint8Array,
  secrets: readonly string[],
): boolean {
  const signature = Buffer.from(hex, 'hex');
  return secrets.some((secret) =>
    timingSafeEqual(signature, createHmac('sha256', secret).update(content).digest()),
  );
}

/** Decodes bytes. Throws if they are not UTF-8. Keeps a byte order mark, so such a text is not JSON. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
