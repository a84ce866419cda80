// Prints the software bill of materials of the package as CycloneDX JSON: npm run --silent sbom
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { bundledPackages, type BundledPackage } from './bundled-packages.js';

interface Component {
  'bom-ref': string;
  name: string;
  version: string;
}

interface Bom {
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

const omitted = ['dev', 'peer', 'optional'].flatMap((kind) => ['--omit', kind]);
const flags = ['--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'library'];
// npm knows what users install with the package, but not what `dist/cli.js` contains
const bom = JSON.parse(
  execFileSync('npm', ['sbom', ...flags, ...omitted], { encoding: 'utf8' }),
) as Bom;
// by reference: a version may be bundled twice
const bundled = new Map(
  (await bundledPackages()).map(componentOf).map((component) => [component['bom-ref'], component]),
);
const { name } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string };
// npm takes the name of the folder
bom.metadata.component.name = name;
bom.components.push(...bundled.values());
const own = bom.metadata.component['bom-ref'];
bom.dependencies.find(({ ref }) => ref === own)?.dependsOn.push(...bundled.keys());
bom.dependencies.push(...Array.from(bundled.keys(), (ref) => ({ ref, dependsOn: [] })));
console.log(JSON.stringify(bom, null, 2));

function componentOf({ folder, name, version, license }: BundledPackage) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { integrity?: string } | undefined>;
  };
  const key = folder.slice(folder.indexOf('node_modules/'));
  const [algorithm = '', digest = ''] = (lock.packages[key]?.integrity ?? '').split('-', 2);
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    scope: 'required',
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    properties: [{ name: 'bundledIn', value: 'dist/cli.js' }],
    hashes: [
      {
        alg: algorithm.toUpperCase().replace('SHA', 'SHA-'),
        content: Buffer.from(digest, 'base64').toString('hex'),
      },
    ],
    licenses: [{ license: { id: license } }],
  };
}
