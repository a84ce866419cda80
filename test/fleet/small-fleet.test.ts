import { describe, test } from 'vitest';
import { checkFleet, skipsFleet } from './check-fleet.js';

describe.skipIf(skipsFleet())('a small fleet', () => {
  test('loses no change when a worker is killed', { timeout: 120_000 }, () =>
    checkFleet({
      tasks: 12,
      workers: 2,
      requestsPerSecond: 8,
      concurrency: 8,
      lockDuration: 2_000,
      mishaps: [
        [0.4, 'kill a worker'],
        [0.4, 'add a worker'],
        [0.6, 'publish a change again'],
      ],
    }),
  );
});
