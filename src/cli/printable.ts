import { stripVTControlCharacters } from 'node:util';

/** The longest text that is printed in one place, in UTF-16 units. */
const MAX_LENGTH = 200;

/** The longest error message on stderr, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 400;

/** Bidi controls, zero-width characters and variation selectors. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;

/**
 * Makes text from a server or an argument safe to print: one line, without escape sequences, and without
 * control, bidi and zero-width characters. The result has at most `maxLength` UTF-16 units.
 */
export function printable(text: string, maxLength = MAX_LENGTH): string {
  // the text may have megabytes, and most of it would be cut anyway
  const start = text.slice(0, 10 * maxLength);
  const line = stripVTControlCharacters(start)
    .replace(INVISIBLE, '')
    // last, so that removed characters cannot reveal an escape sequence
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\p{Cs}/gu, '\ufffd')
    .trim();
  if (line.length <= maxLength && start.length === text.length) return line;
  // drop half of a surrogate pair
  return `${line.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Formats an error as a line for stderr. */
export function errorLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `rxjs-task-status: ${printable(message, MAX_MESSAGE_LENGTH)}`;
}
