import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Place } from './applications.js';
import { createFreshProject, type FreshProject } from './fresh-project.js';
import { record, type RecordedPage } from './recording.js';
import { startStatusServer, type StatusServer } from './status-server.js';
import { build, freePort, start, type RunningServer } from './workspace.js';

/** Runs before a server: its requests to the task API get to the server of the test. */
const REDIRECT = `
  const { fetch } = globalThis;
  globalThis.fetch = (url, init) =>
    fetch(String(url).replace('https://api.browser-use.com', process.env.TASK_UPSTREAM), init);
`;
const TASK = 'task_1234567890abcdef';

/** Tests the section "Setup" of docs/angular.md in a new project of the CLI. */
export function testFirstSteps(place: Place, major: number): void {
  describe('the section Setup of the docs, in a new project', () => {
    let project: FreshProject;
    let upstream: StatusServer;
    let server: RunningServer;
    let opened: RecordedPage | undefined;

    const serve = async (env: Record<string, string>): Promise<RunningServer> =>
      start(project, project.server, {
        ...env,
        NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(REDIRECT)}`,
        TASK_UPSTREAM: upstream.origin,
        PORT: String(await freePort()),
      });
    const visit = async (): Promise<RecordedPage['page']> => {
      opened = await record(place.browser, server.origin);
      return opened.page;
    };

    beforeAll(async () => {
      project = await createFreshProject(place.installation);
      upstream = await startStatusServer();
    });
    afterEach(async () => {
      await opened?.page.close();
      opened = undefined;
    });
    afterAll(() => {
      server?.stop();
      upstream?.close();
    });

    test('builds for production, without warnings', { timeout: 900_000 }, async () => {
      const printed = await build(project);
      expect(printed).toContain('Prerendered 1 static route');
      expect(printed).not.toMatch(/warning/i);
      server = await serve(project.env);
    });

    test('the HTML shows that the task is loading, without a request', async () => {
      const html = await (await fetch(server.origin)).text();
      expect(html).toContain('<p role="status">loading</p>');
      expect(upstream.requests).toEqual([]);
    });

    test('a host that is not allowed gets no HTML of the application', async () => {
      const strict = await serve({ NG_ALLOWED_HOSTS: '' });
      try {
        const response = await fetch(strict.origin);
        expect(response.status).toBe(major < 22 ? 200 : 400);
        expect(await response.text()).not.toContain('role="status"');
      } finally {
        strict.stop();
      }
    });

    test('the browser shows each status, and the key stays on the server', async () => {
      upstream.answers.set(TASK, 'running');
      const page = await visit();
      await expect.poll(() => page.getByRole('status').innerText()).toBe('running');
      upstream.answers.set(TASK, 'finished');
      await expect.poll(() => page.getByRole('status').innerText()).toBe('finished');
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(opened?.complaints).toEqual([]);
      const { BROWSER_USE_API_KEY: key = '' } = project.env;
      expect(key).not.toBe('');
      expect(new Set(upstream.requests.map(({ authorization }) => authorization))).toEqual(
        new Set([`Bearer ${key}`]),
      );
      expect(await page.content()).not.toContain(key);
    });

    test('the browser shows why there is no status', async () => {
      upstream.answers.set(TASK, 404);
      const page = await visit();
      await expect
        .poll(() => page.getByRole('alert').innerText())
        .toBe(`Task "${TASK}" was not found (404): Answer 404`);
      expect(await page.getByRole('status').count()).toBe(0);
      upstream.answers.set(TASK, 'paused');
      await page.getByRole('button', { name: 'Refresh' }).click();
      await expect.poll(() => page.getByRole('status').innerText()).toBe('paused');
      expect(opened?.complaints).toEqual([]);
    });

    test('the browser says that there is no answer, and recovers', async () => {
      upstream.answers.set(TASK, 503);
      const page = await visit();
      await expect.poll(() => page.getByText('No answer. Trying again.').count()).toBe(1);
      upstream.answers.set(TASK, 'running');
      await expect.poll(() => page.getByRole('status').innerText()).toBe('running');
      await expect.poll(() => page.getByText('No answer. Trying again.').count()).toBe(0);
    });
  });
}
