import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { bundledPackages } from './bundled-packages.js';

interface Sbom {
  metadata: { component: { name: string; version: string } };
  components: {
    'bom-ref': string;
    hashes: { alg: string; content: string }[];
    licenses: { license: { id: string } }[];
  }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

const { folders } = inject('installed');

/** The packages that npm installs with the library, but not its peer. */
function installedPackages(): string[] {
  const modules = join(folders['7.8.2'], 'node_modules');
  return readdirSync(modules)
    .filter((folder) => !folder.startsWith('.') && !['rxjs', 'rxjs-task-status'].includes(folder))
    .map((folder) => {
      const file = readFileSync(join(modules, folder, 'package.json'), 'utf8');
      const { name, version } = JSON.parse(file) as { name: string; version: string };
      return `${name}@${version}`;
    });
}

test('the bill of materials lists what is installed and what is bundled, with hashes', async () => {
  const sbom = JSON.parse(
    execFileSync('npm', ['run', '--silent', 'sbom'], { encoding: 'utf8' }),
  ) as Sbom;
  expect(sbom.metadata.component.name).toBe('rxjs-task-status');
  const bundled = (await bundledPackages()).map(({ name, version }) => `${name}@${version}`);
  const expected = new Set([
    ...installedPackages().filter((name) => !name.startsWith('tslib@')),
    ...bundled,
  ]);
  expect(sbom.components.map((component) => component['bom-ref']).sort()).toEqual(
    [...expected].sort(),
  );
  for (const { hashes, licenses } of sbom.components) {
    expect(hashes).toEqual([
      { alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) as string },
    ]);
    expect(licenses[0]?.license.id).toMatch(/^[\w.-]+$/);
  }
  const known = new Set(sbom.components.map((component) => component['bom-ref']));
  for (const { dependsOn } of sbom.dependencies) {
    expect(dependsOn.filter((name) => !known.has(name))).toEqual([]);
  }
});
