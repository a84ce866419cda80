import { describe, expect, test } from 'vitest';
import { seenChanges } from '../../docs/.vitepress/theme/playground/lag.js';
import { drawMarbles } from '../../docs/.vitepress/theme/playground/marbles.js';
import { drawPlot } from '../../docs/.vitepress/theme/playground/plot.js';
import { runWatch } from '../../docs/.vitepress/theme/playground/run.js';
import { keysOf, START, type Settings } from '../../docs/.vitepress/theme/playground/settings.js';
import {
  textWidth,
  type Drawing,
  type Shape,
} from '../../docs/.vitepress/theme/playground/shapes.js';
import { spanOf, timeAxis } from '../../docs/.vitepress/theme/playground/time-axis.js';
import { TIMELINES } from '../../docs/.vitepress/theme/playground/timelines.js';

const WIDTHS = [240, 272, 688, 1_100];
const SETTINGS: Partial<Settings>[] = [
  {},
  { latency: 5_000 },
  { timeout: 10_000 },
  { shown: 10_000 },
  { 'backoff.initialDelay': 0, 'backoff.factor': 1 },
  { 'retry.maxRetries': 0 },
  { 'backoff.initialDelay': 10_000, 'backoff.maxDelay': 60_000, 'backoff.factor': 4 },
];

function drawingsOf(settings: Settings, width: number) {
  const run = runWatch(settings);
  const axis = timeAxis(width, spanOf(run.end.at, settings.shown));
  const timeline = TIMELINES[settings.timeline];
  return {
    run,
    axis,
    marbles: drawMarbles(run, timeline, axis),
    plot: drawPlot(run, seenChanges(run, timeline), axis),
  };
}

interface Box {
  readonly words: string;
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

function boxesOf(shapes: readonly Shape[]): Box[] {
  return shapes.flatMap(({ tag, attributes, text = '' }) => {
    if (tag !== 'text') return [];
    const width = textWidth(text);
    const share = { start: 0, middle: 0.5, end: 1 }[String(attributes['text-anchor'])] ?? NaN;
    const left = Number(attributes['x']) - width * share;
    return { words: text, left, right: left + width, y: Number(attributes['y']) };
  });
}

function overlaps(boxes: readonly Box[]): string[] {
  return boxes.flatMap((box, index) =>
    boxes
      .slice(index + 1)
      .filter(
        (other) =>
          Math.abs(box.y - other.y) < 14 && box.left < other.right && other.left < box.right,
      )
      .map((other) => `${box.words} and ${other.words}`),
  );
}

/** The texts that are not inside a drawing. */
function outside({ width, height, shapes }: Drawing): string[] {
  return boxesOf(shapes)
    .filter(({ left, right, y }) => left < -2 || right > width + 2 || y < 10 || y > height)
    .map(({ words }) => words);
}

describe.each(keysOf(TIMELINES))('%s', (timeline) => {
  test.each(WIDTHS)('no texts overlap, and all are inside, with a width of %i px', (width) => {
    for (const chosen of SETTINGS) {
      const { marbles, plot } = drawingsOf({ ...START, ...chosen, timeline }, width);
      for (const drawing of [marbles, plot]) {
        expect([chosen, overlaps(boxesOf(drawing.shapes)), outside(drawing)]).toEqual([
          chosen,
          [],
          [],
        ]);
      }
    }
  });
});

test('each request is drawn at the time when it is sent', () => {
  const { run, axis, marbles } = drawingsOf({ ...START, timeline: 'outage' }, 688);
  const drawn = marbles.shapes
    .filter(({ attributes }) => String(attributes['class']).startsWith('request '))
    .flatMap(({ attributes }) => [...String(attributes['d']).matchAll(/M([\d.]+)/g)])
    .map(([, x]) => Number(x))
    .sort((a, b) => a - b);
  expect(drawn).toEqual(run.requests.map(({ sent }) => Math.round(axis.x(sent) * 100) / 100));
});

test('the picture of an hour has at most a tooth of lag for each pixel', () => {
  const { run, axis, plot } = drawingsOf({ ...START, timeline: 'hour', 'backoff.factor': 1 }, 688);
  const lag = plot.shapes.find(({ attributes }) => attributes['class'] === 'lag dense');
  const teeth = String(lag?.attributes['d']).split('z').length - 1;
  expect(run.requests.length).toBeGreaterThan(axis.width);
  expect(teeth).toBeLessThanOrEqual(axis.width);
});
