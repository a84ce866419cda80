/** Copies a text. Returns what to tell the user. */
export async function copyText(text: string, what: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return `${what} copied.`;
  } catch {
    return `The browser does not allow this page to copy. ${what} not copied.`;
  }
}
