import { createHmac } from 'node:crypto';

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
