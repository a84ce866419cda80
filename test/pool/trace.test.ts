import { describe, expect } from 'vitest';
import { poolHistory, type PoolEntry } from '../support/pool-history.js';
import { predictPool } from '../support/pool-model.js';
import { runPool } from '../support/pool-run.js';
import { test } from '../support/property.js';
import { runs } from '../support/runs.js';

/** Times to a millionth of a millisecond: the sums are taken in different orders. */
const rounded = (trace: readonly PoolEntry[]): unknown =>
  JSON.parse(
    JSON.stringify(trace, (_, value: unknown) =>
      typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value,
    ),
  );

describe('a pool', () => {
  test.prop([poolHistory()], runs(1_000))(
    'does what the model predicts, for any tasks, answers and subscribers',
    (history) => {
      expect(rounded(runPool(history))).toEqual(rounded(predictPool(history)));
    },
  );
});
