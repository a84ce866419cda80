import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, inject, test } from 'vitest';

const { folders } = inject('installed');

const TYPES = fileURLToPath(new URL('../../node_modules/@types', import.meta.url));

/** The settings that decide which of the package's types a user gets. */
const resolutions = {
  'nodenext, ESM': ['mts', { module: 'nodenext' }],
  'nodenext, CommonJS': ['cts', { module: 'nodenext' }],
  bundler: ['ts', { module: 'preserve', moduleResolution: 'bundler' }],
} as const;

/** What the compiler has to say of a user's file. */
async function complaints(
  folder: string,
  file: string,
  [extension, resolution]: (typeof resolutions)[keyof typeof resolutions],
  settings: object,
): Promise<readonly string[]> {
  const place = await mkdtemp(join(folder, 'types-'));
  const paths = [join(place, `user.${extension}`), join(place, 'globals.d.ts')];
  await copyFile(fileURLToPath(new URL(file, import.meta.url)), paths[0]!);
  await writeFile(paths[1]!, 'declare function setTimeout(work: () => void, ms?: number): number;');
  const { options, errors } = ts.convertCompilerOptionsFromJson(
    {
      strict: true,
      noEmit: true,
      // RxJS did not name its types in `exports` before 7.5; its users do it like this
      paths: { rxjs: [join(folder, 'node_modules/rxjs/dist/types/index.d.ts')] },
      ...resolution,
      ...settings,
    },
    place,
  );
  const program = ts.createProgram(paths, options);
  return [...errors, ...ts.getPreEmitDiagnostics(program)].map(
    ({ file: at, start = 0, messageText }) =>
      [
        at?.fileName.slice(folder.length),
        at && at.getLineAndCharacterOfPosition(start).line + 1,
        ts.flattenDiagnosticMessageText(messageText, '\n'),
      ].join(' '),
  );
}

describe.each(Object.entries(folders))('the types, beside RxJS %s', (_, folder) => {
  describe.each(Object.entries(resolutions))('with %s', (__, resolution) => {
    test.each([true, false])(
      'without a platform, with exactOptionalPropertyTypes: %s',
      async (exactOptionalPropertyTypes) => {
        const settings = {
          lib: ['es2022'],
          types: [],
          skipLibCheck: false,
          exactOptionalPropertyTypes,
        };
        const found = await complaints(folder, 'consumer-types.ts', resolution, settings);
        expect(found).toEqual([]);
      },
    );
  });
});

describe.each(Object.entries(resolutions))(
  "the types beside a platform's, with %s",
  (_, resolution) => {
    test.each([
      ["the DOM's", 'platform-types.ts', { lib: ['es2022', 'dom'], types: [] }],
      ["Node's", 'platform-types.ts', { lib: ['es2022'], types: ['node'] }],
      ["Node's, and the entry for Node", 'node-types.ts', { lib: ['es2022'], types: ['node'] }],
    ])('%s', async (__, file, platform) => {
      const settings = { ...platform, typeRoots: [TYPES], skipLibCheck: true };
      expect(await complaints(folders['7.8.2'], file, resolution, settings)).toEqual([]);
    });
  },
);
