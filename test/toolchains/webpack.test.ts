import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { crossFetchIn, execute, folderIn, pageWith, project, useRunner, WATCHED } from './run.js';

const { inNode, inPage } = useRunner();

async function bundle(program: string, target: 'web' | 'node'): Promise<string> {
  const folder = await folderIn('webpack');
  const build = ['build.js', `../program/${program}`, target, folder];
  const { code, stderr } = await execute(process.execPath, build, project('webpack'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return folder;
}

describe.each(['main.js', 'main.cjs'])('webpack bundles %s', (program) => {
  test('for browsers, without cross-fetch', async () => {
    const folder = await bundle(program, 'web');
    expect(await crossFetchIn(folder)).toEqual([]);
    expect(await inPage(folder, await pageWith(folder, 'bundle.cjs'))).toEqual(WATCHED);
  });

  test('for Node', async () => {
    expect(await inNode(join(await bundle(program, 'node'), 'bundle.cjs'))).toEqual(WATCHED);
  });
});
