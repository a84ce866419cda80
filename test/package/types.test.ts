import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, inject, test } from 'vitest';
import { BARE, CONSUMERS, placeUserFiles, RESOLUTIONS } from './user-project.js';

const { folders } = inject('installed');

const TYPES = fileURLToPath(new URL('../../node_modules/@types', import.meta.url));

/** The compiler's messages for a user's files. */
async function complaints(
  ...[folder, ...rest]: Parameters<typeof placeUserFiles>
): Promise<readonly string[]> {
  const { place, files, compilerOptions } = await placeUserFiles(folder, ...rest);
  const { options, errors } = ts.convertCompilerOptionsFromJson(compilerOptions, place);
  const program = ts.createProgram(files, options);
  return [...errors, ...ts.getPreEmitDiagnostics(program)].map(
    ({ file: at, start = 0, messageText }) =>
      [
        at?.fileName.slice(folder.length),
        at && at.getLineAndCharacterOfPosition(start).line + 1,
        ts.flattenDiagnosticMessageText(messageText, '\n'),
      ].join(' '),
  );
}

describe.each(Object.entries(folders))('the types with RxJS %s', (_, folder) => {
  describe.each(RESOLUTIONS)('with %s', (resolution) => {
    test.each([true, false])(
      'without a platform, with exactOptionalPropertyTypes: %s',
      async (exactOptionalPropertyTypes) => {
        const settings = { ...BARE, exactOptionalPropertyTypes };
        expect(await complaints(folder, CONSUMERS, resolution, settings)).toEqual([]);
      },
    );
  });
});

describe.each(RESOLUTIONS)("the types with a platform's types and %s", (resolution) => {
  test.each([
    ["the DOM's", 'platform-types', { lib: ['es2022', 'dom'], types: [] }],
    ["Node's", 'platform-types', { lib: ['es2022'], types: ['node'] }],
    ["Node's, and the entry for Node", 'node-types', { lib: ['es2022'], types: ['node'] }],
  ])('%s', async (_, file, platform) => {
    const settings = { ...platform, typeRoots: [TYPES], skipLibCheck: true };
    expect(await complaints(folders['7.8.2'], [file], resolution, settings)).toEqual([]);
  });
});
