import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { userEnvironment } from '../support/user-environment.js';

/** A server that runs in a process. */
export interface RunningServer {
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  /** What it has written to stdout and stderr so far. */
  output(): string;
  /** Stops it and waits for its end. */
  stop(): Promise<void>;
}

/** A guard against a server that hangs, ms. */
const HANGS = 120_000;

/**
 * Starts a server and waits until it answers.
 *
 * @param command the program and its arguments, with `{port}` for the port
 * @param options the folder, and environment variables besides `PORT` and those of `userEnvironment()`
 */
export async function startServer(
  [program, ...args]: readonly [program: string, ...args: string[]],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<RunningServer> {
  const port = String(await freePort());
  const child = spawn(
    program,
    args.map((argument) => argument.replace('{port}', port)),
    {
      cwd,
      env: { ...userEnvironment(), PORT: port, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  child.once('error', (error) => (output += error.message));
  const origin = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await closed;
  };
  const until = performance.now() + HANGS;
  while (!(await answers(origin))) {
    if (child.exitCode !== null || performance.now() > until) {
      await stop();
      throw new Error(`${program} ${args.join(' ')} does not listen: ${output}`);
    }
    await sleep(50);
  }
  return { origin, output: () => output, stop };
}

async function answers(origin: string): Promise<boolean> {
  try {
    await (await fetch(`${origin}/is-listening`)).text();
    return true;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago. Not every server can choose one and say which. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
