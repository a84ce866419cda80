import { access } from 'node:fs/promises';
import { installPackage, type Installed } from '../package/setup.js';
import { borrowRuntimes } from '../support/borrow-runtimes.js';
import { CHROMIUM } from '../support/chromium.js';
import { installPreviews } from './previews.js';

/** What the runs need, as far as it is available. */
export interface Prepared {
  /** A folder with the package for each version of RxJS. */
  readonly folders: Readonly<Record<string, string>>;
  /** The packed package, if it could be packed. */
  readonly tarball: string | undefined;
  /** The paths of the runtimes. */
  readonly commands: Readonly<Record<string, string>>;
  /** What is missing and why, one line each. */
  readonly missing: readonly string[];
}

/**
 * Installs the package and the runtimes.
 *
 * @param complete whether a missing part is an error
 */
export async function prepare(
  complete: boolean,
): Promise<{ prepared: Prepared; remove: () => Promise<void> }> {
  const missing: string[] = [];
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (complete) throw error;
      missing.push(`${what}: ${String(error).split('\n')[0]}`);
      return undefined;
    }
  };
  const [installed, runtimes, chromium] = await Promise.all([
    attempt('the packed package cannot be installed', installAll),
    attempt('Node, Deno, Bun and workerd cannot be installed', borrowRuntimes),
    attempt('there is no Chromium', () => access(CHROMIUM).then(() => ({ chromium: CHROMIUM }))),
  ]);
  return {
    prepared: {
      folders: installed?.folders ?? {},
      tarball: installed?.tarball,
      commands: { ...runtimes, ...chromium },
      missing,
    },
    remove: installed?.remove ?? (() => Promise.resolve()),
  };
}

/** Installs the package with each version of RxJS, also those that package.json does not allow. */
async function installAll(): Promise<
  Pick<Installed, 'tarball'> & { folders: Record<string, string>; remove: () => Promise<void> }
> {
  const { tarball, folders, remove } = await installPackage();
  try {
    return { tarball, folders: { ...folders, ...(await installPreviews(tarball)) }, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
