import { formatDuration } from './format.js';
import { path, text, type Shape } from './shapes.js';

/** The space on the left of a picture, for the numbers of the plot, px. */
export const LEFT = 48;
/** The space on the right, px. */
const RIGHT = 20;
/** The smallest distance of two marks, px. */
const MARK_DISTANCE = 68;

const STEPS = [
  50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000,
];

/** The horizontal axis that the pictures share. */
export interface TimeAxis {
  readonly width: number;
  /** The time at the right end, ms. */
  readonly span: number;
  readonly right: number;
  readonly x: (ms: number) => number;
}

export function timeAxis(width: number, span: number): TimeAxis {
  const right = width - RIGHT;
  return { width, span, right, x: (ms) => LEFT + (ms / span) * (right - LEFT) };
}

/** The marks of the axis below a picture, and their lines through it. */
export function drawTimeAxis({ x, span, right }: TimeAxis, top: number, bottom: number): Shape[] {
  const step = STEPS.find((ms) => (ms / span) * (right - LEFT) >= MARK_DISTANCE) ?? span;
  const marks = Array.from({ length: Math.floor(span / step) + 1 }, (_, n) => n * step);
  return [
    path('grid', marks.map((ms) => `M${Math.round(x(ms)) + 0.5} ${top}V${bottom}`).join('')),
    ...marks.map((ms) => text('mark', x(ms), bottom + 18, markLabel(ms, step), 'middle')),
  ];
}

function markLabel(ms: number, step: number): string {
  if (step < 1_000) return ms === 0 ? '0 s' : `${Number((ms / 1_000).toFixed(2))} s`;
  if (step < 60_000 && ms < 600_000) return `${ms / 1_000} s`;
  return formatDuration(ms);
}

/** The time at the right end of the pictures, ms. */
export function spanOf(end: number, shown: number): number {
  return Math.min(shown, Math.max(2_000, end * 1.04));
}
