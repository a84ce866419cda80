import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

import type { Contender } from './contenders.js';

export interface Size {
  /** Lines of code of your program, without imports, comments and blank lines. */
  readonly lines: number;
  /** What it adds to a bundle that contains RxJS, minified, gzip, bytes. */
  readonly bytes: number;
  /** The same together with what it uses of RxJS. */
  readonly bytesWithRxjs: number;
  /** The packages in the bundle. */
  readonly packages: readonly string[];
}

const folder = fileURLToPath(new URL('.', import.meta.url));

export async function sizeOf({ file, entry }: Contender): Promise<Size> {
  const [alone, whole] = await Promise.all([
    bundle(file, entry, ['rxjs']),
    bundle(file, entry, []),
  ]);
  const own = whole.inputs.filter(
    (input) => dirname(relative(folder, input)) === '.' && input.endsWith('.ts'),
  );
  const sources = await Promise.all(own.map((input) => readFile(input, 'utf8')));
  const isUsed = (pattern: RegExp) => whole.inputs.some((input) => pattern.test(input));
  return {
    lines: sources.reduce((sum, source) => sum + linesOfCode(source), 0),
    bytes: alone.bytes,
    bytesWithRxjs: whole.bytes,
    packages: [
      ...(isUsed(/\/src\/stream\//) ? ['rxjs-task-status'] : []),
      ...(isUsed(/\/node_modules\/rxjs\//) ? ['rxjs'] : []),
    ],
  };
}

/** Bundles a program that uses one export of a file. */
async function bundle(
  file: string,
  entry: string,
  external: string[],
): Promise<{ bytes: number; inputs: string[] }> {
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: `import { ${entry} } from './${file}'; console.log(${entry});`,
      resolveDir: folder,
    },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    external,
    metafile: true,
    write: false,
  });
  const [code] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (!code || !output) throw new Error('esbuild wrote no bundle');
  const inputs = Object.entries(output.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([input]) => fileURLToPath(new URL(input, `file://${folder}`)));
  return { bytes: gzipSync(code.contents, { level: 9 }).length, inputs };
}

export function linesOfCode(source: string): number {
  const withoutImports = source.replace(/^import [^;]*;$/gm, '');
  const withoutComments = withoutImports.replace(/\/\*[^]*?\*\//g, '').replace(/^ *\/\/.*$/gm, '');
  return withoutComments.split('\n').filter((line) => line.trim() !== '').length;
}
