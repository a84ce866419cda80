import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { history } from '../support/arbitraries.js';
import type { History } from '../support/history.js';
import { predict } from '../support/model.js';
import { runs } from '../support/runs.js';
import type { StreamName } from '../support/trace.js';
import { watch } from '../support/virtual.js';

function agree(history: History, stream: StreamName): void {
  const { trace, cut, asked, open } = predict(history, stream);
  fc.pre(!open);
  expect(watch(history, stream)).toStrictEqual({ trace, cut, asked, breaches: [] });
}

describe('everything that can be seen of a watch is what the contract foretells', () => {
  test.prop([history()], runs(1_000))('taskPolls$', (history) => agree(history, 'taskPolls$'));
  test.prop([history()], runs(1_000))('taskStatus$', (history) => agree(history, 'taskStatus$'));
});
