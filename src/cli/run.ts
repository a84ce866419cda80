import { version } from '../../package.json';
import { HELP, readArguments } from './arguments.js';
import { followTasks } from './follow-tasks.js';
import { errorLine } from './printable.js';

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs the command and resolves with its exit code.
 *
 * It does not end the process. When it resolves, no request and no timer keeps the process alive.
 */
export async function run(args: readonly string[], env: Environment): Promise<number> {
  const { stdout, stderr } = process;
  // a closed pipe (`| head -1`) must not cause a stack trace
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  try {
    const parsed = readArguments(args);
    if (parsed.help) stdout.write(HELP);
    else if (parsed.version) stdout.write(`${version}\n`);
    else return await followTasks(parsed, env, { stdout, stderr });
    return 0;
  } catch (error) {
    stderr.write(`${errorLine(error)}\n`);
    return 3;
  }
}
