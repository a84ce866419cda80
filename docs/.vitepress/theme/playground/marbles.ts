import { LEVEL_HEIGHT, placeLabels } from './labels.js';
import type { Run, RunRequest } from './run.js';
import { circle, path, rect, round, text, textWidth, type Drawing, type Shape } from './shapes.js';
import { drawTimeAxis, LEFT, type TimeAxis } from './time-axis.js';
import type { Fault, Timeline } from './timelines.js';

/** The distance from the name of a row to its middle, px. */
const NAME_HEIGHT = 22;
/** The narrowest request, px. */
const NARROWEST = 2;
/** Half the height of a request on its line, px. */
const HEIGHTS = { same: 7, changed: 13, failed: 10 };
const RADIUS = 7;
/** The levels of the texts below the emissions. */
const LEVELS = 3;

/** A row: its height, and what it shows around the vertical position of its middle. */
interface Row {
  readonly height: number;
  readonly draw: (middle: number) => Shape[];
}

/** The marble diagram: the task, the server, the requests and the stream, one below the other. */
export function drawMarbles(run: Run, timeline: Timeline, axis: TimeAxis): Drawing {
  const rows = [
    taskRow(timeline, axis),
    ...(timeline.fault ? [serverRow(timeline, axis)] : []),
    requestRow(run, axis),
    streamRow(run, axis),
  ];
  const shapes: Shape[] = [];
  let top = 4;
  for (const { height, draw } of rows) {
    shapes.push(...draw(top + NAME_HEIGHT + 12));
    top += NAME_HEIGHT + height;
  }
  const marks = drawTimeAxis(axis, 4, top);
  return { width: axis.width, height: top + 24, shapes: [...marks, ...shapes] };
}

function rowName(middle: number, words: string): Shape {
  return text('name', 0, middle - 19, words);
}

function taskRow({ task }: Timeline, axis: TimeAxis): Row {
  return {
    height: 36,
    draw: (middle) => [
      rowName(middle, 'Task'),
      ...task.flatMap(([status, from], index) =>
        bar(`status ${status}`, from, task[index + 1]?.[1] ?? Infinity, status, middle, axis),
      ),
    ],
  };
}

function serverRow({ fault }: Timeline, axis: TimeAxis): Row {
  return {
    height: 36,
    draw: (middle) => [
      rowName(middle, 'Server'),
      ...(fault ? bar('fault', fault.from, fault.to, fault.label, middle, axis) : []),
      path('line', okTimes(fault, axis, middle)),
    ],
  };
}

/** Lines for the times in which the server reports the status. */
function okTimes(fault: Fault | undefined, { x, span, right }: TimeAxis, middle: number): string {
  const [from, to] = fault ? [fault.from, fault.to] : [span, span];
  const lines = [`M${LEFT} ${middle}H${round(Math.min(right, x(from)))}`];
  if (to < span) lines.push(`M${round(x(to))} ${middle}H${right}`);
  return lines.join('');
}

function bar(
  kind: string,
  from: number,
  to: number,
  words: string,
  middle: number,
  { x, span }: TimeAxis,
): Shape[] {
  if (from >= span) return [];
  const [left, right] = [x(from), x(Math.min(to, span))];
  return [
    rect(kind, left, middle - 11, Math.max(1, right - left - 1), 22),
    ...(textWidth(words) + 8 < right - left
      ? [text('inside', (left + right) / 2, middle + 4, words, 'middle')]
      : []),
  ];
}

function requestRow({ requests }: Run, axis: TimeAxis): Row {
  const { x, span, right } = axis;
  const shown = requests.filter(({ sent }) => sent <= span);
  const of = (kind: RunRequest['kind']) => shown.filter((request) => request.kind === kind);
  return {
    height: 52,
    draw: (middle) => [
      rowName(middle, 'Requests'),
      path('line', `M${LEFT} ${middle}H${right}`),
      path(
        'floor',
        of('failed')
          .map((request) => floor(request, middle, axis))
          .join(''),
      ),
      path(
        'request same',
        of('same')
          .map((request) => tick(request, middle, axis))
          .join(''),
      ),
      path(
        'request changed',
        of('changed')
          .map((request) => tick(request, middle, axis))
          .join(''),
      ),
      path(
        'request failed',
        of('failed')
          .map((request) => tick(request, middle, axis))
          .join(''),
      ),
      ...placeLabels(
        of('failed').map(({ sent, answered, answer }) => ({
          x: x((sent + answered) / 2),
          words: answer,
        })),
        middle + 26,
        LEFT,
        right,
        1,
      ),
    ],
  };
}

/** A request as a rectangle: the taller, the more its answer said. */
function tick(
  { sent, answered, kind }: RunRequest,
  middle: number,
  { x, right }: TimeAxis,
): string {
  const from = round(x(sent));
  const width = Math.max(NARROWEST, round(Math.min(right, x(answered)) - from));
  const half = HEIGHTS[kind];
  return `M${from} ${middle - half}h${round(width)}v${2 * half}h${-round(width)}z`;
}

/** The delay that the server asked for, as a line from the answer on. */
function floor(
  { answered, retryAfter }: RunRequest,
  middle: number,
  { x, right }: TimeAxis,
): string {
  if (retryAfter === undefined) return '';
  return `M${round(x(answered))} ${middle}H${round(Math.min(right, x(answered + retryAfter)))}`;
}

function streamRow({ emissions, end }: Run, axis: TimeAxis): Row {
  const { x, span, right } = axis;
  const shown = emissions.filter(({ at }) => at <= span);
  const failure = end.how === 'error' && end.at <= span ? (end.name ?? 'error') : undefined;
  return {
    height: 18 + LEVELS * LEVEL_HEIGHT,
    draw: (middle) => [
      rowName(middle, 'taskStatus$'),
      path('line', `M${LEFT} ${middle}H${right}`),
      path('tip', `M${right} ${middle - 5}l9 5l-9 5z`),
      ...(end.how === 'complete' && end.at <= span
        ? [path('end', `M${round(x(end.at)) + RADIUS + 4} ${middle - 12}v24`)]
        : []),
      ...shown.map(({ at, status }) => circle(`status ${status}`, x(at), middle, RADIUS)),
      ...(failure === undefined
        ? []
        : [path('cross', `M${round(x(end.at)) - 6} ${middle - 6}l12 12m0 -12l-12 12`)]),
      ...placeLabels(
        [
          ...shown.map(({ at, status }) => ({ x: x(at), words: status })),
          ...(failure === undefined ? [] : [{ x: x(end.at), words: failure }]),
        ],
        middle + 24,
        0,
        axis.width,
        LEVELS,
      ),
    ],
  };
}
