import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const RESOLUTIONS = ['nodenext, ESM', 'nodenext, CommonJS', 'bundler'] as const;

/** A user's files that need no platform types. */
export const CONSUMERS = ['consumer-types', 'narrowing-types'];

/** The settings of a strict project without platform types. */
export const BARE = {
  lib: ['es2022'],
  types: [],
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
};

/** The settings that select the package's type files. */
const SETTINGS = {
  'nodenext, ESM': ['mts', { module: 'nodenext', moduleResolution: 'nodenext' }],
  'nodenext, CommonJS': ['cts', { module: 'nodenext', moduleResolution: 'nodenext' }],
  bundler: ['ts', { module: 'esnext', moduleResolution: 'bundler' }],
} as const;

/** A user's files in a folder where the package is installed, and their compiler options. */
export interface UserProject {
  readonly place: string;
  readonly files: readonly string[];
  readonly compilerOptions: object;
}

/** Copies files of this folder into a user's project. */
export async function placeUserFiles(
  folder: string,
  names: readonly string[],
  resolution: (typeof RESOLUTIONS)[number],
  settings: object,
): Promise<UserProject> {
  const [extension, modules] = SETTINGS[resolution];
  const place = await mkdtemp(join(folder, 'types-'));
  const globals = join(place, 'globals.d.ts');
  await writeFile(globals, 'declare function setTimeout(work: () => void, ms?: number): number;');
  const files = names.map((name) => join(place, `${name}.${extension}`));
  for (const [at, name] of names.entries()) {
    await copyFile(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), files[at]!);
  }
  const compilerOptions = {
    strict: true,
    noEmit: true,
    // before 7.5 RxJS had no types in `exports`; users map them like this
    paths: { rxjs: [join(folder, 'node_modules/rxjs/dist/types/index.d.ts')] },
    ...modules,
    ...settings,
  };
  return { place, files: [globals, ...files], compilerOptions };
}
