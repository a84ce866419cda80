/** A text whose escapes were decoded. */
export interface Decoded {
  readonly text: string;
  /** Where each of its characters, and its end, was in the text before. */
  readonly origins: Uint32Array;
}

/** The most characters that one character becomes when it is escaped: `\u002f`, `%C3%A9`. */
export const MAX_ESCAPE_LENGTH = 6;

/** There may be as many steps as characters. */
const MAX_UTF8_STEPS = 3;

/**
 * Decodes what was encoded for a URL or a form, byte by byte.
 *
 * In a form `+` is a space, elsewhere it is a plus sign. Both become a space, see {@link plusAsSpace}.
 *
 * @returns `undefined` if there is nothing to decode
 */
export function decodePercent(text: string): Decoded | undefined {
  return /%[\da-f]{2}|\+/i.test(text) ? decode(text, '%+', percentEscape) : undefined;
}

/** Decodes the escapes of a JSON string, also those that JSON allows and does not need. */
export function decodeJson(text: string): Decoded | undefined {
  return /\\["'\\/bfnrtu]/.test(text) ? decode(text, '\\', jsonEscape) : undefined;
}

/**
 * Decodes characters that were read as the bytes of their UTF-8, of those that a header can carry.
 *
 * @returns each of the steps that it takes: bytes beside each other may look like a character
 */
export function decodeUtf8(text: string): Decoded[] {
  const steps: Decoded[] = [];
  while (steps.length < MAX_UTF8_STEPS) {
    const before = steps.at(-1)?.text ?? text;
    const step = /[\xc2\xc3][\x80-\xbf]/.test(before)
      ? decode(before, '\xc2\xc3', utf8Pair)
      : undefined;
    if (!step) break;
    steps.push(step);
  }
  return steps;
}

/** What {@link decodePercent} does to a plus sign. */
export function plusAsSpace(text: string): string {
  return text.replaceAll('+', ' ');
}

/**
 * @param leads the one or two characters that escapes begin with
 * @param escapeAt the escape that begins at an index: its length times 65,536, plus the code that it
 * stands for; 0 if none begins there
 */
function decode(
  text: string,
  leads: string,
  escapeAt: (text: string, index: number) => number,
): Decoded | undefined {
  const lead = leads.charCodeAt(0);
  const otherLead = leads.charCodeAt(1);
  const codes = new Uint16Array(text.length);
  const origins = new Uint32Array(text.length + 1);
  let size = 0;
  let found = false;
  for (let index = 0; index < text.length; size++) {
    const code = text.charCodeAt(index);
    const escape = code === lead || code === otherLead ? escapeAt(text, index) : 0;
    origins[size] = index;
    codes[size] = escape ? escape % 0x10000 : code;
    index += escape >> 16 || 1;
    found ||= escape > 0;
  }
  if (!found) return undefined;
  origins[size] = text.length;
  let decoded = '';
  // in parts, because a call takes only so many arguments; to spread them takes five times as long
  for (let index = 0; index < size; index += 4_096) {
    const part = codes.subarray(index, Math.min(index + 4_096, size));
    decoded += String(Reflect.apply(String.fromCharCode, undefined, part));
  }
  return { text: decoded, origins };
}

function percentEscape(text: string, index: number): number {
  if (text.charCodeAt(index) === 0x2b /* + */) return (1 << 16) | 0x20;
  const byte = hexNumber(text, index + 1, index + 3);
  return byte >= 0 ? (3 << 16) | (byte === 0x2b ? 0x20 : byte) : 0;
}

const ESCAPED = '"\'\\/bfnrt';
const UNESCAPED = '"\'\\/\b\f\n\r\t';

function jsonEscape(text: string, index: number): number {
  const next = text.charCodeAt(index + 1);
  if (next === 0x75 /* u */) {
    const code = hexNumber(text, index + 2, index + 6);
    return code >= 0 ? (6 << 16) | code : 0;
  }
  const which = ESCAPED.indexOf(String.fromCharCode(next));
  return which >= 0 ? (2 << 16) | UNESCAPED.charCodeAt(which) : 0;
}

function utf8Pair(text: string, index: number): number {
  const code = text.charCodeAt(index);
  const next = text.charCodeAt(index + 1);
  return next >> 6 === 2 ? (2 << 16) | ((code & 3) << 6) | (next & 0x3f) : 0;
}

/** The number that hex digits of either case stand for; -1 if some are none. */
function hexNumber(text: string, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    const isDecimal = code >= 0x30 && code <= 0x39;
    const digit = isDecimal ? code - 0x30 : (code | 0x20) - 0x57;
    if (!isDecimal && (digit < 10 || digit > 15)) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** The bytes of a text in UTF-8, a character each, for what a header can carry. */
export function encodeUtf8(text: string): string {
  return text.replace(/[\x80-\xff]/g, (char) => {
    const code = char.charCodeAt(0);
    return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  });
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The characters of Base64 that depend on these bytes alone, when `offset` bytes come before them. */
export function innerBase64(bytes: string, offset: number): string {
  const padded = '\0'.repeat(offset) + bytes;
  let encoded = '';
  for (let at = 0; at < padded.length; at += 3) {
    const group =
      (padded.charCodeAt(at) << 16) | (padded.charCodeAt(at + 1) << 8) | padded.charCodeAt(at + 2);
    for (let shift = 18; shift >= 0; shift -= 6) encoded += BASE64.charAt((group >> shift) & 63);
  }
  return encoded.slice(...innerRange(bytes.length, offset));
}

/** From where to where the characters of Base64 depend on bytes alone that have others beside them. */
export function innerRange(length: number, offset: number): [start: number, end: number] {
  return [Math.ceil((offset * 4) / 3), Math.floor(((offset + length) * 4) / 3)];
}

/** Base64 in the alphabet for URLs and file names. */
export function forUrls(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}
