import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { overlap, placeLabels, textBox, type Anchor, type Box } from './labels.js';

const PAGE: Box = { left: 0, right: 400, top: 0, bottom: 400 };

/** The boxes of the horizontal texts of a picture. */
function boxesOf(svg: string): { content: string; box: Box }[] {
  const texts = svg.matchAll(/<text class="([^"]*)" x="([^"]*)" y="([^"]*)">([^<]*)</g);
  return [...texts].map(([, style = '', x, y, content = '']) => {
    const anchor: Anchor = /\bmiddle\b/.test(style)
      ? 'middle'
      : /\bend\b/.test(style)
        ? 'end'
        : 'start';
    const fontSize = /\bsmall\b/.test(style) ? 11 : 12;
    return { content, box: textBox(Number(x), Number(y), anchor, content, fontSize) };
  });
}

function dotsOf(svg: string): Box[] {
  return [...svg.matchAll(/<circle class="dot[^"]*" cx="([^"]*)" cy="([^"]*)"/g)].map(
    ([, x, y]) => ({
      left: Number(x) - 3,
      right: Number(x) + 3,
      top: Number(y) - 3,
      bottom: Number(y) + 3,
    }),
  );
}

test('labels of neighbouring points do not overlap', () => {
  const labels = Array.from({ length: 6 }, (_, at) => ({
    at: [200 + at * 4, 200] as const,
    content: 'a label',
    fontSize: 12,
  }));
  const placed = placeLabels(labels, [], PAGE).map(({ x, y, anchor, content, fontSize }) =>
    textBox(x, y, anchor, content, fontSize),
  );
  for (const [at, box] of placed.entries()) {
    for (const other of placed.slice(at + 1)) expect(overlap(box, other)).toBe(false);
  }
});

test('a label does not cover the line through its point', () => {
  const line = [
    [0, 200],
    [400, 200],
  ] as const;
  const [placed] = placeLabels([{ at: [200, 200], content: 'x', fontSize: 12 }], [line], PAGE);
  const box = textBox(placed!.x, placed!.y, placed!.anchor, 'x', 12);
  expect(box.top > 200 || box.bottom < 200).toBe(true);
});

test.each(['docs/trade-off.svg', 'docs/learned.svg'])('no labels of %s overlap', (path) => {
  const svg = readFileSync(path, 'utf8');
  const boxes = boxesOf(svg);
  expect(boxes.length).toBeGreaterThan(10);
  for (const [at, { content, box }] of boxes.entries()) {
    const others = boxes.slice(at + 1).filter((other) => overlap(box, other.box));
    expect(others.map((other) => `${content} and ${other.content}`)).toEqual([]);
    expect(
      dotsOf(svg).filter((dot) => overlap(box, dot)),
      content,
    ).toEqual([]);
  }
});

test.each(['docs/trade-off.svg', 'docs/learned.svg'])('%s has colours for a dark page', (path) => {
  const svg = readFileSync(path, 'utf8');
  const [light = '', dark = ''] = svg.split('@media (prefers-color-scheme: dark)');
  const styles = (css: string): string[] =>
    [...css.matchAll(/(\.(?:line|name|dot)\.\w+)/g)].map(([, style = '']) => style);
  expect(styles(light).length).toBeGreaterThan(5);
  expect(new Set(styles(dark.split('</style>')[0] ?? ''))).toEqual(new Set(styles(light)));
});
