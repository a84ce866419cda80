import { text, textWidth, type Shape } from './shapes.js';

/** A text below a mark. */
interface Label {
  readonly x: number;
  readonly words: string;
}

/** The height of a level, px. */
export const LEVEL_HEIGHT = 15;
const GAP = 6;

/**
 * Places texts below their marks, on the first of several levels where they do not overlap. A text for
 * which there is no room is left out.
 */
export function placeLabels(
  labels: readonly Label[],
  y: number,
  left: number,
  right: number,
  levels: number,
): Shape[] {
  const ends: number[] = Array.from({ length: levels }, () => -Infinity);
  const placed: Shape[] = [];
  for (const { x, words } of labels) {
    const half = textWidth(words) / 2;
    const middle = Math.max(left + half, Math.min(x, right - half));
    const level = ends.findIndex((end) => end + GAP <= middle - half);
    if (level < 0) continue;
    ends[level] = middle + half;
    placed.push(text('label', middle, y + level * LEVEL_HEIGHT, words, 'middle'));
  }
  return placed;
}
