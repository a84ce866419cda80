import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const check = process.argv.includes('--check');

/** Writes a generated file. With `--check` on the command line it only reports a file that is out of date. */
export async function keepFile(path: string, content: string): Promise<void> {
  const current = await readFile(path, 'utf8').catch(() => undefined);
  if (current === content) return;
  if (check) {
    console.error(`${path} is out of date: run the same command without --check`);
    process.exitCode = 1;
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  console.log(`wrote ${path}`);
}
