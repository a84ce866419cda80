import { browserUseV1, browserUseV2, browserUseV4 } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { readArguments } from '../../src/cli/arguments.js';

const DEFAULTS = {
  help: false,
  version: false,
  json: false,
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
    [['a', '--require-finished'], { requireFinished: true, taskIds: ['a'] }],
    [['--api', 'v1', 'a'], { api: browserUseV1, taskIds: ['a'] }],
    [['--api=v2', 'a'], { api: browserUseV2, taskIds: ['a'] }],
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
    [[], 'Which task? Give at least one task id, or --help'],
    [['--json'], 'Which task? Give at least one task id, or --help'],
    [['--api', 'v3', 'a'], '--api is one of v1, v2, v4, got "v3"'],
    [['--api', 'v3', '--help'], '--api is one of v1, v2, v4, got "v3"'],
    [['--timeout', 'soon', 'a'], '--timeout takes whole milliseconds, got "soon"'],
    [['--timeout', '1.5', 'a'], '--timeout takes whole milliseconds, got "1.5"'],
    [['--timeout', '5s', 'a'], '--timeout takes whole milliseconds, got "5s"'],
    [['--timeout', 's5', 'a'], '--timeout takes whole milliseconds, got "s5"'],
    [['--timeout', '', 'a'], '--timeout takes whole milliseconds, got ""'],
    [['--interval', '1', 'a'], "Unknown option '--interval'"],
    [['-x', 'a'], "Unknown option '-x'"],
    [['--json=yes', 'a'], "Option '--json' does not take an argument"],
    [['--timeout'], "Option '--timeout <value>' argument missing"],
  ])('%j is refused', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });
});
