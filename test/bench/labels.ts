/** A rectangle, px. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export type Place = readonly [x: number, y: number];
export type Anchor = 'start' | 'middle' | 'end';

/** A label beside a point. */
export interface Label {
  readonly at: Place;
  readonly content: string;
  readonly fontSize: number;
}

/** Where a label is drawn: the start, middle or end of its base line. */
export interface PlacedLabel extends Label {
  readonly x: number;
  readonly y: number;
  readonly anchor: Anchor;
}

/** The width of a letter and the height above and below the base line, as parts of the font size. */
const LETTER = 0.6;
const ASCENT = 0.85;
const DESCENT = 0.25;

/** The directions and the distances from the point that are tried, px. */
const DIRECTIONS: readonly (readonly [x: number, y: number, anchor: Anchor])[] = [
  [1, 0, 'start'],
  [0.8, 0.9, 'start'],
  [0.8, -0.9, 'start'],
  [-0.8, 0.9, 'end'],
  [-0.8, -0.9, 'end'],
  [-1, 0, 'end'],
  [0, 1.3, 'middle'],
  [0, -1.1, 'middle'],
];
const DISTANCES = [9, 13, 18, 26, 36];

/** An estimate of the box of a text, which is a little too wide for the usual fonts. */
export function textBox(
  x: number,
  y: number,
  anchor: Anchor,
  content: string,
  fontSize: number,
): Box {
  const width = content.length * fontSize * LETTER;
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return {
    left,
    right: left + width,
    top: y - fontSize * ASCENT,
    bottom: y + fontSize * DESCENT,
  };
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Places labels one after another, each where it covers least: no other label, no point, no line. */
export function placeLabels(
  labels: readonly Label[],
  lines: readonly (readonly Place[])[],
  within: Box,
): PlacedLabel[] {
  const strokes = lines.flatMap((line) => strokeBoxes(line));
  const dots = lines.flat().map(([x, y]) => around(x, y, 4.5));
  const taken: Box[] = [];
  return labels.map((label) => {
    const candidates = DISTANCES.flatMap((distance) =>
      DIRECTIONS.map((direction) => candidate(label, distance, direction)),
    );
    const covered = candidates.map(({ box }) => {
      const counts = [taken, dots, strokes].map(
        (boxes) => boxes.filter((b) => overlap(box, b)).length,
      );
      const [others = 0, points = 0, strokesCut = 0] = counts;
      return (isWithin(box, within) ? 0 : 1e6) + others * 1e4 + points * 100 + strokesCut;
    });
    const best = candidates[covered.indexOf(Math.min(...covered))];
    if (!best) throw new Error('a label has no candidates');
    taken.push(best.box);
    return best.placed;
  });
}

function candidate(
  label: Label,
  distance: number,
  [dx, dy, anchor]: readonly [number, number, Anchor],
): { readonly box: Box; readonly placed: PlacedLabel } {
  const { at, content, fontSize } = label;
  const x = round(at[0] + dx * distance);
  const y = round(at[1] + dy * distance + fontSize * 0.33);
  return { box: textBox(x, y, anchor, content, fontSize), placed: { ...label, x, y, anchor } };
}

/** Small boxes along a line. */
function strokeBoxes(line: readonly Place[]): Box[] {
  return line.slice(1).flatMap(([x, y], at) => {
    const [fromX, fromY] = line[at] ?? [x, y];
    const steps = Math.ceil(Math.hypot(x - fromX, y - fromY) / 3);
    return Array.from({ length: steps }, (_, step) =>
      around(fromX + ((x - fromX) * step) / steps, fromY + ((y - fromY) * step) / steps, 1.5),
    );
  });
}

function around(x: number, y: number, radius: number): Box {
  return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
}

function isWithin(box: Box, { left, right, top, bottom }: Box): boolean {
  return box.left >= left && box.right <= right && box.top >= top && box.bottom <= bottom;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
