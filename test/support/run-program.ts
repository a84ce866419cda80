import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** The exit code and the output of a program. */
export interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** A running program. */
export interface Program {
  readonly child: ChildProcess;
  /** The lines of stdout. */
  readonly output: Interface;
  readonly ended: Promise<Run>;
  /** Waits for a line on stdout, past or future. Rejects if the program ends without it. */
  line(pattern: RegExp): Promise<string>;
}

/**
 * Starts a TypeScript program as `npm run demo` does.
 *
 * @param timeout kills a program that takes longer, ms; its exit code is then `null`
 */
export function startProgram(
  path: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  timeout = 240_000,
): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout,
    killSignal: 'SIGKILL',
  });
  const lines: string[] = [];
  let stderr = '';
  const output = createInterface(child.stdout).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, lines, stderr }));
  return {
    child,
    output,
    ended,
    async line(pattern) {
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        const more = once(output, 'line').then(() => true);
        if (!(await Promise.race([more, ended.then(() => false)]))) {
          throw new Error(
            `It ended without a line ${String(pattern)}: ${lines.join('\n')}${stderr}`,
          );
        }
      }
    },
  };
}

/** Runs a program to its end. */
export function runProgram(...program: Parameters<typeof startProgram>): Promise<Run> {
  return startProgram(...program).ended;
}
