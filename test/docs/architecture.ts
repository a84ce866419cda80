// Draws the layers of src, and checks that docs/architecture.md names every file of src once and no other:
// npm run docs:architecture, with --check to compare only.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { keepFile } from './keep-file.js';

const WIDTH = 760;
const MARGIN = 16;
const PAGE = 'docs/architecture.md';
const PICTURE = 'docs/architecture.svg';
const TITLE =
  'A task id goes down from an entry point through pool or stream, watch and api to the server; the answer comes back up as an outcome, a poll and a status';

// The style follows the color scheme of the reader.
const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .page { fill: #ffffff; }
  .layer { fill: #f6f8fa; stroke: #d1d9e0; }
  .file { fill: #ffffff; stroke: #8c959f; }
  .name { font-weight: 600; }
  .question { font-size: 11px; fill: #59636e; }
  .middle { text-anchor: middle; }
  .end { text-anchor: end; }
  .line { stroke-width: 1.5; fill: none; }
  .down.line { stroke: #0969da; } .down.tip { fill: #0969da; }
  .up.line { stroke: #1a7f37; } .up.tip { fill: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .page { fill: #0d1117; } .question { fill: #9198a1; }
    .layer { fill: #151b23; stroke: #3d444d; } .file { fill: #0d1117; stroke: #656c76; }
    .down.line { stroke: #4493f8; } .down.tip { fill: #4493f8; }
    .up.line { stroke: #3fb950; } .up.tip { fill: #3fb950; }
  }`;

interface Layer {
  readonly name: string;
  readonly question: string;
  readonly files: readonly string[];
}

/** From top to bottom. Layers in one row stand side by side. */
const ROWS: readonly (readonly Layer[])[] = [
  [{ name: 'entry points', question: 'one for each import path', files: filesOf('src') }],
  [
    { name: 'pool', question: 'one watch for many subscribers', files: filesOf('src/pool') },
    { name: 'stream', question: 'what does a subscriber see?', files: filesOf('src/stream') },
  ],
  [{ name: 'watch', question: 'when is the next request?', files: filesOf('src/watch') }],
  [{ name: 'api', question: 'what did the server say?', files: filesOf('src/api') }],
  [{ name: 'the server', question: 'GET /api/v1/task/{task_id}/status', files: [] }],
];

/** What one row passes down to the next, and what that returns. */
const ARROWS = [
  ['a task id and options', 'statuses or polls, then the end'],
  ['a task id and resolved options', 'a poll: status or error, next delay'],
  ['a URL, credentials, a time limit', 'exactly one result: response or failure'],
  ['a request', 'status, headers, body'],
] as const;

await keepFile(PICTURE, picture());
checkPage();

function checkPage(): void {
  const page = readFileSync(PAGE, 'utf8');
  const rows = [...page.matchAll(/^\| `([\w/-]+\.ts)` /gm)].map(([, file = '']) => file);
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replaceAll('\\', '/'));
  const problems = [
    ...files
      .filter((file) => !rows.includes(file))
      .map((file) => `${PAGE} does not name src/${file}`),
    ...rows
      .filter((file, index) => rows.indexOf(file) < index)
      .map((file) => `${PAGE} names src/${file} twice`),
    ...[...page.matchAll(/`([\w/-]+\.ts)`/g)]
      .map(([, file = '']) => file)
      .filter((file) => !existsSync(`src/${file}`))
      .map((file) => `${PAGE} names src/${file}, which does not exist`),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace('.ts', ''))
    .sort();
}

function picture(): string {
  const parts: string[] = [];
  let y = MARGIN;
  ROWS.forEach((layers, index) => {
    const width = (WIDTH - (layers.length + 1) * MARGIN) / layers.length;
    const placed = layers.map((layer, column) => {
      const x = MARGIN + column * (width + MARGIN);
      return { layer, x, lines: arrangeFiles(layer.files, x + 14, x + width - 14) };
    });
    const lineCount = Math.max(...placed.map(({ lines }) => lines.length));
    const height = 34 + lineCount * 34 + 8;
    for (const { layer, x, lines } of placed) {
      parts.push(...drawLayer(layer, lines, { x, y, width, height }));
    }
    y += height;
    const arrows = ARROWS[index];
    if (!arrows) return;
    const [down, up] = arrows;
    parts.push(
      `<path class="line down" d="M340 ${y}v24"/><path class="tip down" d="M335 ${y + 23}h10l-5 9z"/>`,
      `<path class="line up" d="M400 ${y + 32}v-24"/><path class="tip up" d="M395 ${y + 9}h10l-5 -9z"/>`,
      `<text class="end" x="326" y="${y + 20}">${index + 1}. ${down}</text>`,
      `<text x="414" y="${y + 20}">${2 * ARROWS.length - index}. ${up}</text>`,
    );
    y += 32;
  });
  const height = y + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${TITLE}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}" rx="6"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawLayer(
  { name, question }: Layer,
  lines: readonly (readonly Box[])[],
  { x, y, width, height }: Area,
): string[] {
  return [
    `<rect class="layer" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    `<text class="name" x="${x + 14}" y="${y + 24}">${name}</text>`,
    `<text class="question" x="${x + 14 + name.length * 7 + 18}" y="${y + 24}">${question}</text>`,
    ...lines.flatMap((line, index) => line.flatMap((box) => drawFile(box, y + 36 + index * 34))),
  ];
}

interface Box {
  readonly file: string;
  readonly x: number;
  readonly width: number;
}

/** Puts files side by side between `left` and `right`, as many in a line as fit. */
function arrangeFiles(files: readonly string[], left: number, right: number): Box[][] {
  const lines: Box[][] = [];
  let x = Infinity;
  for (const file of files) {
    const width = Math.round(file.length * 6.6) + 18;
    if (x + width > right) {
      lines.push([]);
      x = left;
    }
    lines.at(-1)?.push({ file, x, width });
    x += width + 8;
  }
  return lines;
}

function drawFile({ file, x, width }: Box, y: number): string[] {
  return [
    `<rect class="file" x="${x}" y="${y}" width="${width}" height="26" rx="4"/>`,
    `<text class="middle" x="${x + width / 2}" y="${y + 17}">${file}</text>`,
  ];
}
