import { browserUseV1, browserUseV2, browserUseV3, browserUseV4 } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { HELP, readArguments } from '../../src/cli/arguments.js';

const DEFAULTS = {
  help: false,
  version: false,
  json: false,
  once: false,
  result: false,
  requireFinished: false,
  api: browserUseV1,
  baseUrl: undefined,
  timeout: undefined,
};

describe('the command line', () => {
  test.each([
    [['a'], { taskIds: ['a'] }],
    [['b', 'a', 'b'], { taskIds: ['b', 'a'] }],
    [['--json', 'a'], { json: true, taskIds: ['a'] }],
    [['--once', 'a'], { once: true, taskIds: ['a'] }],
    [['--result', 'a'], { result: true, taskIds: ['a'] }],
    [['a', '--require-finished'], { requireFinished: true, taskIds: ['a'] }],
    [['--api', 'v1', 'a'], { api: browserUseV1, taskIds: ['a'] }],
    [['--api=v2', 'a'], { api: browserUseV2, taskIds: ['a'] }],
    [['--api', 'v3', 'a'], { api: browserUseV3, taskIds: ['a'] }],
    [['--api', 'v4', 'a'], { api: browserUseV4, taskIds: ['a'] }],
    [['--base-url', 'http://x', 'a'], { baseUrl: 'http://x', taskIds: ['a'] }],
    [['--timeout', '0', 'a'], { timeout: 0, taskIds: ['a'] }],
    [['--timeout', '1500', 'a'], { timeout: 1_500, taskIds: ['a'] }],
    [['--', '--json'], { taskIds: ['--json'] }],
    [['--help'], { help: true, taskIds: [] }],
    [['-h'], { help: true, taskIds: [] }],
    [['--version'], { version: true, taskIds: [] }],
    [['-v'], { version: true, taskIds: [] }],
  ])('%j', (args, wanted) => {
    expect(readArguments(args)).toEqual({ ...DEFAULTS, ...wanted });
  });

  test.each([
    [[], 'No task id is given; see --help'],
    [['--json'], 'No task id is given; see --help'],
    [['--api', 'v9', 'a'], '--api must be one of v1, v2, v3, v4, got "v9"'],
    [['--api', 'v9', '--help'], '--api must be one of v1, v2, v3, v4, got "v9"'],
    [['--timeout', 'soon', 'a'], '--timeout must be an integer (milliseconds), got "soon"'],
    [['--timeout', '1.5', 'a'], '--timeout must be an integer (milliseconds), got "1.5"'],
    [['--timeout', '5s', 'a'], '--timeout must be an integer (milliseconds), got "5s"'],
    [['--timeout', 's5', 'a'], '--timeout must be an integer (milliseconds), got "s5"'],
    [['--timeout', '', 'a'], '--timeout must be an integer (milliseconds), got ""'],
    [
      ['--timeout', '\u001b[2J\u202e1', 'a'],
      '--timeout must be an integer (milliseconds), got "1"',
    ],
    [['--api', '\u200bv\u009b9m', 'a'], '--api must be one of v1, v2, v3, v4, got "v"'],
    [['--api', 'V3', 'a'], '--api must be one of v1, v2, v3, v4, got "V3"'],
    [['--interval', '1', 'a'], "Unknown option '--interval'"],
    [['-x', 'a'], "Unknown option '-x'"],
    [['--json=yes', 'a'], "Option '--json' does not take an argument"],
    [['--timeout'], "Option '--timeout <value>' argument missing"],
  ])('%j is refused', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });
});

describe('the help', () => {
  test('starts all descriptions of options in the same column', () => {
    const options = /\nOptions:\n(.*?)\n\n/s.exec(HELP)?.[1]?.split('\n') ?? [];
    expect(options).toHaveLength(9);
    expect(new Set(options.map((line) => /^ {2}\S.*? {2,}/.exec(line)?.[0].length)).size).toBe(1);
  });

  test('has a line for each option, and lines that fit into 100 columns', () => {
    expect(HELP.match(/^ {2}-.*/gm)).toEqual([
      expect.stringMatching(/^ {2}--once {2,}poll each task once/),
      expect.stringMatching(/^ {2}--json {2,}print each change and each failure/),
      expect.stringMatching(/^ {2}--result {2,}print the result of each/),
      expect.stringMatching(/^ {2}--require-finished {2,}report each task/),
      expect.stringMatching(/^ {2}--timeout <ms> {2,}stop after this/),
      expect.stringMatching(/^ {2}--api <v1\|v2\|v3\|v4> {2,}the version/),
      expect.stringMatching(/^ {2}--base-url <url> {2,}the URL of the API/),
      expect.stringMatching(/^ {2}-h, --help {2,}print/),
      expect.stringMatching(/^ {2}-v, --version {2,}print/),
    ]);
    expect(HELP.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  test('explains each exit code, and the order of several', () => {
    expect(HELP.match(/^ {2}\d+/gm)?.map(Number)).toEqual([0, 1, 2, 3, 4, 130, 143]);
    expect(HELP).toContain('it is the worst one, in this order: 3, 4, 2, 1, 0.');
  });
});
