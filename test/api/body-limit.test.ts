import { expect, test } from 'vitest';
import { BODY_LIMIT, bodyLimitOf, DEFAULT_BODY_LIMIT } from '../../src/api/body-limit.js';

test('the limit is 65,536 bytes, unless the request has another one', () => {
  expect(DEFAULT_BODY_LIMIT).toBe(65_536);
  expect(BODY_LIMIT).toBe(Symbol.for('rxjs-task-status.bodyLimit'));
  expect(bodyLimitOf({})).toBe(65_536);
  expect(bodyLimitOf({ [BODY_LIMIT]: 2 ** 24 })).toBe(2 ** 24);
  expect(bodyLimitOf({ ...{ [BODY_LIMIT]: 10 } })).toBe(10);
  expect(bodyLimitOf({ [BODY_LIMIT]: 0 })).toBe(0);
});

test.each(['10', -1, NaN, null, undefined])('a limit of %o is the default', (limit) => {
  expect(bodyLimitOf({ [BODY_LIMIT]: limit })).toBe(65_536);
});
