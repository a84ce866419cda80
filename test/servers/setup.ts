import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packLibrary } from '../support/packed-library.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the packed library. */
    tarball: string;
  }
}

/** Packs the built library once. Each test installs what else its project needs: see `project.ts`. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'task-status-servers-tarball-'));
  const { tarball } = await packLibrary(folder);
  provide('tarball', tarball);
  return () => rm(folder, { recursive: true });
}
