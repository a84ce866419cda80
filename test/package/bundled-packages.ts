import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

/** A package of which `dist/cli.js` contains code. */
export interface BundledPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Its SPDX id. */
  readonly license: string;
}

/** The packages that the command bundles, found without the build of the library. */
export async function bundledPackages(): Promise<BundledPackage[]> {
  const { metafile } = await build({
    entryPoints: ['src/cli.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['rxjs-task-status', 'rxjs', 'cross-fetch'],
    metafile: true,
    write: false,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs.flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? (/^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []) : [],
  );
  return [...new Set(folders)].sort().map((folder) => {
    const described = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as BundledPackage;
    return { folder, name: described.name, version: described.version, license: described.license };
  });
}
