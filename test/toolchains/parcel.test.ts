import { expect, test } from 'vitest';
import { command, crossFetchIn, folderIn, project, useRunner, WATCHED } from './run.js';

const { inPage } = useRunner();

test('Parcel builds for browsers, without cross-fetch', async () => {
  const folder = await folderIn('parcel');
  const { code, stdout, stderr } = await command(
    project('parcel'),
    'parcel',
    'build',
    'index.html',
    '--no-cache',
    '--no-source-maps',
    '--public-url=./',
    `--dist-dir=${folder}`,
  );
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stderr: '' });
  expect(await crossFetchIn(folder)).toEqual([]);
  expect(await inPage(folder, 'index.html')).toEqual(WATCHED);
});
