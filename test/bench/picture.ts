import type { Outcome } from './trade-off.js';

/** Schedules of one kind, which a line connects. */
export interface Line {
  readonly name: string;
  /** Whether these are fixed intervals, which are drawn in another way. */
  readonly fixed: boolean;
  readonly points: readonly Point[];
}

/** One schedule, and its label. */
export interface Point {
  readonly outcome: Outcome;
  readonly label?: string;
  /** Whether this is the library's default. */
  readonly marked?: boolean;
}

const WIDTH = 760;
const HEIGHT = 470;
const LEFT = 64;
const RIGHT = 640;
const TOP = 46;
const BOTTOM = 410;

const LAGS = { low: 0.4, high: 10, ticks: [0.5, 1, 2, 5, 10] };
const REQUESTS = { low: 8, high: 160, ticks: [10, 20, 50, 100] };

const STYLE = `<style>
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .page { fill: #ffffff; }
  .title { font-weight: 600; }
  .small { font-size: 11px; fill: #59636e; }
  .middle { text-anchor: middle; } .end { text-anchor: end; }
  .grid { stroke: #d1d9e0; }
  .line { fill: none; stroke-width: 1.5; } .dot { stroke: none; }
  .line.fixed { stroke: #59636e; stroke-dasharray: 5 4; } .dot.fixed, .name.fixed { fill: #59636e; }
  .line.l1 { stroke: #1a7f37; } .dot.l1, .name.l1 { fill: #1a7f37; }
  .line.l2 { stroke: #0969da; } .dot.l2, .name.l2 { fill: #0969da; }
  .line.l3 { stroke: #9a6700; } .dot.l3, .name.l3 { fill: #9a6700; }
  .line.l4 { stroke: #cf222e; } .dot.l4, .name.l4 { fill: #cf222e; }
  .ring { fill: none; stroke: #1f2328; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .page { fill: #0d1117; } .small { fill: #9198a1; } .grid { stroke: #3d444d; }
    .line.fixed { stroke: #9198a1; } .dot.fixed, .name.fixed { fill: #9198a1; }
    .line.l1 { stroke: #3fb950; } .dot.l1, .name.l1 { fill: #3fb950; }
    .line.l2 { stroke: #4493f8; } .dot.l2, .name.l2 { fill: #4493f8; }
    .line.l3 { stroke: #d29922; } .dot.l3, .name.l3 { fill: #d29922; }
    .line.l4 { stroke: #f85149; } .dot.l4, .name.l4 { fill: #f85149; }
    .ring { stroke: #f0f6fc; }
  }
</style>`;

/** Requests per task against lag, both on a logarithmic scale, as an SVG. */
export function draw(title: string, lines: readonly Line[]): string {
  let hues = 0;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${title}</title>`,
    STYLE,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    text(LEFT, 24, 'title', title),
    ...LAGS.ticks.map((lag) => path('grid', [x(lag), TOP], [x(lag), BOTTOM])),
    ...LAGS.ticks.map((lag) => text(x(lag), BOTTOM + 18, 'small middle', `${lag} s`)),
    ...REQUESTS.ticks.map((count) => path('grid', [LEFT, y(count)], [RIGHT, y(count)])),
    ...REQUESTS.ticks.map((count) => text(LEFT - 8, y(count) + 4, 'small end', String(count))),
    text(
      (LEFT + RIGHT) / 2,
      BOTTOM + 40,
      'middle',
      'mean time from a change of status until it is seen',
    ),
    `<text class="middle" transform="translate(18 ${(TOP + BOTTOM) / 2}) rotate(-90)">mean number of requests per task</text>`,
    ...lines.flatMap((line) => drawLine(line, line.fixed ? 'fixed' : `l${++hues}`)),
    '</svg>',
    '',
  ].join('\n');
}

function drawLine({ name, fixed, points }: Line, hue: string): string[] {
  const places = points.map(({ outcome }) => [x(outcome.lag), y(outcome.requests)] as const);
  const [endX, endY] = places.at(fixed ? 0 : -1) ?? [0, 0];
  return [
    path(`line ${hue}`, ...places),
    ...points.flatMap(({ label, marked }, at) => {
      const [cx, cy] = places[at] ?? [0, 0];
      return [
        `<circle class="dot ${hue}" cx="${cx}" cy="${cy}" r="3.5"/>`,
        ...(marked ? [`<circle class="ring" cx="${cx}" cy="${cy}" r="7.5"/>`] : []),
        ...(label === undefined ? [] : [drawLabel(label, cx, cy, fixed, marked)]),
      ];
    }),
    text(endX + (fixed ? 38 : 9), endY + (fixed ? -7 : 4), `name ${hue}`, name),
  ];
}

/** Labels are on the side without lines: above fixed intervals, below the others. */
function drawLabel(label: string, cx: number, cy: number, fixed: boolean, marked = false): string {
  if (fixed) return text(cx + 7, cy - 7, 'small', label);
  return marked
    ? text(cx - 12, cy + 22, 'title end', label)
    : text(cx - 7, cy + 14, 'small end', label);
}

function x(lag: number): number {
  return scale(lag, LAGS, LEFT, RIGHT);
}

function y(requests: number): number {
  return scale(requests, REQUESTS, BOTTOM, TOP);
}

function scale(value: number, { low, high }: typeof LAGS, from: number, to: number): number {
  const part = Math.log(value / low) / Math.log(high / low);
  return Math.round((from + part * (to - from)) * 10) / 10;
}

function path(style: string, ...places: readonly (readonly [number, number])[]): string {
  return `<path class="${style}" d="M${places.map(([px, py]) => `${px} ${py}`).join('L')}"/>`;
}

function text(px: number, py: number, style: string, content: string): string {
  return `<text class="${style}" x="${px}" y="${py}">${content}</text>`;
}
