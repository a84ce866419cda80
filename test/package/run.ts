import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

export type Format = 'esm' | 'cjs';

/**
 * Runs a script of this folder like a user's program, in a folder where the package is installed.
 *
 * @returns its output, parsed as JSON; rejects if it fails or hangs
 */
export async function runInstalled(
  folder: string,
  script: string,
  format: Format,
  { flags = [], args = [] }: { flags?: readonly string[]; args?: readonly string[] } = {},
): Promise<unknown> {
  const place = await mkdtemp(join(folder, 'script-'));
  const outfile = join(place, format === 'esm' ? 'script.mjs' : 'script.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL(script, import.meta.url))],
    bundle: true,
    // bundles only the program's own files; packages are imported or required by name
    packages: 'external',
    // not the tsconfig.json of this project, which maps the package's name to its sources
    tsconfigRaw: '{}',
    platform: 'node',
    target: 'node20',
    format,
    outfile,
  });
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, outfile, ...args], {
    cwd: folder,
    timeout: 120_000,
  });
  return JSON.parse(stdout) as unknown;
}
