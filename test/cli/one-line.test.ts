import { expect, test } from 'vitest';
import { oneLine } from '../../src/cli/one-line.js';

test.each<[error: unknown, line: string]>([
  [new Error('got an HTTP error (500):\n\n  oh  \t no\n'), 'got an HTTP error (500): oh no'],
  [new Error('\u001b[31mred\u001b[0m\u0007'), 'red'],
  ['no error at all', 'no error at all'],
  [undefined, 'undefined'],
])('%o is told in one line, without what a terminal would obey', (error, line) => {
  expect(oneLine(error)).toBe(`rxjs-task-status: ${line}`);
});
