import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, crossFetchIn, folderIn, pageWith, useRunner, WATCHED } from './run.js';

const { inNode, inPage } = useRunner();

/** Bundles the program with one of the project's configurations; none of them can read JSON. */
async function bundle(
  config: string,
  format: 'es' | 'cjs',
  ...[program = 'main.js', ...flags]: string[]
): Promise<string> {
  const folder = await folderIn('rollup');
  const file = join(folder, format === 'es' ? 'bundle.mjs' : 'bundle.cjs');
  const { code, stderr } = await command(
    join(folder, '..'),
    'rollup',
    '--silent',
    `--config=${config}.config.js`,
    `--input=../program/${program}`,
    `--file=${file}`,
    `--format=${format}`,
    ...flags,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return file;
}

describe.each(['node', 'node-condition'])('Rollup for Node, with %s.config.js,', (config) => {
  test.each(['es', 'cjs'] as const)('bundles as %s', async (format) => {
    expect(await inNode(await bundle(config, format))).toEqual(WATCHED);
  });

  // what is required cannot be left out: Rollup would have to read JSON
  test('bundles a program in CommonJS for Node, with cross-fetch left outside', async () => {
    const file = await bundle(config, 'cjs', 'main.cjs', '--external=cross-fetch');
    expect(await inNode(file)).toEqual(WATCHED);
  });
});

test('Rollup bundles for browsers, without cross-fetch', async () => {
  const file = await bundle('browser', 'es');
  const folder = join(file, '..');
  expect(await crossFetchIn(folder)).toEqual([]);
  expect(await inPage(folder, await pageWith(folder, 'bundle.mjs'))).toEqual(WATCHED);
});
