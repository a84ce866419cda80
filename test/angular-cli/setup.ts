import type { TestProject } from 'vitest/node';
import { makeFolder, pack, removeFolder } from './workspace.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed library, in a folder for further packages. */
    tarball: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await makeFolder();
  provide('tarball', await pack(folder));
  return () => removeFolder(folder);
}
