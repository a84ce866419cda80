import { join } from 'node:path';
import { borrow } from './npm.js';
import { BUN, DENO, NODE, WORKERD } from './versions.js';

/**
 * Installs the runtimes, without the scripts that select a binary.
 *
 * @returns the paths of the binaries: `node-20.20.2`, …, `deno`, `bun`, `workerd`
 */
export async function borrowRuntimes(): Promise<Record<string, string>> {
  const { platform, arch } = process;
  const deno = `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`;
  const bun = `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`;
  const workerd = `@cloudflare/workerd-${platform}-${arch === 'x64' ? '64' : arch}`;
  const folder = await borrow('runtimes', {
    ...Object.fromEntries(
      NODE.map((version) => [`node-${version}`, `npm:node-${platform}-${arch}@${version}`]),
    ),
    [deno]: DENO,
    [bun]: BUN,
    [workerd]: WORKERD,
  });
  return {
    ...Object.fromEntries(
      NODE.map((version) => [`node-${version}`, join(folder, `node-${version}`, 'bin/node')]),
    ),
    deno: join(folder, deno, 'deno'),
    bun: join(folder, bun, 'bin/bun'),
    workerd: join(folder, workerd, 'bin/workerd'),
  };
}
