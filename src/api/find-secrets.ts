import {
  decodeJson,
  decodePercent,
  decodeUtf8,
  encodeUtf8,
  forUrls,
  innerBase64,
  innerRange,
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

/** The end of an escape, and the beginning of one: ends of a needle that text beside it may take in. */
const ENDS_ESCAPE = /^(?:u?[\da-f]{1,4}|["'\\/bfnrt\x80-\xbf])/i;
const BEGINS_ESCAPE = /(?:%[\da-f]?|\\(?:u[\da-f]{0,3})?|[\xc2\xc3])$/i;

/** Where a secret begins in a text, and where it ends. */
export interface Span {
  start: number;
  end: number;
}

/** A form of a secret to search for. */
export interface Needle {
  /** Its first characters. Most texts do not hold them, and then the whole is never made. */
  readonly anchor: string;
  /** Its last characters, if an escape may begin among them. */
  readonly ending: string;
  readonly length: number;
  readonly whole: () => string;
}

/** The forms in which a secret may occur once the escapes around it are decoded. */
export function needlesOf(secret: string): Needle[] {
  let forms = [secret];
  let encodings = [secret];
  // few secrets hold any of these, and a look at a long one costs as much as all the rest
  if (/[%+\\\x80-\xff]/.test(secret)) {
    // a cookie's value is often escaped itself, and a server quotes it decoded
    forms = [secret, ...decodedForms(secret).filter(({ length }) => length >= MIN_FORM_LENGTH)];
    // a header carries Latin-1; who encodes its value may take it for either
    encodings = [...new Set([secret, encodeUtf8(secret)])];
  }
  return [
    ...forms.map(plainNeedle),
    ...encodings.flatMap((bytes) => [0, 1, 2].flatMap((offset) => base64Needles(bytes, offset))),
  ];
}

function decodedForms(secret: string): string[] {
  const bytes = decodePercent(secret)?.text ?? secret;
  const text = decodeUtf8(bytes).at(-1)?.text ?? bytes;
  return [bytes, text, decodeJson(secret)?.text ?? secret].filter((form) => form !== secret);
}

function plainNeedle(form: string): Needle {
  return {
    anchor: form.slice(0, ANCHOR_LENGTH),
    ending: form.slice(-MAX_ESCAPE_LENGTH),
    length: form.length,
    whole: () => form,
  };
}

function base64Needles(bytes: string, offset: number): Needle[] {
  const anchor = innerBase64(bytes.slice(0, ANCHOR_LENGTH), offset).slice(0, ANCHOR_LENGTH);
  const [start, end] = innerRange(bytes.length, offset);
  if (end - start < MIN_BASE64_LENGTH) return [];
  return [(text: string) => text, forUrls].map((alphabet) => {
    let whole: string | undefined;
    return {
      anchor: alphabet(anchor),
      ending: '',
      length: end - start,
      whole: () => (whole ??= alphabet(innerBase64(bytes, offset))),
    };
  });
}

/** A needle that is found wherever the given one begins. */
export function probeFor(needle: Needle): Needle {
  const { anchor, length } = needle;
  // an ending that text beside it may take in must not lie in the anchor
  if (length < anchor.length + MAX_ESCAPE_LENGTH) return needle;
  return { anchor, ending: '', length: anchor.length, whole: () => anchor };
}

/** A text in which some encodings were decoded. */
interface Layer {
  readonly text: string;
  /** Whether a plus sign was made a space. */
  readonly plusIsSpace: boolean;
  /** Which groups of four characters it holds, if that is worth knowing. */
  readonly groups?: Uint8Array | undefined;
  /** Where each character, and the end, was in the layer before; absent for the text itself. */
  readonly origins?: Uint32Array;
  /** What this layer was decoded from; absent for the text itself. */
  readonly before?: Layer;
}

/**
 * Finds needles in a text as it is, and in what it becomes when it is decoded.
 *
 * @returns where they are in the text as it is, in any order; they may overlap
 */
export function findSecrets(text: string, needles: readonly Needle[]): Span[] {
  const spans: Span[] = [];
  let layers: Layer[] = [{ text, plusIsSpace: false }];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    for (const layer of layers) {
      const isWorthIt = needles.length > 32 && layer.text.length > 1_024;
      const searched = { ...layer, groups: isWorthIt ? groupsOf(layer.text) : undefined };
      for (const needle of needles) findInLayer(searched, needle, spans);
    }
    if (depth < MAX_DEPTH) layers = layers.flatMap(decodeLayer);
  }
  return spans;
}

function decodeLayer(before: Layer): Layer[] {
  const layers: Layer[] = [];
  const percent = decodePercent(before.text);
  if (percent) {
    let layer: Layer = { ...percent, plusIsSpace: true, before };
    layers.push(layer);
    for (const utf8 of decodeUtf8(percent.text)) {
      layers.push((layer = { ...utf8, plusIsSpace: true, before: layer }));
    }
  }
  const json = decodeJson(before.text);
  if (json) {
    const { plusIsSpace } = before;
    const text = plusIsSpace ? plusAsSpace(json.text) : json.text;
    layers.push({ ...json, text, plusIsSpace, before });
  }
  return layers;
}

function findInLayer(layer: Layer, needle: Needle, spans: Span[]): void {
  findPart(layer, needle, 0, 0, spans);
  if (!layer.before) return;
  // what stands beside the needle may have made an escape of its ends: a `%` before `be`, an `n`
  // after a backslash
  const heads = ENDS_ESCAPE.exec(needle.anchor)?.[0].length ?? 0;
  const tails = BEGINS_ESCAPE.exec(needle.ending)?.[0].length ?? 0;
  for (let head = 0; head <= heads; head++) {
    for (let tail = 0; tail <= tails; tail++) {
      if (head || tail) findPart(layer, needle, head, tail, spans);
    }
  }
}

/**
 * Finds a needle without its first `head` and its last `tail` characters, which must stand beside it in
 * a layer before.
 */
function findPart(layer: Layer, needle: Needle, head: number, tail: number, spans: Span[]): void {
  const length = needle.length - head - tail;
  if (length < 1 || length > layer.text.length) return;
  const read = layer.plusIsSpace ? plusAsSpace : (part: string) => part;
  const anchor = read(needle.anchor.slice(head, head + length));
  if (layer.groups && !mayHold(layer.groups, anchor)) return;
  const first = layer.text.indexOf(anchor);
  if (first < 0) return;
  const whole = needle.whole();
  const beginning = whole.slice(0, head);
  const ending = whole.slice(head + length);
  let last: Span | undefined;
  for (const index of indexesOf(layer.text, read(whole.slice(head, head + length)), first)) {
    const start = startOf(layer, index, beginning);
    const end = endOf(layer, index + length, ending);
    if (start === undefined || end === undefined) continue;
    // occurrences that overlap are one span
    if (last && start <= last.end) last.end = end;
    else spans.push((last = { start, end }));
  }
}

/** Where an index of a layer is in the text itself, less what stands before it in a layer between. */
function startOf(layer: Layer, index: number, beginning: string): number | undefined {
  let start = index;
  let missing = beginning;
  for (let it = layer; it.before; it = it.before) {
    start = it.origins?.[start] ?? start;
    if (start >= missing.length && it.before.text.startsWith(missing, start - missing.length)) {
      start -= missing.length;
      missing = '';
    }
  }
  return missing ? undefined : start;
}

/** Where an index of a layer is in the text itself, plus what stands after it in a layer between. */
function endOf(layer: Layer, index: number, ending: string): number | undefined {
  let end = index;
  let missing = ending;
  for (let it = layer; it.before; it = it.before) {
    end = it.origins?.[end] ?? end;
    if (it.before.text.startsWith(missing, end)) {
      end += missing.length;
      missing = '';
    }
  }
  return missing ? undefined : end;
}

/** Marks the groups of four characters in a text: one pass in place of one for each of many needles. */
function groupsOf(text: string): Uint8Array {
  const groups = new Uint8Array(GROUPS);
  for (let index = 0, group = 0; index < text.length; index++) {
    group = (group << 8) | (text.charCodeAt(index) & 0xff);
    if (index >= 3) groups[groupIndex(group)] = 1;
  }
  return groups;
}

/** Whether a text with these groups may hold a part; sometimes it does not all the same. */
function mayHold(groups: Uint8Array, part: string): boolean {
  for (let index = 0, group = 0; index < part.length; index++) {
    group = (group << 8) | (part.charCodeAt(index) & 0xff);
    if (index % 4 === 3 && !groups[groupIndex(group)]) return false;
  }
  return true;
}

/** Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4). */
function groupIndex(group: number): number {
  return Math.imul(group, 0x9e3779b1) >>> 14;
}

const GROUPS = 2 ** 18;

/**
 * Every index of a needle in a text from `first` on, also of occurrences that overlap, in time linear
 * in both (Knuth, Morris and Pratt 1977). `indexOf` takes the product of both lengths for `baaa…`.
 */
function indexesOf(text: string, needle: string, first: number): number[] {
  // for each beginning of the needle, by its length: the longest shorter one that it ends with
  const borders = new Uint32Array(needle.length + 1);
  for (let at = 1, matched = 0; at < needle.length; at++) {
    borders[at + 1] = matched = matchNext(needle, borders, matched, needle.charCodeAt(at));
  }
  const indexes: number[] = [];
  for (let at = first, matched = 0; at < text.length; at++) {
    matched = matchNext(needle, borders, matched, text.charCodeAt(at));
    if (matched === needle.length) indexes.push(at + 1 - matched);
  }
  return indexes;
}

/** How much of the needle's beginning has been read, after one more character. */
function matchNext(needle: string, borders: Uint32Array, matched: number, code: number): number {
  let length = matched;
  while (length && code !== needle.charCodeAt(length)) length = borders[length] ?? 0;
  return code === needle.charCodeAt(length) ? length + 1 : length;
}
