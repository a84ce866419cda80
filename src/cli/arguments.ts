import { parseArgs } from 'node:util';
import {
  browserUseV1,
  browserUseV2,
  browserUseV3,
  browserUseV4,
  type TaskApi,
} from 'rxjs-task-status';
import { printable } from './printable.js';

/** The values of `--api`. */
const APIS = new Map<string, TaskApi<string>>([
  ['v1', browserUseV1],
  ['v2', browserUseV2],
  ['v3', browserUseV3],
  ['v4', browserUseV4],
]);

/** An option for parseArgs(), and its line in the help text. */
interface Option {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  readonly default?: boolean | string;
  /** The placeholder of its value in the help text. */
  readonly value?: string;
  readonly help: string;
}

/** In the order of the help text. */
const OPTIONS = {
  once: {
    type: 'boolean',
    default: false,
    help: 'poll each task once; exit code 4 if a task has not ended',
  },
  json: {
    type: 'boolean',
    default: false,
    help: 'print each change and each failure as a line of JSON',
  },
  result: {
    type: 'boolean',
    default: false,
    help: 'print the result of each successful task as JSON at the end',
  },
  'require-finished': {
    type: 'boolean',
    default: false,
    help: 'report each task that ended without success on stderr',
  },
  timeout: {
    type: 'string',
    value: '<ms>',
    help: 'stop after this many milliseconds, with exit code 3',
  },
  api: {
    type: 'string',
    default: 'v1',
    value: `<${[...APIS.keys()].join('|')}>`,
    help: 'the version of the API; default v1',
  },
  'base-url': {
    type: 'string',
    value: '<url>',
    help: 'the URL of the API; default BROWSER_USE_BASE_URL, else the public API',
  },
  help: { type: 'boolean', short: 'h', default: false, help: 'print this help' },
  version: { type: 'boolean', short: 'v', default: false, help: 'print the version' },
} as const satisfies Record<string, Option>;

export const HELP = `Usage: rxjs-task-status [options] <task-id...>

Polls tasks of the Browser Use Cloud API until they end, with at most 16 requests at a time.
On a terminal it updates a row for each task. In a pipe it prints a line for each change and each
failure; with --result, these lines go to stderr and only the results to stdout.

Options:
${Object.entries<Option>(OPTIONS).map(helpLine).join('\n')}

Environment:
  BROWSER_USE_API_KEY   the API key; there is no option for it
  BROWSER_USE_BASE_URL  the URL of the API, if there is no --base-url

Exit code:
  0    finished
  1    failed, or ended without success in another way
  2    stopped or cancelled
  3    error: polling a task or reading its result failed, --timeout passed, or an argument is wrong
  4    not ended, with --once
  130  interrupted (Ctrl-C)
  143  terminated (SIGTERM)
  With several tasks it is the worst one, in this order: 3, 4, 2, 1, 0.
`;

function helpLine([name, { short, value, help }]: [string, Option]): string {
  const usage = [short === undefined ? '' : `-${short},`, `--${name}`, value].join(' ').trim();
  return `  ${usage.padEnd(19)}  ${help}`;
}

/** The parsed command line. */
export interface Arguments {
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
  readonly once: boolean;
  readonly result: boolean;
  readonly requireFinished: boolean;
  readonly api: TaskApi<string>;
  readonly baseUrl: string | undefined;
  readonly timeout: number | undefined;
  /** Without duplicates. */
  readonly taskIds: readonly string[];
}

/** Parses the command line. Throws an `Error` whose message says what is wrong. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: OPTIONS,
  });
  const { help, version, json, once, result, timeout } = values;
  const api = APIS.get(values.api);
  if (!api) {
    throw new Error(
      `--api must be one of ${[...APIS.keys()].join(', ')}, got "${printable(values.api)}"`,
    );
  }
  if (timeout !== undefined && !/^\d+$/.test(timeout)) {
    throw new Error(`--timeout must be an integer (milliseconds), got "${printable(timeout)}"`);
  }
  if (!positionals.length && !help && !version) {
    throw new Error('No task id is given; see --help');
  }
  return {
    help,
    version,
    json,
    once,
    result,
    requireFinished: values['require-finished'],
    api,
    baseUrl: values['base-url'],
    timeout: timeout === undefined ? undefined : Number(timeout),
    taskIds: [...new Set(positionals)],
  };
}
