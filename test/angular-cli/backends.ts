import { build } from 'esbuild';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../http/collect.js';
import { startFaultServer, type FaultServer } from '../http/fault-server.js';
import type { Place } from './applications.js';
import type { Backend, runHttpSuite } from './http-page.js';

const page = fileURLToPath(new URL('http-page.ts', import.meta.url));

/** A user's program, which a bundler other than the CLI's compiles at runtime. */
const PROGRAM = `
  import '@angular/compiler';
  import * as http from '@angular/common/http';
  import * as core from '@angular/core';
  import * as platform from '@angular/platform-browser';
  import * as library from 'rxjs-task-status';
  import * as angularLibrary from 'rxjs-task-status/angular';
  import { runHttpSuite } from ${JSON.stringify(page)};
  window.runHttpSuite = (...args) =>
    runHttpSuite({ http, core, platform, library, angularLibrary }, ...args);
`;

const AT_ONCE = 'the error at once, after every status';
const RETRIED = 'retried, then the error, after every status';
const WELL = 'over as soon as the server is well again';

/** Neither backend stops reading: a body without end lasts until `requestTimeout`. */
const ENDLESS = [
  `a body without end: ${AT_ONCE}`,
  `a compressed body without end: ${AT_ONCE}`,
  `404 with a body without end: ${AT_ONCE}`,
  `503 with a body without end: ${RETRIED}`,
  `503 with a body without end: ${WELL}`,
  'a body without end of a good answer: the connection is closed, its rest unread',
  'a body without end of an error: the connection is closed, its rest unread',
];

/** What is said of `fetchTransport` alone. */
const OTHER_FETCH = [
  'the fetch of the runtime is looked up at each request',
  'a body without end, without a watch: the transport itself stops reading',
];

/** XMLHttpRequest follows redirects, whatever one does. */
const FOLLOWED = [
  ...[301, 302, 303, 307, 308].map(
    (status) => `${status}: the error at once, and nobody goes there`,
  ),
  'a redirect to another origin: the key does not go there',
];

/** XMLHttpRequest, and the fetch backend from Angular 22 on, read a body as its charset says. */
const CHARSETS = [
  `another charset than UTF-8: ${RETRIED}`,
  `another charset than UTF-8: ${WELL}`,
  'a status with a wrong charset is that status',
];

const BOTH = [...ENDLESS, ...OTHER_FETCH];

/** What the program has put there. */
interface Page {
  runHttpSuite: (
    ...args: Parameters<typeof runHttpSuite> extends [unknown, ...infer Rest] ? Rest : never
  ) => ReturnType<typeof runHttpSuite>;
}

/** The HTTP checks of the library over both of Angular's backends. */
export function testBackends(place: Place, major: number): void {
  let faults: FaultServer;
  let server: Server;

  beforeAll(async () => {
    faults = await startFaultServer();
    const { outputFiles } = await build({
      stdin: { contents: PROGRAM, resolveDir: place.workspace.folder },
      bundle: true,
      format: 'esm',
      tsconfigRaw: '{}',
      write: false,
    });
    server = createServer((request, response) => {
      const script = request.url === '/page.js';
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      response.end(
        script
          ? outputFiles[0]?.text
          : '<!doctype html><script type="module" src="/page.js"></script>',
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    await faults.close();
  });

  async function run(
    backend: Backend,
    traits: object,
    left: readonly string[],
  ): Promise<Report & { left: readonly string[] }> {
    const { origin, refused } = faults;
    const ground = {
      origin,
      refused,
      patience: 4_000,
      opaqueRedirects: true,
      repeats: true,
      ...traits,
    };
    const tab = await place.browser.newPage();
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction('window.runHttpSuite');
    const report = await tab.evaluate((args) => (window as unknown as Page).runHttpSuite(...args), [
      backend,
      ground,
      left,
    ] as const);
    await tab.close();
    return report;
  }

  test.each([
    ['FetchBackend', { noStoreShows: true }, major < 22 ? BOTH : [...BOTH, ...CHARSETS]],
    ['HttpXhrBackend', {}, [...BOTH, ...FOLLOWED, ...CHARSETS]],
  ] as const)('passes the HTTP checks over the %s', async (backend, traits, left) => {
    const report = await run(backend, traits, left);
    expect(report.failed).toEqual([]);
    expect(report.passed).toBeGreaterThan(110);
    // what is left out is what docs/angular.md says, and nothing that is no check any more
    expect(new Set(report.left)).toEqual(new Set(left));
  });
}
