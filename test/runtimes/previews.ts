import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { npm } from '../support/npm.js';
import { RXJS, RXJS_8, RXJS_9 } from '../support/versions.js';

/** The newest RxJS that package.json allows. */
const NEWEST = RXJS[1];

/** What a user writes into package.json to use the package with a release of RxJS. */
const MANIFESTS: Readonly<Record<string, object>> = {
  // npm refuses RxJS 8 without the override
  [RXJS_8]: {
    dependencies: { rxjs: RXJS_8 },
    overrides: { 'rxjs-task-status': { rxjs: '$rxjs' } },
  },
  // beside RxJS 7
  [RXJS_9]: { dependencies: { rxjs: NEWEST, rxjs9: `npm:rxjs@${RXJS_9}` } },
};

/** The folder where RxJS 9 is installed in place of RxJS 7. */
export const IN_PLACE = `${RXJS_9}, in place of RxJS 7`;

/**
 * Installs the packed package with the releases of RxJS that package.json does not allow, in folders
 * next to the tarball.
 */
export async function installPreviews(tarball: string): Promise<Record<string, string>> {
  const manifests = {
    ...MANIFESTS,
    [IN_PLACE]: {
      dependencies: { rxjs: RXJS_9 },
      overrides: { 'rxjs-task-status': { rxjs: '$rxjs' } },
    },
  };
  const install = async ([name, manifest]: [string, object], at: number) => {
    const folder = join(dirname(tarball), `preview-${at}`);
    await mkdir(folder);
    const { dependencies, ...rest } = manifest as { dependencies: object };
    const all = { ...dependencies, 'rxjs-task-status': `file:${tarball}` };
    await writeFile(join(folder, 'package.json'), JSON.stringify({ ...rest, dependencies: all }));
    await npm(folder, 'install');
    return [name, folder] as const;
  };
  return Object.fromEntries(await Promise.all(Object.entries(manifests).map(install)));
}

/** Whether npm installs the package with a release of RxJS, without any setting. */
export async function isRefused(tarball: string, rxjs: string): Promise<boolean> {
  const folder = join(dirname(tarball), `plain-${rxjs}`);
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{}');
  const installed = npm(folder, 'install', tarball, `rxjs@${rxjs}`);
  return installed.then(
    () => false,
    (error: unknown) => String(error).includes('ERESOLVE'),
  );
}
