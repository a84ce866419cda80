import { types } from 'node:util';

import { hasMethod, isPlainObject } from '../api/guards.js';

/** Checks the secrets of a webhook. Messages do not show them. */
export function checkSecrets(secret: unknown): readonly string[] {
  const given: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  const secrets = given.filter((value) => typeof value === 'string');
  if (secrets.length === 0 || secrets.length < given.length) {
    throw new TypeError('secret must be a string, or a list of strings with at least one');
  }
  if (secrets.includes('')) throw new TypeError('secret is empty');
  if (secrets.some((value) => value !== value.trim())) {
    throw new TypeError('secret begins or ends with white space, such as a line break');
  }
  return secrets;
}

/** Checks that the headers of a request are an object. */
export function checkHeaders(headers: unknown): void {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new TypeError('headers must be the headers of the request: request.headers');
  }
}

/** Checks the options of `verifyTaskWebhook`. */
export function checkWebhookOptions(options: {
  readonly tolerance?: unknown;
  readonly scheduler?: unknown;
  readonly legacySignature?: unknown;
}): void {
  const { tolerance = 0, scheduler = Date, legacySignature = false } = options;
  if (typeof tolerance !== 'number' || !(tolerance >= 0)) {
    throw new RangeError(`tolerance must be at least 0 (ms), got ${String(tolerance)}`);
  }
  if (!hasMethod(scheduler, 'now')) throw new TypeError('scheduler must have the method now()');
  if (typeof legacySignature !== 'boolean') {
    throw new TypeError('legacySignature must be true or false');
  }
}

/**
 * Whether a request has a body, as text or bytes.
 *
 * @returns `false` for `undefined` or `null`, and for the `{}` that `express.raw()` of Express 4 leaves in
 *   `request.body` if the content type does not match. Any client can cause these, so they are not a mistake in
 *   the calling code
 * @throws TypeError for a parsed body
 */
export function hasBody(rawBody: unknown): rawBody is string | Uint8Array {
  if (typeof rawBody === 'string' || types.isUint8Array(rawBody)) return true;
  if (rawBody === undefined || rawBody === null) return false;
  if (isPlainObject(rawBody) && Object.keys(rawBody).length === 0) return false;
  throw new TypeError(
    'rawBody must be a string or a Uint8Array: the body as it was received, not a parsed one. ' +
      "In Express use express.raw({ type: '*/*' }), in Nest rawBody: true, elsewhere await request.text()",
  );
}
