/**
 * Checks the API key. No message shows it.
 *
 * @returns the key without the white space around it
 * @throws TypeError if it is empty or not a valid header value
 */
export function checkApiKey(key: unknown): string {
  const trimmed = checkHeaderValue('apiKey', typeof key === 'string' ? key.trim() : key);
  if (!trimmed) throw new TypeError('apiKey is empty');
  return trimmed;
}

/**
 * Checks the value of a header. No message shows it.
 *
 * @param name the option in messages
 * @returns the same value
 * @throws TypeError if it is not a valid header value
 */
export function checkHeaderValue(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${name} must be a string, got ${typeof value}`);
  }
  // https://www.rfc-editor.org/rfc/rfc9110#fields.values, and what fetch() accepts
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  const fault = /[\r\n]/.test(value)
    ? 'line break inside'
    : /[\u0100-\uffff]/.test(value)
      ? 'character beyond Latin-1'
      : 'control character';
  throw new TypeError(`${name} has a ${fault}, which a header cannot contain`);
}
