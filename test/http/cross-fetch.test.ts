import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import * as library from '../../src/index.js';
import { controlByHttp } from './control-by-http.js';
import { startFaultServer } from './fault-server.js';
import { httpSuite, type Check } from './suite.js';

const server = await startFaultServer();
afterAll(() => server.close());

const check: Check = (name, run, how) => {
  if (how === 'alone') test(name, run, 120_000);
  else test.concurrent(name, run, 120_000);
};

describe('over cross-fetch, in a runtime without fetch', () => {
  beforeAll(() => vi.stubGlobal('fetch', undefined));
  afterAll(() => vi.unstubAllGlobals());

  httpSuite(check, {
    library,
    ...server,
    control: controlByHttp(server.origin),
    patience: 60_000,
    hasErrorCodes: true,
    nodeFetch: true,
  });
});
