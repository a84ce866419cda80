// https://www.rfc-editor.org/rfc/rfc9110#fields.values, and what fetch() accepts
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The key without surrounding white space; throws a `TypeError` that does not show it if it cannot be sent. */
export function checkApiKey(key: unknown): string {
  if (typeof key !== 'string' || !key.trim() || !HEADER_VALUE.test(key)) {
    throw new TypeError('apiKey must be what a request can carry');
  }
  return key.trim();
}
