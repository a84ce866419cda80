import type { Recording } from './record.js';
import type { Scene } from './scenes.js';

const WIDTH = 760;
const LEFT = 104;
const RIGHT = 34;
const ROW = 44;

// The style follows the color scheme of the reader.
const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .page { fill: #ffffff; }
  .row { font-weight: 600; }
  .small { font-size: 11px; fill: #59636e; }
  .middle { text-anchor: middle; }
  .inside { fill: #ffffff; }
  .line { stroke: #59636e; stroke-width: 1.5; fill: none; }
  .delay { stroke: #9aa4af; stroke-dasharray: 3 3; }
  .mark { stroke: #9a6700; stroke-width: 1.5; stroke-dasharray: 5 4; }
  .tip { fill: #59636e; }
  .created { fill: #6e7781; } .running { fill: #0969da; } .paused { fill: #9a6700; }
  .finished { fill: #1a7f37; } .stopped { fill: #57606a; } .failed, .failure { fill: #cf222e; }
  .cross { stroke: #cf222e; stroke-width: 3; }
  .nothing { fill: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .page { fill: #0d1117; } .small { fill: #9198a1; }
    .inside { fill: #ffffff; } .nothing { fill: #3d444d; }
    .line { stroke: #9198a1; } .tip { fill: #9198a1; } .wait { stroke: #656c76; }
  }`;

/** The picture of a scene, as SVG. */
export function draw(scene: Scene, { requests, emissions, end }: Recording): string {
  const span = Math.max(3_000, end.at + 600);
  const x = (ms: number) => round(LEFT + (ms / span) * (WIDTH - LEFT - RIGHT));
  const rows: ((y: number) => string[])[] = [];

  rows.push((y) => [
    label(y, 'task'),
    ...scene.timeline.flatMap(([answer, from], index) => {
      const word = typeof answer === 'string' ? answer : String(answer.status);
      const to = scene.timeline[index + 1]?.[1] ?? span;
      if (from > span) return [];
      const kind = typeof answer === 'string' ? word : 'failure';
      return bar(x(from), x(Math.min(to, span)), y, kind, word);
    }),
    ...(scene.timeline[0]?.[1] === 0
      ? []
      : bar(x(0), x(Math.min(scene.timeline[0]?.[1] ?? span, span)), y, 'nothing', 'unknown')),
  ]);

  if (scene.paused) {
    const [from, to] = scene.paused;
    rows.push((y) => [label(y, 'pauseWhile'), ...bar(x(from), x(to), y, 'paused', 'true')]);
  }
  if (scene.pollNow) {
    const { pollNow } = scene;
    rows.push((y) => [
      label(y, 'pollNow'),
      ...pollNow.map((ms) => `<path class="paused" d="M${x(ms) - 6} ${y - 8}h12l-6 16z"/>`),
    ]);
  }

  rows.push((y) => [
    label(y, 'requests'),
    ...requests.flatMap(({ from, to, answer, failed }, index) => {
      const next = requests[index + 1];
      const width = Math.max(4, x(to) - x(from));
      const kind = answer === undefined ? 'nothing' : failed ? 'failure' : answer;
      return [
        `<rect class="${kind}" x="${x(from)}" y="${y - 10}" width="${round(width)}" height="20" rx="3"/>`,
        ...(next ? gap(x(to), x(next.from), y, next.from - to) : []),
        ...(failed && answer ? [text((x(from) + x(to)) / 2, y + 24, answer, 'small middle')] : []),
      ];
    }),
  ]);

  rows.push((y) => [
    label(y, 'taskStatus$'),
    `<path class="line" d="M${LEFT} ${y}H${WIDTH - RIGHT + 12}"/>`,
    `<path class="tip" d="M${WIDTH - RIGHT + 12} ${y - 5}l10 5l-10 5z"/>`,
    ...(end.how === 'complete' ? [`<path class="line" d="M${x(end.at) + 14} ${y - 13}v26"/>`] : []),
    ...(end.how !== 'complete' && end.how !== 'unsubscribed'
      ? [
          `<path class="cross" d="M${x(end.at) - 7} ${y - 7}l14 14m0 -14l-14 14"/>`,
          text(Math.min(x(end.at), WIDTH - 70), y + 26, end.how, 'small middle'),
        ]
      : []),
    ...emissions.flatMap(([ms, status]) => [
      `<circle class="${status}" cx="${x(ms)}" cy="${y}" r="9"/>`,
      text(x(ms), y + 26, status, 'small middle'),
    ]),
  ]);

  const marks = [
    ...(scene.options?.timeout === undefined ? [] : [[scene.options.timeout, 'timeout'] as const]),
    ...(scene.unsubscribesAt === undefined ? [] : [[scene.unsubscribesAt, 'unsubscribe'] as const]),
  ];
  const top = marks.length > 0 ? 40 : 24;
  const height = top + rows.length * ROW + 18;
  const step = span > 16_000 ? 2_000 : 1_000;
  const seconds = Array.from({ length: Math.floor(span / step) + 1 }, (_, n) => n * step);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escape(scene.title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}" rx="6"/>`,
    ...marks.flatMap(([ms, word]) => mark(x(ms), height, word)),
    ...rows.flatMap((row, index) => row(top + index * ROW)),
    text(12, height - 10, 'seconds', 'small'),
    ...seconds.map((ms) => text(x(ms), height - 10, `${ms / 1_000}`, 'small middle')),
    '</svg>',
    '',
  ].join('\n');
}

function label(y: number, word: string): string {
  return text(12, y + 4, word, 'row');
}

function bar(from: number, to: number, y: number, kind: string, word: string): string[] {
  const width = round(to - from);
  return [
    `<rect class="${kind}" x="${from}" y="${y - 10}" width="${width}" height="20" rx="3"/>`,
    ...(width > word.length * 7
      ? [text(from + width / 2, y + 4, word, kind === 'nothing' ? 'middle' : 'inside middle')]
      : []),
  ];
}

function gap(from: number, to: number, y: number, ms: number): string[] {
  const seconds = `${round(ms / 1_000)} s`;
  const line = `<path class="line delay" d="M${from} ${y}H${to}"/>`;
  return to - from > seconds.length * 6
    ? [line, text((from + to) / 2, y - 6, seconds, 'small middle')]
    : [line];
}

function mark(x: number, height: number, word: string): string[] {
  return [`<path class="mark" d="M${x} 22V${height - 46}"/>`, text(x, 16, word, 'small middle')];
}

function text(x: number, y: number, words: string, kind: string): string {
  return `<text class="${kind}" x="${round(x)}" y="${y}">${escape(words)}</text>`;
}

function round(n: number): number {
  return Math.round(n * 100) / 100;
}

function escape(words: string): string {
  return words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
