import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';

const { files, folders } = inject('installed');

test('the tarball contains the build and the texts, and nothing else', () => {
  const entries = [
    'index',
    'testing',
    'testing/server',
    'node',
    'proxy',
    'nest',
    'fleet',
    'learned',
  ];
  const both = entries.flatMap((entry) =>
    ['cjs', 'd.cts', 'd.ts', 'js'].map((extension) => `dist/${entry}.${extension}`),
  );
  const esm = ['angular.d.ts', 'angular.mjs', 'cli.js', 'index.web.js'];
  expect([...files].sort()).toEqual(
    [
      ...both,
      ...esm.map((file) => `dist/${file}`),
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ].sort(),
  );
});

test('every file that package.json names is in the tarball', async () => {
  const path = join(folders['7.8.2'], 'node_modules/rxjs-task-status/package.json');
  const described: unknown = JSON.parse(await readFile(path, 'utf8'));
  const named = pathsIn(described);
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((file) => !files.includes(file))).toEqual([]);
});

/** All strings, at any depth, that look like a file of the package. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string')
    return /^(\.\/)?dist\/./.test(value) ? [value.replace('./', '')] : [];
  return typeof value === 'object' && value ? Object.values(value).flatMap(pathsIn) : [];
}
