import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { buildCopy, type Built } from './build.js';
import { report, type Results } from './report.js';
import { LIBRARY, NODE_FLAGS, ROWS, type Row, type Sample } from './rows.js';

const HELP = `Measures the library and its alternatives. Every run is a new process, and contestants take turns.

  npm run bench -- [--runs 11] [--quick] [--only cpu,heap] [--against 'bare loop']
                   [--at HEAD] [--json file]

  --runs     how many runs of each contestant (11)
  --quick    short for --runs 3
  --only     only these rows: ${Object.keys(ROWS).join(', ')}
  --against  only the library and this contestant; can be repeated
  --pace     how fast the clocks run in the row cpu (40); at 1 each run takes 83 s
  --at       measures this commit instead of the working tree
  --json     also writes all samples to a file
`;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '11' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(ROWS).join(',') },
    against: { type: 'string', multiple: true },
    at: { type: 'string' },
    pace: { type: 'string', default: '40' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else await bench();

async function bench(): Promise<void> {
  const runs = values.quick ? 3 : Number(values.runs);
  const rows = values.only.split(',').map(rowNamed);
  const against = values.against?.map((name) => contestantNamed(name, rows));
  const samples: Sample[] = [];
  const started = Date.now();
  const built = await buildCopy(values.at);
  try {
    for (const row of rows) {
      const contestants = ROWS[row].filter(
        (name) => !against || name.startsWith(LIBRARY) || against.includes(name),
      );
      const measuring = row === 'size' ? 1 : runs;
      for (let run = 0; run < measuring; run++) {
        progress(`${row}, run ${run + 1} of ${measuring}`);
        // in alternating order, so that no contestant always runs first
        for (const name of run % 2 ? [...contestants].reverse() : contestants) {
          samples.push(...measure(built, row, name));
        }
      }
    }
  } finally {
    built.remove();
    progress('');
  }
  const results: Results = { machine: machine(), runs, took: Date.now() - started, samples };
  console.log(report(results));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);
}

function rowNamed(name: string): Row {
  const row = (Object.keys(ROWS) as Row[]).find((known) => known === name);
  if (row) return row;
  throw new RangeError(`--only must be a list of ${Object.keys(ROWS).join(', ')}, got ${name}`);
}

/** Not a list: names contain commas (`100,000 watches`). */
function contestantNamed(name: string, rows: readonly Row[]): string {
  const known = rows.flatMap((row) => ROWS[row]);
  if (known.some((contestant) => contestant === name)) return name;
  throw new RangeError(`--against must be one of ${[...new Set(known)].join('; ')}, got ${name}`);
}

function measure(built: Built, row: Row, contestant: string): Sample[] {
  const more = row === 'cpu' ? [values.pace] : [];
  const flags = NODE_FLAGS[contestant] ?? [];
  const args = ['--expose-gc', ...flags, built.script(row), contestant, ...more];
  const output = execFileSync(process.execPath, args, {
    cwd: built.root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sample);
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function machine(): Results['machine'] {
  const [cpu] = cpus();
  const packages = ['rxjs', 'backoff-rxjs', '@azure/core-lro', 'p-retry', 'browser-use-sdk'];
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  };
}

function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
