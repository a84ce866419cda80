import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { bundledPackages } from './bundled-packages.js';

const { files, folders } = inject('installed');
const root = join(folders['7.8.2'], 'node_modules/rxjs-task-status');

test('the command contains the licence of each package that is bundled in it', async () => {
  const cli = await readFile(join(root, 'dist/cli.js'), 'utf8');
  const packages = await bundledPackages();
  expect(packages.length).toBeGreaterThan(5);
  for (const { folder, name, version } of packages) {
    const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file)) ?? 'no licence';
    const licence = await readFile(join(folder, file), 'utf8');
    expect(cli).toContain(`\n${name} ${version}\n\n${licence.trim()}\n`);
  }
});

test('no other file of the package contains a package', async () => {
  const others = files.filter((file) => /^dist\/.*js$/.test(file) && file !== 'dist/cli.js');
  expect(others.length).toBeGreaterThan(15);
  for (const file of others) {
    expect(await readFile(join(root, file), 'utf8'), file).not.toMatch(/^\/\/ .*node_modules\//m);
  }
});
