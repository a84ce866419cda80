/** A text after the escapes of one kind were decoded. */
export interface Decoded {
  readonly text: string;
  /** For each index of `text`, and for its end, the index in the text before decoding. */
  readonly origins: Uint32Array;
}

/** The length of the longest escape of one character: `\u002f`, `%C3%A9`. */
export const MAX_ESCAPE_LENGTH = 6;

/** A header value is Latin-1. In a URL, its characters are one byte each, or in UTF-8 up to two. */
const PERCENT_ESCAPE = /%c[23]%[89ab][\da-f]|%[\da-f]{2}|\+/gi;
const JSON_ESCAPE = /\\(?:u[\da-f]{4}|["'\\/bfnrt])/gi;

/**
 * Decodes a text as part of a URL, and as part of a JSON string.
 *
 * A form encodes a space as `+`, but the path of a URL may contain a real plus sign. So both become a
 * space here, and with {@link plusAsSpace} also in the secrets.
 *
 * @returns a decoding only if it changes the text
 */
export function decodings(text: string): Decoded[] {
  return [...decode(text, PERCENT_ESCAPE, fromPercent), ...decode(text, JSON_ESCAPE, fromJson)];
}

/** Replaces each plus sign by a space, as {@link decodings} does. */
export function plusAsSpace(text: string): string {
  return text.replaceAll('+', ' ');
}

function fromPercent(escape: string): string {
  const code = parseInt(escape.slice(-2), 16);
  // in UTF-8 the second byte has the lower six bits of the character, the first byte the others
  const isLatin1 = escape.length > 3 && /3%/.test(escape);
  return escape === '+' ? ' ' : String.fromCharCode(isLatin1 ? code + 0x40 : code);
}

function fromJson(escape: string): string {
  const letter = escape.charAt(1);
  return escape.length > 2
    ? String.fromCharCode(parseInt(escape.slice(2), 16))
    : '\b\f\n\r\t'.charAt('bfnrt'.indexOf(letter)) || letter;
}

/**
 * Decodes the escapes in a text.
 *
 * @param character returns the character of an escape
 * @returns an empty array if the text has no escapes
 */
function decode(
  text: string,
  escapes: RegExp,
  character: (escape: string) => string,
): [] | [Decoded] {
  let origins: Uint32Array | undefined;
  let size = 0;
  let saved = 0;
  const fillTo = (end: number): void => {
    origins ??= new Uint32Array(text.length + 1);
    for (; size <= end; size++) origins[size] = size + saved;
  };
  const decoded = text.replace(escapes, (escape, index: number) => {
    fillTo(index - saved);
    saved += escape.length - 1;
    return character(escape);
  });
  if (!origins) return [];
  fillTo(text.length - saved);
  return [{ text: plusAsSpace(decoded), origins }];
}

/** Encodes a Latin-1 text as UTF-8. The result has one character for each byte. */
export function encodeUtf8(text: string): string {
  return text.replace(/[\x80-\xff]/g, (char) =>
    char < '\xc0' ? `\xc2${char}` : `\xc3${String.fromCharCode(char.charCodeAt(0) - 0x40)}`,
  );
}

/** A text in place of its bytes in UTF-8, as far as it is Latin-1. */
export function decodeUtf8(bytes: string): string {
  return bytes.replace(/[\xc2\xc3][\x80-\xbf]/g, (pair) =>
    String.fromCharCode(pair.charCodeAt(1) + (pair < '\xc3' ? 0 : 0x40)),
  );
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The Base64 characters that depend only on these bytes, if `offset` other bytes come before them. */
export function innerBase64(bytes: string, offset: number): string {
  const padded = '\0'.repeat(offset) + bytes;
  let encoded = '';
  for (let at = 0; at < padded.length; at += 3) {
    const group =
      (padded.charCodeAt(at) << 16) | (padded.charCodeAt(at + 1) << 8) | padded.charCodeAt(at + 2);
    for (let shift = 18; shift >= 0; shift -= 6) encoded += BASE64.charAt((group >> shift) & 63);
  }
  return encoded.slice(Math.ceil((offset * 4) / 3), Math.floor((padded.length * 4) / 3));
}

/** Converts Base64 to Base64url. */
export function forUrls(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}
