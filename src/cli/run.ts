import { version } from '../../package.json';
import { HELP, readArguments } from './arguments.js';
import { oneLine } from './one-line.js';
import { followTasks } from './follow-tasks.js';

/** The environment variables; the command reads its key and its `baseUrl` there. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The command, from its arguments to its exit code.
 *
 * It does not end the process: when it resolves, no request and no timer is left to keep it alive.
 */
export async function run(args: readonly string[], env: Environment): Promise<number> {
  // a reader that has left (`| head -1`) ends the run, and is no reason for a stack trace
  process.stdout.on('error', () => undefined);
  try {
    const wanted = readArguments(args);
    if (wanted.help) process.stdout.write(HELP);
    else if (wanted.version) process.stdout.write(`${version}\n`);
    else return await followTasks(wanted, env);
    return 0;
  } catch (error) {
    process.stderr.write(`${oneLine(error)}\n`);
    return 3;
  }
}
