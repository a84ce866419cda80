import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { borrow } from '../support/npm.js';
import { TYPESCRIPT } from '../support/versions.js';
import { BARE, CONSUMERS, placeUserFiles, RESOLUTIONS } from './user-project.js';

const { folders } = inject('installed');

let compilers = '';
beforeAll(async () => {
  compilers = await borrow(
    'typescript',
    Object.fromEntries(TYPESCRIPT.map((version) => [version, `npm:typescript@${version}`])),
  );
}, 300_000);

/** Runs a compiler. Returns its output, which is empty if there is no error. */
async function tsc(version: string, ...args: string[]): Promise<string> {
  const program = join(compilers, version, 'bin/tsc');
  return promisify(execFile)(process.execPath, [program, ...args]).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { stdout: string }).stdout || String(error),
  );
}

describe.each(TYPESCRIPT)('TypeScript %s', (version) => {
  test('has that version', async () => {
    expect(await tsc(version, '--version')).toBe(`Version ${version}\n`);
  });

  describe.each(Object.entries(folders))('beside RxJS %s', (_, folder) => {
    test.each(RESOLUTIONS)("compiles a user's code with %s", async (resolution) => {
      const project = await placeUserFiles(folder, CONSUMERS, resolution, BARE);
      const { place, files, compilerOptions } = project;
      const path = join(place, 'tsconfig.json');
      await writeFile(path, JSON.stringify({ compilerOptions, files }));
      expect(await tsc(version, '--project', path)).toBe('');
    });
  });
});
