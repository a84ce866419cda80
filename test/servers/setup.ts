import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { npm } from '../support/npm.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the packed library. */
    tarball: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Packs the built library once. Each test installs what else its project needs: see `project.ts`. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'task-status-servers-tarball-'));
  const packed = await npm(root, 'pack', '--json', '--pack-destination', folder);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  provide('tarball', join(folder, filename));
  return () => rm(folder, { recursive: true });
}
