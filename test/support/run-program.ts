import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** How a program ended and what it wrote. */
export interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** A program that is on. */
export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
  /** Waits for a line on stdout; an end without it rejects. */
  line(pattern: RegExp): Promise<string>;
}

/** Starts a TypeScript program as `npm run demo` does; one that hangs is killed, and has no code. */
export function startProgram(
  path: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const lines = () => stdout.split('\n').slice(0, -1);
  const ended = once(child, 'close').then(() => ({
    code: child.exitCode,
    lines: lines(),
    stderr,
  }));
  return {
    child,
    ended,
    async line(pattern) {
      for (;;) {
        const found = lines().find((line) => pattern.test(line));
        if (found !== undefined) return found;
        const more = once(child.stdout, 'data').then(() => true);
        if (!(await Promise.race([more, ended.then(() => false)]))) {
          throw new Error(`It ended without a line ${String(pattern)}: ${stdout}${stderr}`);
        }
      }
    },
  };
}

/** Runs a program to its end. */
export function runProgram(...program: Parameters<typeof startProgram>): Promise<Run> {
  return startProgram(...program).ended;
}
