import { stripVTControlCharacters } from 'node:util';

/** An error for stderr: in one line, and without what a server may have put there for the terminal. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = stripVTControlCharacters(message)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return `rxjs-task-status: ${line}`;
}
