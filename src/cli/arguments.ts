import { parseArgs } from 'node:util';
import { browserUseV1, browserUseV2, browserUseV4, type TaskApi } from 'rxjs-task-status';

export const HELP = `Usage: rxjs-task-status [options] <task-id...>

Watches tasks of the Browser Use Cloud API until they end, at most 16 requests at a time.

Options:
  --json              one line of JSON for each change of status, and nothing else on stdout
  --require-finished  name each task that ended without success on stderr
  --timeout <ms>      give up after this many milliseconds
  --api <v1|v2|v4>    the version of the API; default v1
  --base-url <url>    where the API is; default BROWSER_USE_BASE_URL, else the API's own
  -h, --help          show this
  -v, --version       show the version

Environment:
  BROWSER_USE_API_KEY   the API key; there is no option for it
  BROWSER_USE_BASE_URL  stands in for --base-url

Exit code:
  0 finished, 1 failed, 2 stopped, 3 error;
  of several tasks the worst, which is the highest;
  130 interrupted (Ctrl-C), 143 terminated
`;

const APIS = new Map<string, TaskApi<string>>([
  ['v1', browserUseV1],
  ['v2', browserUseV2],
  ['v4', browserUseV4],
]);

/** What the command line asks for. */
export interface Arguments {
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
  readonly requireFinished: boolean;
  readonly api: TaskApi<string>;
  readonly baseUrl: string | undefined;
  readonly timeout: number | undefined;
  /** Each once. */
  readonly taskIds: readonly string[];
}

/** Reads the command line; throws an `Error` whose message says what is wrong with it. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'v', default: false },
      json: { type: 'boolean', default: false },
      'require-finished': { type: 'boolean', default: false },
      api: { type: 'string', default: 'v1' },
      'base-url': { type: 'string' },
      timeout: { type: 'string' },
    },
  });
  const { help, version, json, timeout } = values;
  const api = APIS.get(values.api);
  if (!api) throw new Error(`--api is one of ${[...APIS.keys()].join(', ')}, got "${values.api}"`);
  if (timeout !== undefined && !/^\d+$/.test(timeout)) {
    throw new Error(`--timeout takes whole milliseconds, got "${timeout}"`);
  }
  if (!positionals.length && !help && !version) {
    throw new Error('Which task? Give at least one task id, or --help');
  }
  return {
    help,
    version,
    json,
    requireFinished: values['require-finished'],
    api,
    baseUrl: values['base-url'],
    timeout: timeout === undefined ? undefined : Number(timeout),
    taskIds: [...new Set(positionals)],
  };
}
