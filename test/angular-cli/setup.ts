import { dirname } from 'node:path';
import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { pack } from './workspace.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed library. */
    tarball: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const tarball = await pack();
  provide('tarball', tarball);
  return () => rm(dirname(tarball), { recursive: true });
}
