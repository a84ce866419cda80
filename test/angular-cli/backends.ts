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

/** A program over the built package. esbuild bundles it, and the browser compiles its Angular code. */
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

const RETRIED = 'retried, then an error, after all statuses';
const RECOVERED = 'no error once the server has recovered';

/** Checks of `fetchTransport` itself. */
const OTHER_FETCH = [
  'the fetch of the runtime is looked up at each request',
  'an endless body, without a watch: the transport itself stops reading',
];

/** XMLHttpRequest always follows redirects. */
const FOLLOWED = [
  ...[301, 302, 303, 307, 308].map(
    (status) => `${status}: an error at once, and the redirect is not followed`,
  ),
  'a redirect to another origin: the key is not sent there',
];

/** XMLHttpRequest, and from Angular 22 on the fetch backend, use the charset of a body. */
const CHARSETS = [
  `another charset than UTF-8: ${RETRIED}`,
  `another charset than UTF-8: ${RECOVERED}`,
  'a status with a wrong charset is that status',
];

/** The page, with the function of the program. */
interface Page {
  runHttpSuite: (
    ...args: Parameters<typeof runHttpSuite> extends [unknown, ...infer Rest] ? Rest : never
  ) => ReturnType<typeof runHttpSuite>;
}

/** Runs the HTTP checks of the library over both of Angular's backends. */
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
    excluded: readonly string[],
  ): Promise<Report & { excluded: readonly string[] }> {
    const { origin, refused } = faults;
    const fixture = {
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
      fixture,
      excluded,
    ] as const);
    await tab.close();
    return report;
  }

  test.each([
    [
      'FetchBackend',
      { noStoreShows: true },
      major < 22 ? OTHER_FETCH : [...OTHER_FETCH, ...CHARSETS],
    ],
    ['HttpXhrBackend', {}, [...OTHER_FETCH, ...FOLLOWED, ...CHARSETS]],
  ] as const)('passes the HTTP checks over the %s', async (backend, traits, excluded) => {
    const report = await run(backend, traits, excluded);
    expect(report.failed).toEqual([]);
    expect(report.passed).toBeGreaterThan(110);
    // every excluded check exists, and docs/angular.md explains it
    expect(new Set(report.excluded)).toEqual(new Set(excluded));
  });
}
