import { placeLabels, type Label, type Place } from './labels.js';

/** Requests and lag of one schedule, and its label. */
export interface Point {
  /** The mean number of requests per task. */
  readonly requests: number;
  /** The mean lag, s. */
  readonly lag: number;
  readonly label?: string;
  /** Whether this is the library's default. */
  readonly marked?: boolean;
}

/** Schedules of one kind, which a line connects. */
export interface Line {
  readonly name: string;
  /** Fixed intervals have a dashed line, the optimum has a wide one without points. */
  readonly style: 'fixed' | 'optimum' | 'hue';
  readonly points: readonly Point[];
}

/** A logarithmic axis. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** A picture of requests against lag. */
export interface Picture {
  readonly title: string;
  readonly lags: Axis;
  readonly requests: Axis;
  readonly lagText: string;
  readonly lines: readonly Line[];
}

const WIDTH = 760;
const HEIGHT = 470;
const LEFT = 64;
const RIGHT = 640;
const TOP = 46;
const BOTTOM = 410;

const FONT_SIZE = { name: 12, title: 12, small: 11 };

const STYLE = `<style>
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .page { fill: #ffffff; }
  .title { font-weight: 600; }
  .small { font-size: 11px; fill: #59636e; }
  .middle { text-anchor: middle; } .end { text-anchor: end; }
  .grid { stroke: #d1d9e0; }
  .line { fill: none; stroke-width: 1.5; } .dot { stroke: none; }
  .line.fixed { stroke: #59636e; stroke-dasharray: 5 4; } .dot.fixed, .name.fixed { fill: #59636e; }
  .line.optimum { stroke: #1f2328; stroke-width: 2.5; } .name.optimum { fill: #1f2328; }
  .line.l1 { stroke: #1a7f37; } .dot.l1, .name.l1 { fill: #1a7f37; }
  .line.l2 { stroke: #0969da; } .dot.l2, .name.l2 { fill: #0969da; }
  .line.l3 { stroke: #9a6700; } .dot.l3, .name.l3 { fill: #9a6700; }
  .line.l4 { stroke: #cf222e; } .dot.l4, .name.l4 { fill: #cf222e; }
  .ring { fill: none; stroke: #1f2328; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .page { fill: #0d1117; } .small { fill: #9198a1; } .grid { stroke: #3d444d; }
    .line.fixed { stroke: #9198a1; } .dot.fixed, .name.fixed { fill: #9198a1; }
    .line.optimum { stroke: #f0f6fc; } .name.optimum { fill: #f0f6fc; }
    .line.l1 { stroke: #3fb950; } .dot.l1, .name.l1 { fill: #3fb950; }
    .line.l2 { stroke: #4493f8; } .dot.l2, .name.l2 { fill: #4493f8; }
    .line.l3 { stroke: #d29922; } .dot.l3, .name.l3 { fill: #d29922; }
    .line.l4 { stroke: #f85149; } .dot.l4, .name.l4 { fill: #f85149; }
    .ring { stroke: #f0f6fc; }
  }
</style>`;

/** Requests per task against lag, both on a logarithmic scale, as an SVG. */
export function draw(picture: Picture): string {
  const { title, lags, requests, lagText, lines } = picture;
  let hues = 0;
  const drawn = lines.map((line) => ({
    ...line,
    hue: line.style === 'hue' ? `l${++hues}` : line.style,
    places: line.points.map((point): Place => [x(picture, point.lag), y(picture, point.requests)]),
  }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${title}</title>`,
    STYLE,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    text(LEFT, 24, 'title', title),
    ...lags.ticks.flatMap((lag) => [
      path('grid', [x(picture, lag), TOP], [x(picture, lag), BOTTOM]),
      text(x(picture, lag), BOTTOM + 18, 'small middle', `${lag} s`),
    ]),
    ...requests.ticks.flatMap((count) => [
      path('grid', [LEFT, y(picture, count)], [RIGHT, y(picture, count)]),
      text(LEFT - 8, y(picture, count) + 4, 'small end', String(count)),
    ]),
    text((LEFT + RIGHT) / 2, BOTTOM + 40, 'middle', lagText),
    `<text class="middle" transform="translate(18 ${(TOP + BOTTOM) / 2}) rotate(-90)">mean number of requests per task</text>`,
    ...drawn.flatMap(drawLine),
    ...drawLabels(drawn),
    '</svg>',
    '',
  ].join('\n');
}

interface DrawnLine extends Line {
  readonly hue: string;
  readonly places: readonly Place[];
}

function drawLine({ style, hue, places, points }: DrawnLine): string[] {
  return [
    path(`line ${hue}`, ...places),
    ...points.flatMap(({ marked }, at) => {
      const [cx, cy] = places[at] ?? [0, 0];
      return [
        ...(style === 'optimum'
          ? []
          : [`<circle class="dot ${hue}" cx="${cx}" cy="${cy}" r="3.5"/>`]),
        ...(marked ? [`<circle class="ring" cx="${cx}" cy="${cy}" r="7.5"/>`] : []),
      ];
    }),
  ];
}

/** The names of the lines first, because a wrong place of a name misleads more. */
function drawLabels(lines: readonly DrawnLine[]): string[] {
  const names = lines.map(({ name, hue, style, places }) => ({
    at: places.at(style === 'fixed' ? 0 : -1) ?? ([0, 0] as const),
    content: name,
    fontSize: FONT_SIZE.name,
    style: `name ${hue}`,
  }));
  const points = lines.flatMap(({ points, places }) =>
    points.flatMap(({ label, marked }, at) => {
      const place = places[at];
      if (label === undefined || !place) return [];
      const style = marked ? 'title' : 'small';
      return [{ at: place, content: label, fontSize: FONT_SIZE[style], style }];
    }),
  );
  const labels: (Label & { readonly style: string })[] = [
    ...names,
    ...points.filter(({ style }) => style === 'title'),
    ...points.filter(({ style }) => style !== 'title'),
  ];
  const within = { left: LEFT + 2, right: WIDTH, top: TOP - 14, bottom: BOTTOM - 2 };
  return placeLabels(
    labels,
    lines.map(({ places }) => places),
    within,
  ).map(({ x, y, anchor, content }, at) => {
    const { style } = labels[at] ?? { style: '' };
    return text(x, y, anchor === 'start' ? style : `${style} ${anchor}`, content);
  });
}

function x({ lags }: Picture, lag: number): number {
  return scale(lag, lags, LEFT, RIGHT);
}

function y({ requests }: Picture, count: number): number {
  return scale(count, requests, BOTTOM, TOP);
}

function scale(value: number, { low, high }: Axis, from: number, to: number): number {
  const part = Math.log(value / low) / Math.log(high / low);
  return Math.round((from + part * (to - from)) * 10) / 10;
}

function path(style: string, ...places: readonly Place[]): string {
  return `<path class="${style}" d="M${places.map(([px, py]) => `${px} ${py}`).join('L')}"/>`;
}

function text(px: number, py: number, style: string, content: string): string {
  return `<text class="${style}" x="${px}" y="${py}">${content}</text>`;
}
