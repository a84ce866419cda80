// Draws the rooms of the source with the files that are in them: npm run docs:architecture, with
// --check to compare only.
import { readdirSync, readFileSync } from 'node:fs';
import { keepFile } from './keep-file.js';

const WIDTH = 760;
const PAGE = 'docs/architecture.md';
const PICTURE = 'docs/architecture.svg';

// for light and for dark pages; an image knows which its reader prefers
const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .page { fill: #ffffff; }
  .room { fill: #f6f8fa; stroke: #d1d9e0; }
  .file { fill: #ffffff; stroke: #8c959f; }
  .name { font-weight: 600; }
  .ask { font-size: 11px; fill: #59636e; }
  .middle { text-anchor: middle; }
  .end { text-anchor: end; }
  .line { stroke-width: 1.5; fill: none; }
  .down.line { stroke: #0969da; } .down.tip { fill: #0969da; }
  .up.line { stroke: #1a7f37; } .up.tip { fill: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .page { fill: #0d1117; } .ask { fill: #9198a1; }
    .room { fill: #151b23; stroke: #3d444d; } .file { fill: #0d1117; stroke: #656c76; }
    .down.line { stroke: #4493f8; } .down.tip { fill: #4493f8; }
    .up.line { stroke: #3fb950; } .up.tip { fill: #3fb950; }
  }`;

const ROOMS = [
  { name: 'the doors', ask: 'one for each import path', files: filesOf('src') },
  { name: 'stream', ask: 'what does a subscriber see?', files: filesOf('src/stream') },
  { name: 'watch', ask: 'when is the next request?', files: filesOf('src/watch') },
  { name: 'api', ask: 'what did the server say?', files: filesOf('src/api') },
  { name: 'the server', ask: 'GET /api/v1/task/{task_id}/status', files: [] },
];

/** What goes down between two rooms, and what comes up. */
const STAIRS = [
  ['a task id and options', 'statuses, or an error'],
  ['a plan: defaults in, all checked', 'a poll: status or error, next wait'],
  ['a URL, headers, a signal', 'a word, or why there is none'],
  ['a request', 'an answer: status, headers, body'],
] as const;

await keepFile(PICTURE, picture());
const text = readFileSync(PAGE, 'utf8');
for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
  const unnamed = file.endsWith('.ts') && !text.includes(`\`${file.replaceAll('\\', '/')}\``);
  if (unnamed) {
    console.error(`${PAGE} does not name src/${file}`);
    process.exitCode = 1;
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace('.ts', ''))
    .sort();
}

function picture(): string {
  const parts: string[] = [];
  let y = 16;
  ROOMS.forEach(({ name, ask, files }, floor) => {
    const boxes = rowsOf(files);
    const height = 34 + boxes.length * 34 + (files.length > 0 ? 8 : 10);
    parts.push(
      `<rect class="room" x="16" y="${y}" width="${WIDTH - 32}" height="${height}" rx="6"/>`,
      `<text class="name" x="30" y="${y + 24}">${name}</text>`,
      `<text class="ask" x="${30 + name.length * 7 + 18}" y="${y + 24}">${ask}</text>`,
      ...boxes.flatMap((row, line) => row.flatMap((box) => drawFile(box, y + 36 + line * 34))),
    );
    y += height;
    const stairs = STAIRS[floor];
    if (!stairs) return;
    const [down, up] = stairs;
    parts.push(
      `<path class="line down" d="M340 ${y}v24"/><path class="tip down" d="M335 ${y + 23}h10l-5 9z"/>`,
      `<path class="line up" d="M400 ${y + 32}v-24"/><path class="tip up" d="M395 ${y + 9}h10l-5 -9z"/>`,
      `<text class="end" x="326" y="${y + 20}">${floor + 1}. ${down}</text>`,
      `<text x="414" y="${y + 20}">${2 * STAIRS.length - floor}. ${up}</text>`,
    );
    y += 32;
  });
  const height = y + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    '<title>A task id goes down from a door through stream, watch and api to the server; what the server answers comes up again as a word, a poll and a status</title>',
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}" rx="6"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

interface Box {
  readonly file: string;
  readonly x: number;
  readonly width: number;
}

/** Puts files side by side, as many in a row as fit. */
function rowsOf(files: readonly string[]): Box[][] {
  const rows: Box[][] = [];
  let x = Infinity;
  for (const file of files) {
    const width = Math.round(file.length * 6.6) + 18;
    if (x + width > WIDTH - 30) {
      rows.push([]);
      x = 30;
    }
    rows.at(-1)?.push({ file, x, width });
    x += width + 8;
  }
  return rows;
}

function drawFile({ file, x, width }: Box, y: number): string[] {
  return [
    `<rect class="file" x="${x}" y="${y}" width="${width}" height="26" rx="4"/>`,
    `<text class="middle" x="${x + width / 2}" y="${y + 17}">${file}</text>`,
  ];
}
