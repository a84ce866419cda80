import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const NO_NETWORK = new URL('no-network.js', import.meta.url).href;

/** Runs `npm run docs:site` without a network. Rejects with what it printed if it fails. */
export async function buildSite(folder: string): Promise<void> {
  await promisify(execFile)('npm', ['run', 'docs:site', '--', '--outDir', folder], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: withoutNetwork(),
  });
}

/** The environment of a program in which each connection fails, also in the programs that it starts. */
export function withoutNetwork(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: `--import ${NO_NETWORK}` };
}
