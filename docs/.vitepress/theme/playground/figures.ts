import { h, type VNode } from 'vue';
import { seenChanges } from './lag.js';
import { drawMarbles } from './marbles.js';
import { picture } from './picture.js';
import { drawPlot } from './plot.js';
import type { Run } from './run.js';
import type { Settings } from './settings.js';
import { describeLag, describeRun, notes, summary } from './summary.js';
import { spanOf, timeAxis, type TimeAxis } from './time-axis.js';
import { TIMELINES, type Timeline } from './timelines.js';

/** A run, and the settings that led to it. */
export interface SettledRun {
  readonly run: Run;
  readonly settings: Settings;
}

/** The kinds of marks in a row of requests. */
function legendOf({ fault }: Timeline): (readonly [kind: string, label: string])[] {
  return [
    ['changed', 'new status'],
    ['same', 'same status'],
    ...(fault ? [['failed', 'failure'] as const] : []),
    ...(fault?.answer.headers ? [['floor', 'Retry-After'] as const] : []),
  ];
}

export function marbleFigure({ run, settings }: SettledRun, width: number): VNode {
  const timeline: Timeline = TIMELINES[settings.timeline];
  const drawing = drawMarbles(run, timeline, axisOf(run, settings, width));
  return h('figure', [
    picture('playground-marbles', drawing, 'Marble diagram of the watch', describeRun(run)),
    h('figcaption', [
      'Requests: ',
      h(
        'ul',
        legendOf(timeline).map(([kind, label]) =>
          h('li', [h('span', { class: ['swatch', kind] }), label]),
        ),
      ),
    ]),
  ]);
}

export function plotFigure({ run, settings }: SettledRun, width: number): VNode {
  const changes = seenChanges(run, TIMELINES[settings.timeline]);
  const drawing = drawPlot(run, changes, axisOf(run, settings, width));
  return h('figure', [
    picture('playground-plot', drawing, 'Requests and lag over time', describeLag(changes)),
    h('figcaption', 'A dot is a change of the status that the watch saw.'),
  ]);
}

export function facts({ run, settings }: SettledRun): VNode {
  const changes = seenChanges(run, TIMELINES[settings.timeline]);
  return h(
    'dl',
    summary(run, changes).map(({ name, value }) => h('div', [h('dt', name), h('dd', value)])),
  );
}

export function noteList({ run, settings }: SettledRun): VNode {
  return h(
    'ul',
    { class: 'notes' },
    notes(settings, run).map((note) => h('li', note)),
  );
}

function axisOf(run: Run, settings: Settings, width: number): TimeAxis {
  return timeAxis(width, spanOf(run.end.at, settings.shown));
}
