import { describe, test } from 'vitest';
import { checkFleet, skipsFleet } from './check-fleet.js';

describe.skipIf(skipsFleet())('a large fleet', () => {
  test('loses no change, whatever fails', { timeout: 300_000 }, () =>
    checkFleet({
      tasks: 500,
      workers: 3,
      requestsPerSecond: 60,
      concurrency: 300,
      lockDuration: 5_000,
      mishaps: [
        [0.2, 'answer 429'],
        [0.35, 'freeze a worker'],
        [0.5, 'kill a worker'],
        [0.5, 'add a worker'],
        [0.6, 'restart Redis'],
        [0.7, 'publish a change again'],
        [0.75, 'stop a worker'],
      ],
    }),
  );
});
