/**
 * Checks the API key. No message shows it.
 *
 * @returns the key without the white space around it
 * @throws TypeError if it is empty or cannot be sent
 */
export function checkApiKey(key: unknown): string {
  if (typeof key !== 'string') {
    throw new TypeError(
      `apiKey must be a string or a function that returns one, not ${typeof key}`,
    );
  }
  const trimmed = key.trim();
  if (!trimmed) throw new TypeError('apiKey is empty');
  checkHeaderValue('apiKey', trimmed);
  return trimmed;
}

/** Throws a TypeError for a text that cannot be the value of a header. The message does not show it. */
export function checkHeaderValue(name: string, text: string): void {
  // https://www.rfc-editor.org/rfc/rfc9110#fields.values, and what fetch() accepts
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return;
  const fault = /[\r\n]/.test(text)
    ? 'line break inside'
    : /[\u0100-\uffff]/.test(text)
      ? 'character beyond Latin-1'
      : 'control character';
  throw new TypeError(`${name} has a ${fault}, which a header cannot carry`);
}
