import { afterAll, describe, expect, inject, test } from 'vitest';
import { startFaultServer } from '../http/fault-server.js';
import type { Ground } from '../http/suite.js';
import { runInstalled, type Format } from './run.js';

const server = await startFaultServer();
afterAll(() => server.close());

const { folders } = inject('installed');
const formats: readonly Format[] = ['esm', 'cjs'];

/** Node without `fetch`: a flag that Node 24 has no more, and what works in every version. */
const withoutFetch = [
  ...(Number(process.versions.node.split('.')[0]) < 24 ? ['--no-experimental-fetch'] : []),
  '--import',
  'data:text/javascript,delete globalThis.fetch',
];

async function runSuite(format: Format, flags: readonly string[], traits: Partial<Ground>) {
  const { origin, refused } = server;
  const ground = { origin, refused, patience: 1_000, tellsCodes: true, ...traits };
  const args = [JSON.stringify({ ground })];
  return runInstalled(folders['7.8.2'], 'http-child.ts', format, { flags, args });
}

const ALL = { passed: expect.toSatisfy((count: number) => count > 130) as number, failed: [] };

describe.each(formats)('the built package passes the HTTP checks, as %s', (format) => {
  test("over the platform's fetch", async () => {
    const traits = { noStoreShows: true, keepsConnections: true };
    const report = await runSuite(format, [], traits);
    expect(report).toEqual({ fetch: 'function', ...ALL });
  });

  test('over cross-fetch, where the runtime has no fetch', async () => {
    const report = await runSuite(format, withoutFetch, { nodeFetch: true });
    expect(report).toEqual({ fetch: 'undefined', ...ALL });
  });
});
