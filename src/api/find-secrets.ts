import {
  type Decoded,
  decodeUtf8,
  decodings,
  encodeUtf8,
  forUrls,
  innerBase64,
  MAX_ESCAPE_LENGTH,
  plusAsSpace,
} from './encodings.js';

/** How many characters of a needle `indexOf` searches for: it is slow for some long needles. */
const ANCHOR_LENGTH = 12;

/** Base64 that is shorter than this is not searched for, because it occurs in ordinary words. */
const MIN_BASE64_LENGTH = 4;

/** A decoded form of a secret that is shorter than this is not searched for, for the same reason. */
const MIN_FORM_LENGTH = 8;

/** How many nested encodings are decoded, such as a URL in JSON. */
const MAX_DEPTH = 2;

/** The greatest length of a needle's anchor in a text in which it is escaped twice. */
export const MAX_PROBE_LENGTH = ANCHOR_LENGTH * 2 * MAX_ESCAPE_LENGTH ** 2;

/** With more needles than this, one pass over a long text first rules out those it cannot contain. */
const MANY = 32;

/** The beginning of a secret that an escape before it may consume: `be` after `%`, `n` after `\`. */
const HEAD = /^\\*(?:u?[\da-f]{1,4}|[^])/i;

/** How far before the rest of a secret such an escape can begin, in decoded characters. */
const REACH = MAX_DEPTH * MAX_ESCAPE_LENGTH;

/** Where a secret is in a text. `end` is exclusive. */
export interface Span {
  start: number;
  end: number;
}

/** A form of a secret to search for. */
export interface Needle {
  /** Its first characters. Most texts do not contain them, so that `whole` is rarely called. */
  readonly anchor: string;
  /** A text that is shorter than this cannot contain the needle. */
  readonly length: number;
  readonly whole: () => string;
}

/** The forms in which a secret can occur in a decoded text: as it is, decoded, and in Base64. */
export function needlesOf(secret: string): Needle[] {
  // the value of a cookie is often escaped, or the bytes of UTF-8, and a server may quote it decoded
  const forms = [...decodings(secret).map(({ text }) => text), decodeUtf8(secret)].filter(
    (form) => form !== secret && form.length >= MIN_FORM_LENGTH,
  );
  const needles: Needle[] = [secret, ...forms].map((form) => ({
    anchor: form.slice(0, ANCHOR_LENGTH),
    length: form.length,
    whole: () => form,
  }));
  // Base64 of a header value may encode its Latin-1 bytes or its UTF-8 bytes
  for (const bytes of new Set([secret, encodeUtf8(secret)])) {
    for (const offset of [0, 1, 2]) {
      for (const alphabet of [String, forUrls]) {
        const inner = (text: string): string => alphabet(innerBase64(text, offset));
        const anchor = inner(bytes.slice(0, ANCHOR_LENGTH)).slice(0, ANCHOR_LENGTH);
        // a lower bound: Base64 is longer than the bytes that it encodes
        const length = Math.max(anchor.length, bytes.length);
        if (anchor.length < MIN_BASE64_LENGTH) continue;
        needles.push({ anchor, length, whole: () => inner(bytes) });
      }
    }
  }
  return needles;
}

/** A needle for the anchor alone: it is found wherever the given needle begins. */
export function probeFor({ anchor }: Needle): Needle {
  return { anchor, length: anchor.length, whole: () => anchor };
}

/** A text after up to `MAX_DEPTH` decodings. The original text has neither `origins` nor `before`. */
interface Layer extends Partial<Decoded> {
  readonly text: string;
  readonly before?: Layer;
}

/**
 * Finds needles in a text and in its decodings.
 *
 * @returns where they are in the original text, in any order; spans may overlap
 */
export function findSecrets(text: string, needles: readonly Needle[]): Span[] {
  const spans: Span[] = [];
  let layers: Layer[] = [{ text }];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    for (const layer of layers) {
      const isLong = needles.length > MANY && layer.text.length > MANY ** 2;
      const groups = isLong ? groupsOf(layer.text) : undefined;
      for (const needle of needles) findInLayer(layer, needle, text, groups, spans);
    }
    layers =
      depth < MAX_DEPTH
        ? layers.flatMap((before) => decodings(before.text).map((it) => ({ ...it, before })))
        : [];
  }
  return spans;
}

function findInLayer(
  layer: Layer,
  needle: Needle,
  source: string,
  groups: Uint8Array | undefined,
  spans: Span[],
): void {
  const { text, before } = layer;
  const read = before ? plusAsSpace : String;
  // the rest is searched for, in case that escapes before it spoil the head, one in each encoding
  let head = '';
  for (let it = before; it; it = it.before) {
    head += HEAD.exec(needle.anchor.slice(head.length))?.[0] ?? '';
  }
  // one character is found anywhere
  head = head.slice(0, needle.length - (needle.length < MIN_FORM_LENGTH ? 1 : 2));
  const anchor = read(needle.anchor.slice(head.length));
  const first = groups && !mayHold(groups, anchor) ? -1 : text.indexOf(anchor);
  if (first < 0) return;
  const rest = read(needle.whole().slice(head.length));
  let last: Span | undefined;
  for (const index of indexesOf(text, rest, first)) {
    const start = startOf(layer, source, index, read(head));
    if (start === undefined) continue;
    const end = placeOf(layer, index + rest.length);
    // overlapping occurrences become one span
    if (last && start <= last.end) {
      last.start = Math.min(last.start, start);
      last.end = end;
    } else spans.push((last = { start, end }));
  }
}

/**
 * Where a secret begins in the original text: with the `head` before an index. If another text is there,
 * an escape has consumed the head. Then the secret begins with the first escape in reach: this may mask
 * too much, but shows no secret.
 */
function startOf(layer: Layer, source: string, index: number, head: string): number | undefined {
  const start = index - head.length;
  if (layer.text.slice(0, index).endsWith(head)) return placeOf(layer, start);
  const from = placeOf(layer, Math.max(0, start - REACH));
  const escape = source.slice(from, placeOf(layer, index)).search(/[%\\]/);
  return escape < 0 ? undefined : from + escape;
}

/** Converts an index of a layer to an index of the original text. */
function placeOf(layer: Layer, index: number): number {
  let place = index;
  for (let it = layer; it.before; it = it.before) place = it.origins?.[place] ?? place;
  return place;
}

/**
 * Every index of a needle in a text from `first` on, including overlapping occurrences.
 *
 * The time is linear in both lengths (Knuth, Morris and Pratt 1977). With `indexOf` it can be their
 * product, for example for the needle `baaa…`.
 */
function indexesOf(text: string, needle: string, first: number): number[] {
  const { length } = needle;
  const indexes: number[] = [];
  // borders[n]: the length of the longest shorter prefix that the first n characters also end with
  const borders = new Uint32Array(length + 1);
  let matched = 0;
  // reads the needle from its second character on, then the text
  for (let at = 1; at < length + text.length - first; at++) {
    if (at === length) matched = 0;
    const code = at < length ? needle.charCodeAt(at) : text.charCodeAt(first + at - length);
    while (matched && code !== needle.charCodeAt(matched)) matched = borders[matched] || 0;
    if (code === needle.charCodeAt(matched)) matched++;
    if (at < length) borders[at + 1] = matched;
    else if (matched === length) indexes.push(first + at + 1 - 2 * length);
  }
  return indexes;
}

/** Marks the groups of four characters that a text contains, in one pass for all needles. */
function groupsOf(text: string): Uint8Array {
  const groups = new Uint8Array(2 ** 18);
  eachGroup(text, (group) => (groups[group] = 1));
  return groups;
}

/** Whether a text with these groups can contain `part`. `true` can be wrong, `false` cannot. */
function mayHold(groups: Uint8Array, part: string): boolean {
  let missing = false;
  eachGroup(part, (group) => (missing ||= !groups[group]));
  return !missing;
}

function eachGroup(text: string, visit: (group: number) => void): void {
  for (let index = 0, group = 0; index < text.length; index++) {
    group = (group << 8) | (text.charCodeAt(index) & 0xff);
    // Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4)
    if (index > 2) visit(Math.imul(group, 0x9e3779b1) >>> 14);
  }
}
