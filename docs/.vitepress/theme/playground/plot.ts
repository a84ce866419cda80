import { formatCount, formatDuration } from './format.js';
import { sightings, type SeenChange } from './lag.js';
import type { Run } from './run.js';
import { circle, path, round, text, type Drawing, type Shape } from './shapes.js';
import { drawTimeAxis, LEFT, type TimeAxis } from './time-axis.js';

const NAME_HEIGHT = 30;
const PANEL_HEIGHT = 84;
const PANEL_DISTANCE = 14;

/** A vertical scale from 0 to `max`. */
interface Scale {
  readonly max: number;
  readonly y: (value: number) => number;
}

/** A tooth of the lag: a change at `from` is seen at `to`. */
interface Tooth {
  readonly from: number;
  readonly to: number;
}

/** The requests so far, and below it the lag, over time. */
export function drawPlot(run: Run, changes: readonly SeenChange[], axis: TimeAxis): Drawing {
  const bottom = NAME_HEIGHT + PANEL_HEIGHT;
  const lagTop = bottom + PANEL_DISTANCE + NAME_HEIGHT;
  const lagBottom = lagTop + PANEL_HEIGHT;
  return {
    width: axis.width,
    height: lagBottom + 24,
    shapes: [
      ...drawTimeAxis(axis, 4, lagBottom),
      ...drawRequests(run, axis, NAME_HEIGHT),
      ...drawLag(run, changes, axis, lagTop),
    ],
  };
}

function drawRequests({ requests, end }: Run, axis: TimeAxis, top: number): Shape[] {
  const { x, span } = axis;
  const shown = requests.filter(({ sent }) => sent <= span);
  const scale = scaleTo(niceCount(shown.length), top);
  const steps = shown.map(({ sent }, index) => `H${round(x(sent))}V${round(scale.y(index + 1))}`);
  return [
    text('name', 0, top - 14, 'Requests so far'),
    ...scaleLabels(scale, formatCount, axis),
    path('count', `M${LEFT} ${scale.y(0)}${steps.join('')}H${round(x(Math.min(span, end.at)))}`),
  ];
}

function drawLag(run: Run, changes: readonly SeenChange[], axis: TimeAxis, top: number): Shape[] {
  const teeth = teethOf(run, axis);
  const dots = changes.filter(({ at, lag }) => lag !== undefined && at <= axis.span);
  const longest = Math.max(...teeth.map(({ from, to }) => to - from), 1);
  const scale = scaleTo(niceTime(longest), top);
  const { x } = axis;
  return [
    text('name', 0, top - 14, 'Lag of a change at this time'),
    ...scaleLabels(scale, formatDuration, axis),
    path(
      teeth.length > axis.width / 4 ? 'lag dense' : 'lag',
      teeth.map((tooth) => drawTooth(tooth, scale, axis)).join(''),
    ),
    ...dots.map(({ at, lag = 0, status, missed }) =>
      circle(missed ? 'dot missed' : `dot ${status}`, x(at), scale.y(lag), 4.5),
    ),
  ];
}

function drawTooth({ from, to }: Tooth, { y }: Scale, { x, right }: TimeAxis): string {
  const left = round(x(from));
  const width = round(x(to) - left);
  const height = round(y(0) - y(to - from));
  const cut = Math.max(0, round(x(to) - right));
  if (cut === 0) return `M${left} ${y(0)}v${-height}l${width} ${height}z`;
  // the part within the picture
  const end = round((height * cut) / width);
  return `M${left} ${y(0)}v${-height}L${right} ${round(y(0) - end)}V${y(0)}z`;
}

/** The teeth that the picture shows. Of those within one pixel only the longest is drawn. */
function teethOf(run: Run, { x, span }: TimeAxis): Tooth[] {
  const teeth: Tooth[] = [];
  let from = 0;
  for (const to of sightings(run)) {
    if (from > span) break;
    const last = teeth.at(-1);
    const tooth = { from, to };
    if (!last || Math.floor(x(last.from)) !== Math.floor(x(from))) teeth.push(tooth);
    else if (to - from > last.to - last.from) teeth[teeth.length - 1] = tooth;
    from = to;
  }
  return teeth;
}

function scaleTo(max: number, top: number): Scale {
  return { max, y: (value) => top + PANEL_HEIGHT * (1 - value / max) };
}

function scaleLabels({ max, y }: Scale, format: (n: number) => string, axis: TimeAxis): Shape[] {
  const values = [0, max / 2, max];
  return [
    path(
      'grid',
      values.map((value) => `M${LEFT} ${Math.round(y(value)) + 0.5}H${axis.right}`).join(''),
    ),
    ...values.map((value) =>
      text('mark', LEFT - 6, Math.round(y(value)) + 4, format(value), 'end'),
    ),
  ];
}

/** An even count of at least `count`. */
function niceCount(count: number): number {
  return 2 * niceNumber(Math.max(1, count / 2), [1, 2, 3, 5, 10]);
}

/** A time of at least `ms` that is easy to read, as is its half. */
function niceTime(ms: number): number {
  const unit = ms > 60_000 ? 60_000 : 1;
  return unit * niceNumber(ms / unit, [1, 2, 4, 6, 10]);
}

/** The smallest number of at least `value` that is one of `digits` times a power of ten. */
function niceNumber(value: number, digits: readonly number[]): number {
  let power = 1;
  while (power * 10 < value) power *= 10;
  return power * (digits.find((digit) => digit * power >= value) ?? 10);
}
