/** How deep a value may be nested. Python's `json` stops there too, with a `RecursionError`. */
const MAX_DEPTH = 1_000;

/** Matches the strings and numbers of a valid JSON text, and nothing else in it. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|[-\d][\d.eE+-]*/g;

/**
 * Formats a JSON text as Python's `json.dumps(json.loads(text), separators=(",", ":"), sort_keys=True)` does.
 *
 * `JSON.stringify` of the parsed text would lose parts that a signature covers: the fraction of `1.0`, the
 * digits of large integers, and the order of keys that look like integers. So, before it is parsed, its
 * numbers and strings become tagged strings: `1.0` becomes `"n1.0"`, and `"a"` becomes `"sa"`.
 *
 * @param text JSON; the constants `NaN` and `Infinity`, which Python accepts too, are not JSON
 * @returns ASCII text
 * @throws SyntaxError for a text that is not JSON, RangeError for one that is nested too deep
 */
export function canonicalJson(text: string): string {
  JSON.parse(text); // throws; with tags an invalid number such as 01 would be valid
  const tagged: unknown = JSON.parse(
    text.replace(STRING_OR_NUMBER, (token) =>
      token.startsWith('"') ? `"s${token.slice(1)}` : `"n${pythonNumber(token)}"`,
    ),
  );
  const parts: string[] = [];
  write(tagged, 0, parts);
  return parts.join('');
}

function write(value: unknown, depth: number, parts: string[]): void {
  if (typeof value !== 'object' || value === null) {
    parts.push(typeof value === 'string' ? untag(value) : String(value));
    return;
  }
  if (depth === MAX_DEPTH) throw new RangeError(`The JSON has more than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    parts.push('[');
    for (const [index, item] of items.entries()) {
      if (index > 0) parts.push(',');
      write(item, depth + 1, parts);
    }
    parts.push(']');
    return;
  }
  const members: [string, unknown][] = Object.entries(value);
  members.sort(([a], [b]) => byCodePoint(a, b));
  parts.push('{');
  for (const [index, [key, member]] of members.entries()) {
    if (index > 0) parts.push(',');
    parts.push(untag(key), ':');
    write(member, depth + 1, parts);
  }
  parts.push('}');
}

function untag(value: string): string {
  const text = value.slice(1);
  return value.startsWith('n') ? text : asciiString(text);
}

/** A string in quotes. Python and JavaScript use the same short escapes, but Python escapes all but ASCII. */
function asciiString(text: string): string {
  return JSON.stringify(text).replace(
    // not \u{…}: a character beyond U+FFFF has two escapes, one for each surrogate
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Compares strings by code point, as Python does.
 *
 * JavaScript compares UTF-16 code units, in which an emoji (two surrogates) precedes U+FF01.
 */
function byCodePoint(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a.charCodeAt(index) === b.charCodeAt(index)) index++;
  // the equal unit before may be the first surrogate of two different characters
  const before = codePoint(a, index - 1) - codePoint(b, index - 1);
  return before === 0 ? codePoint(a, index) - codePoint(b, index) : before;
}

/** The code point at an index; -1 before and after the string, where the shorter string comes first. */
function codePoint(text: string, index: number): number {
  return text.codePointAt(index) ?? -1;
}

/** A number as Python prints it. Integers have any number of digits; others are double precision. */
function pythonNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return text === '-0' ? '0' : text;
  const number = Math.abs(Number(text));
  const sign = text.startsWith('-') ? '-' : '';
  return sign + pythonFloat(number);
}

/**
 * A double as Python's `repr` prints it.
 *
 * The digits are those of JavaScript: the fewest that identify the number. The exponent begins at other
 * numbers (`1e-05`, `1e+16`) and has at least two digits, and an integer has a fraction (`1.0`).
 */
function pythonFloat(number: number): string {
  if (number !== 0 && (number < 1e-4 || number >= 1e16)) {
    return number.toExponential().replace(/(?<=e[+-])\d$/, '0$&');
  }
  const text = String(number);
  return text.includes('.') ? text : `${text}.0`;
}
