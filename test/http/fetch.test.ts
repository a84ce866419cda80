import { describe, test, afterAll } from 'vitest';
import * as library from '../../src/index.js';
import { askOver } from './ask.js';
import { startFaultServer } from './fault-server.js';
import { httpSuite, type Check } from './suite.js';

const server = await startFaultServer();
afterAll(() => server.close());

const check: Check = (name, run, how) => {
  if (how === 'alone') test(name, run, 120_000);
  else test.concurrent(name, run, 120_000);
};

describe("over the platform's fetch", () => {
  httpSuite(check, {
    library,
    ...server,
    ask: askOver(server.origin),
    patience: 60_000,
    noStoreShows: true,
    tellsCodes: true,
  });
});
