// Writes the API reference from the docstrings: npm run docs:api, with --check to compare only.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { Application } from 'typedoc';
import { keepFile } from './keep-file.js';
import { completePages } from './reference-pages.js';

const REFERENCE = 'docs/api';

const out = await mkdtemp(join(tmpdir(), 'api-reference-'));
try {
  const app = await Application.bootstrapWithPlugins({ out, logLevel: 'Warn' });
  const project = await app.convert();
  if (project) {
    app.validate(project);
    await app.generateOutputs(project);
  }
  if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
  else await keepPages();
} finally {
  await rm(out, { recursive: true });
}

async function keepPages(): Promise<void> {
  const written = new Map<string, string>();
  for (const page of await pagesIn(out)) {
    written.set(page, await readFile(join(out, page), 'utf8'));
  }
  for (const [page, content] of completePages(written)) {
    const path = join(REFERENCE, page);
    const config = await resolveConfig(path);
    await keepFile(path, await format(content, { ...config, parser: 'markdown' }));
  }
  const stale = (await pagesIn(REFERENCE)).filter((page) => !written.has(page));
  if (stale.length > 0) {
    console.error(`${REFERENCE} has pages without an entry point: ${stale.join(', ')}`);
    process.exitCode = 1;
  }
}

/** The pages in a folder. The page of `testing/server` is in a folder. */
async function pagesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.md'));
}
