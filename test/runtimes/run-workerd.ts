import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Outcome, Traits } from './checks.js';
import { compile } from './compile.js';
import type { Ended } from './run-process.js';

/** Runs the checks in a worker of Cloudflare's runtime with a compatibility date. */
export async function runWorkerd(
  workerd: string,
  compatibilityDate: string,
  folder: string,
  traits: Traits,
): Promise<Omit<Ended, 'lingered'>> {
  const program = await compile(folder, 'workerd', {
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
  });
  const config = join(dirname(program), 'config.capnp');
  await writeFile(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "checks", worker = .checks),
        (name = "internet", network = (allow = ["local"]))
      ],
      sockets = [(name = "http", address = "127.0.0.1:0", service = "checks")]
    );
    const checks :Workerd.Worker = (
      modules = [(name = "program", esModule = embed "${basename(program)}")],
      compatibilityDate = "${compatibilityDate}"
    );`,
  );
  const child = spawn(workerd, ['serve', '--control-fd=3', config], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`workerd ended: ${stderr}`)));
      createInterface(child.stdio[3] as Readable).once('line', (line) => {
        resolve((JSON.parse(line) as { port: number }).port);
      });
    });
    const body = JSON.stringify(traits);
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
    return { outcome: (await answer.json()) as Outcome, stderr };
  } finally {
    child.kill();
  }
}
