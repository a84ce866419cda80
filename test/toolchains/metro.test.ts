import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { crossFetchIn, execute, folderIn, project, useRunner, WATCHED } from './run.js';

const { inContext } = useRunner();

/** What the native side of React Native gives to the program. */
const NATIVE = {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  nativeFetch: async (url: string, init: RequestInit) => {
    const response = await fetch(url, init);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text: await response.text(),
    };
  },
};

describe.each(['exports', 'no exports'])('Metro, for iOS, with package %s', (exported) => {
  test('bundles without cross-fetch, and the bundle runs on what React Native has', async () => {
    const folder = await folderIn('metro');
    const file = join(folder, 'bundle.js');
    const build = ['build.js', exported, file];
    const { code, stderr } = await execute(process.execPath, build, project('metro'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await crossFetchIn(folder)).toEqual([]);
    expect(await inContext(file, NATIVE)).toEqual(WATCHED);
  });
});
