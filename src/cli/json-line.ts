/** Characters that JSON.stringify() does not escape, but a terminal interprets or does not show. */
const UNSAFE = /[\u007f-\u009f\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/**
 * Formats a value as a line of JSON. Bidi, zero-width and C1 control characters are escaped as `\uXXXX`:
 * a program reads the same text, and a terminal does not interpret them.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, escaped);
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
