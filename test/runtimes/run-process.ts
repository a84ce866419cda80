import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Outcome, Traits } from './checks.js';
import { compile } from './compile.js';

/** A program that takes longer hangs, ms. */
const LIMIT = 180_000;

/** An outcome, and how the process ended. */
export interface Ended {
  readonly outcome: Outcome;
  /** What it wrote to stderr. */
  readonly stderr: string;
  /** How long it ran after the outcome, ms. */
  readonly lingered: number;
}

/** Runs the checks in Node, Deno or Bun. */
export async function runProcess(
  [command, ...flags]: readonly [command: string, ...flags: string[]],
  folder: string,
  format: 'esm' | 'cjs',
  traits: Traits,
): Promise<Ended> {
  const program = await compile(
    folder,
    'process',
    {
      // bundles only the program's own files; packages are imported or required by name
      packages: 'external',
      platform: 'node',
      target: 'node20',
      format,
    },
    traits.withRxjs9,
  );
  const child = spawn(command, [...flags, program, JSON.stringify(traits)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr, reportedAt] = ['', '', NaN];
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
    reportedAt = performance.now();
  });
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  const lingered = performance.now() - reportedAt;
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}: ${stdout}${stderr}`);
  return { outcome: JSON.parse(stdout) as Outcome, stderr, lingered };
}
