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

/** How much of a needle `indexOf` searches for: with some long needles it is slow. */
const ANCHOR_LENGTH = 12;

/** Base64 of fewer characters than this says too little, and is found in ordinary words. */
const MIN_BASE64_LENGTH = 4;

/** A secret is not searched for in a form that its own escapes make shorter than this. */
const MIN_FORM_LENGTH = 8;

/** How many encodings are decoded one after the other: a URL in JSON. */
const MAX_DEPTH = 2;

/** How long the beginning of a needle may be in a text, if it is escaped twice. */
export const MAX_PROBE_LENGTH = ANCHOR_LENGTH * 2 * MAX_ESCAPE_LENGTH ** 2;

/** With more needles than this, a pass over a long text tells which of them it cannot hold. */
const MANY = 32;

/** What text before it may make an escape of: `be` after a `%`, or `n` after a backslash. */
const ENDS_ESCAPE = /^(?:u?[\da-f]{1,4}|["'\\/bfnrt\x80-\xbf])/i;

/** Where a secret begins in a text, and where it ends. */
export interface Span {
  start: number;
  end: number;
}

/** A form of a secret to search for. */
export interface Needle {
  /** Its first characters. Most texts do not hold them, and then the whole is never made. */
  readonly anchor: string;
  readonly length: number;
  readonly whole: () => string;
}

/** The forms in which a secret may occur once the escapes around it are decoded. */
export function needlesOf(secret: string): Needle[] {
  // a cookie's value is often escaped itself, or the bytes of UTF-8, and a server quotes it decoded
  const forms = [...decodings(secret).map(({ text }) => text), decodeUtf8(secret)].filter(
    (form) => form !== secret && form.length >= MIN_FORM_LENGTH,
  );
  const needles: Needle[] = [secret, ...forms].map((form) => ({
    anchor: form.slice(0, ANCHOR_LENGTH),
    length: form.length,
    whole: () => form,
  }));
  // a header carries Latin-1; who encodes its value may take it for either
  for (const bytes of new Set([secret, encodeUtf8(secret)])) {
    for (const offset of [0, 1, 2]) {
      for (const alphabet of [String, forUrls]) {
        const inner = (text: string): string => alphabet(innerBase64(text, offset));
        const anchor = inner(bytes.slice(0, ANCHOR_LENGTH)).slice(0, ANCHOR_LENGTH);
        // about as long: all that is told by it is whether a text is too short
        const length = Math.max(anchor.length, bytes.length);
        if (anchor.length < MIN_BASE64_LENGTH) continue;
        needles.push({ anchor, length, whole: () => inner(bytes) });
      }
    }
  }
  return needles;
}

/** A needle that is found wherever the given one begins. */
export function probeFor({ anchor }: Needle): Needle {
  return { anchor, length: anchor.length, whole: () => anchor };
}

/** A text after some encodings were decoded; the text itself has neither origins nor a layer before. */
interface Layer extends Partial<Decoded> {
  readonly text: string;
  readonly before?: Layer;
}

/**
 * Finds needles in a text as it is, and in what it becomes when it is decoded.
 *
 * @returns where they are in the text as it is, in any order; they may overlap
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
  // the rest is searched for, in case that an escape took in some of these
  const head = (before && ENDS_ESCAPE.exec(needle.anchor)?.[0].slice(0, needle.length - 1)) ?? '';
  const anchor = read(needle.anchor.slice(head.length));
  const first = groups && !mayHold(groups, anchor) ? -1 : text.indexOf(anchor);
  if (first < 0) return;
  const rest = read(needle.whole().slice(head.length));
  let last: Span | undefined;
  for (const index of indexesOf(text, rest, first)) {
    const start = startOf(layer, source, index, head);
    if (start === undefined) continue;
    const end = placeOf(layer, index + rest.length);
    // occurrences that overlap are one span
    if (last && start <= last.end) last.end = end;
    else spans.push((last = { start, end }));
  }
}

/**
 * Where the `head` that stands before an index begins in the text itself; `undefined` if it does not
 * stand there. An escape may have taken in some of its characters, which are in the text itself then.
 */
function startOf(layer: Layer, source: string, index: number, head: string): number | undefined {
  for (let taken = 0; taken <= head.length; taken++) {
    const start = placeOf(layer, index - head.length + taken);
    const isHere =
      layer.text.slice(0, index).endsWith(head.slice(taken)) &&
      source.slice(0, start).endsWith(head.slice(0, taken));
    if (isHere) return start - taken;
  }
  return undefined;
}

/** Where an index of a layer is in the text itself. */
function placeOf(layer: Layer, index: number): number {
  let place = index;
  for (let it = layer; it.before; it = it.before) place = it.origins?.[place] ?? place;
  return place;
}

/**
 * Every index of a needle in a text from `first` on, also of occurrences that overlap, in time linear
 * in both (Knuth, Morris and Pratt 1977). `indexOf` takes the product of both lengths for `baaa…`.
 */
function indexesOf(text: string, needle: string, first: number): number[] {
  const { length } = needle;
  const indexes: number[] = [];
  // for each beginning of the needle, by its length: the longest shorter one that it ends with
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

/** Marks the groups of four characters in a text: one pass in place of one for each of many needles. */
function groupsOf(text: string): Uint8Array {
  const groups = new Uint8Array(2 ** 18);
  eachGroup(text, (group) => (groups[group] = 1));
  return groups;
}

/** Whether a text with these groups may hold a part; sometimes it does not all the same. */
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
