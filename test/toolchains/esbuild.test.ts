import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, crossFetchIn, folderIn, pageWith, NO_FETCH, useRunner, WATCHED } from './run.js';

const { inNode, inPage } = useRunner();

/** Bundles the program in one of its formats with these flags; gives the folder and the file. */
async function bundle(
  program: 'main.js' | 'main.cjs',
  ...flags: string[]
): Promise<{ folder: string; file: string }> {
  const folder = await folderIn('esbuild');
  const name = flags.includes('--format=esm') ? 'bundle.mjs' : 'bundle.cjs';
  const file = join(folder, name);
  const { code, stderr } = await command(
    join(folder, '..'),
    'esbuild',
    `../program/${program}`,
    '--bundle',
    `--outfile=${file}`,
    '--log-level=error',
    ...flags,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return { folder, file };
}

const programs = ['main.js', 'main.cjs'] as const;

describe.each(programs)('esbuild bundles %s', (program) => {
  test('for browsers, without cross-fetch', async () => {
    const { folder } = await bundle(program, '--platform=browser');
    expect(await crossFetchIn(folder)).toEqual([]);
    expect(await inPage(folder, await pageWith(folder, 'bundle.cjs'))).toEqual(WATCHED);
  });

  test('for Node, with cross-fetch', async () => {
    const { folder, file } = await bundle(program, '--platform=node');
    expect(await crossFetchIn(folder)).not.toEqual([]);
    expect(await inNode(file)).toEqual(WATCHED);
    expect(await inNode(file, { fetch: false })).toEqual(WATCHED);
  });

  test('for Node, with cross-fetch left outside', async () => {
    const { folder, file } = await bundle(program, '--platform=node', '--external:cross-fetch');
    expect(await crossFetchIn(folder)).toEqual([]);
    expect(await inNode(file)).toEqual(WATCHED);
    expect(await inNode(file, { fetch: false })).toEqual(WATCHED);
  });

  test('for no platform', async () => {
    const { folder, file } = await bundle(
      program,
      '--platform=neutral',
      '--format=esm',
      '--main-fields=module',
    );
    expect(await crossFetchIn(folder)).toEqual([]);
    expect(await inNode(file)).toEqual(WATCHED);
    expect(await inNode(file, { fetch: false })).toEqual([NO_FETCH]);
    expect(await inPage(folder, await pageWith(folder, 'bundle.mjs'))).toEqual(WATCHED);
  });
});

test('esbuild bundles for Node as ESM, with cross-fetch left outside', async () => {
  const { file } = await bundle(
    'main.js',
    '--platform=node',
    '--format=esm',
    '--external:cross-fetch',
  );
  expect(await inNode(file)).toEqual(WATCHED);
  expect(await inNode(file, { fetch: false })).toEqual(WATCHED);
});
