import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildSite } from './build-site.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the built site. */
    site: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'task-status-site-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true });
  try {
    await buildSite(folder);
    provide('site', folder);
    return remove;
  } catch (error) {
    await remove();
    throw error;
  }
}
