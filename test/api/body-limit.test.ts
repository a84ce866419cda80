import { expect, test } from 'vitest';
import { BODY_LIMIT, requestBodyLimit, DEFAULT_BODY_LIMIT } from '../../src/api/body-limit.js';

test('the limit is 65,536 bytes, unless the request has another one', () => {
  expect(DEFAULT_BODY_LIMIT).toBe(65_536);
  expect(BODY_LIMIT).toBe(Symbol.for('rxjs-task-status.bodyLimit'));
  expect(requestBodyLimit({})).toBe(65_536);
  expect(requestBodyLimit({ [BODY_LIMIT]: 2 ** 24 })).toBe(2 ** 24);
  expect(requestBodyLimit({ ...{ [BODY_LIMIT]: 10 } })).toBe(10);
  expect(requestBodyLimit({ signal: undefined })).toBe(65_536);
  expect(requestBodyLimit({ [BODY_LIMIT]: 0 })).toBe(0);
});

test('a copy of a request with the same signal has the same limit', () => {
  const { signal } = new AbortController();
  expect(requestBodyLimit({ signal })).toBe(65_536);
  Object.assign(signal, { [BODY_LIMIT]: 2 ** 24 });
  expect(requestBodyLimit({ signal })).toBe(2 ** 24);
  expect(requestBodyLimit({ [BODY_LIMIT]: 10, signal })).toBe(10);
});

test.each(['10', -1, NaN, null, undefined])('a limit of %o is the default', (limit) => {
  expect(requestBodyLimit({ [BODY_LIMIT]: limit })).toBe(65_536);
});
