import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command, crossFetchIn, folderIn, project, useRunner, WATCHED } from './run.js';

const { inNode, inPage } = useRunner();

test('Vite builds for browsers, without cross-fetch', async () => {
  const folder = await folderIn('vite');
  const { code, stderr } = await command(
    project('vite'),
    'vite',
    'build',
    '--base=./',
    `--outDir=${folder}`,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await crossFetchIn(folder)).toEqual([]);
  expect(await inPage(folder, 'index.html')).toEqual(WATCHED);
});

test('Vite builds for servers, with all packages in the bundle', async () => {
  const folder = await folderIn('vite');
  const { code, stderr } = await command(
    project('vite'),
    'vite',
    'build',
    '--config=server.config.js',
    `--outDir=${folder}`,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await inNode(join(folder, 'main.js'))).toEqual(WATCHED);
});
