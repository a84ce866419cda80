/** An element of an SVG picture. */
export interface Shape {
  readonly tag: 'rect' | 'path' | 'circle' | 'text';
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly text?: string;
}

/** A picture. All lengths are CSS pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

/** The size of the text in pictures, px. */
const FONT_SIZE = 12;

export function rect(kind: string, x: number, y: number, width: number, height: number): Shape {
  const attributes = { class: kind, x: round(x), y, width: round(width), height, rx: 3 };
  return { tag: 'rect', attributes };
}

export function path(kind: string, d: string): Shape {
  return { tag: 'path', attributes: { class: kind, d } };
}

export function circle(kind: string, cx: number, cy: number, r: number): Shape {
  return { tag: 'circle', attributes: { class: kind, cx: round(cx), cy: round(cy), r } };
}

export function text(
  kind: string,
  x: number,
  y: number,
  words: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): Shape {
  const attributes = { class: kind, x: round(x), y, 'text-anchor': anchor };
  return { tag: 'text', attributes, text: words };
}

/** How wide a text is at most, px. */
export function textWidth(words: string): number {
  return words.length * FONT_SIZE * 0.58;
}

/** A length with two decimals. */
export function round(length: number): number {
  return Math.round(length * 100) / 100;
}
