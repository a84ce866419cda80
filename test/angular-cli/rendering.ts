import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Place } from './applications.js';
import { record, type RecordedPage, type Recording } from './recording.js';
import { startStatusServer, type StatusRequest, type StatusServer } from './status-server.js';
import { start, type RunningServer } from './workspace.js';

/** A running application of `consumer`, and its task API. */
export interface Rendered {
  upstream: StatusServer;
  server: RunningServer;
}

/**
 * Tests what docs/angular.md says about rendering on the server.
 *
 * @param mode a configuration that has been built
 */
export function testRendering(place: Place, mode: string): void {
  describe('rendered on the server', () => {
    // filled before the first test
    const rendered = {} as Rendered;
    let opened: RecordedPage | undefined;

    beforeAll(async () => {
      Object.assign(rendered, await startRendered(place, mode));
    });
    beforeEach(() => {
      rendered.upstream.requests.length = 0;
      rendered.upstream.answers.clear();
    });
    afterEach(async () => {
      await opened?.page.close();
      opened = undefined;
    });
    afterAll(() => {
      rendered.server?.stop();
      rendered.upstream?.close();
    });

    // A request of a page that an earlier test has closed may arrive late: it does not count.
    const requests = (): StatusRequest[] =>
      rendered.upstream.requests.filter(
        ({ who, userAgent }) => who === 'server' || userAgent === opened?.userAgent,
      );
    const endsOfRequests = (): string[] => requests().map(({ end }) => end);
    const sendersOf = (taskId: string): string[] =>
      requests()
        .filter((request) => request.taskId === taskId)
        .map(({ who }) => who);
    const html = async (path: string): Promise<string> => {
      const html = await (await fetch(rendered.server.origin + path)).text();
      expect(html).toContain('ng-server-context=');
      return html;
    };
    const visit = async (path: string): Promise<RecordedPage> => {
      opened = await record(place.browser, rendered.server.origin + path);
      return opened;
    };
    const answered = (taskId: string): number =>
      requests().filter(
        (request) =>
          request.taskId === taskId && request.who === 'browser' && request.end === 'answered',
      ).length;
    const all = (...texts: string[]): Recording => ({
      resource: texts,
      toSignal: texts,
      async: texts,
    });

    describe.each([
      ['hydrated at once', '/shown/once/'],
      ['hydrated on interaction', '/parts/once/interaction/'],
      ['hydrated when it becomes visible', '/parts/once/viewport/'],
    ])("with 'once', a component that is %s", (_, path) => {
      async function hydrate({ page }: RecordedPage): Promise<void> {
        if (path.includes('interaction')) await page.click('.hydrate');
        if (path.includes('viewport')) await page.locator('.hydrate').scrollIntoViewIfNeeded();
      }

      test('shows the status of the server from the first frame until it changes', async () => {
        rendered.upstream.answers.set('task_1', 'running');
        const visited = await visit(`${path}task_1`);
        if (path.includes('parts')) {
          await visited.page.waitForLoadState('networkidle');
          // it has not been hydrated
          expect(answered('task_1')).toBe(0);
        }
        await hydrate(visited);
        await expect.poll(() => answered('task_1')).toBeGreaterThan(2);
        expect(await visited.recording()).toEqual(all('running'));
        rendered.upstream.answers.set('task_1', 'paused');
        await expect.poll(() => visited.recording()).toEqual(all('running', 'paused'));
        expect(visited.complaints).toEqual([]);
      });

      test('shows the error of the server from the first frame on', async () => {
        const visited = await visit(`${path}missing`);
        await hydrate(visited);
        await expect.poll(() => answered('missing')).toBe(1);
        await twoFrames(visited);
        expect(await visited.recording()).toEqual(
          all('Task "missing" was not found (404): Answer 404'),
        );
        expect(visited.complaints).toEqual([]);
      });

      test('shows the lost answer of the server until there is a status', async () => {
        rendered.upstream.answers.set('task_1', 503);
        const visited = await visit(`${path}task_1`);
        await hydrate(visited);
        await expect.poll(() => answered('task_1')).toBeGreaterThan(0);
        rendered.upstream.answers.set('task_1', 'running');
        const failure = expect.stringMatching(/503/) as string;
        await expect
          .poll(() => visited.recording())
          .toEqual({
            resource: [failure, 'running'],
            // a stream cannot go on after its error: the browser has a new one
            toSignal: [failure, 'waiting', 'running'],
            async: [failure, 'waiting', 'running'],
          });
        expect(visited.complaints).toEqual([]);
      });
    });

    test("with 'never' a component is loading, and the response does not wait", async () => {
      rendered.upstream.answers.set('task_1', 'running');
      expect(shownIn(await html('/shown/never/task_1'))).toEqual({
        resource: 'loading',
        toSignal: 'waiting',
        async: 'waiting',
      });
      expect(sendersOf('task_1')).toEqual([]);
    });

    describe('prerendered', () => {
      test("with 'never' a page is loading", async () => {
        expect(shownIn(await html('/prerendered/never/task_1'))).toEqual({
          resource: 'loading',
          toSignal: 'waiting',
          async: 'waiting',
        });
      });

      test("with 'once' a page shows the status of the build until the browser's first poll", async () => {
        rendered.upstream.answers.set('task_1', 'paused');
        const visited = await visit('/prerendered/once/task_1');
        await expect.poll(() => visited.recording()).toEqual(all('created', 'paused'));
        expect(sendersOf('task_1')).not.toContain('server');
        expect(visited.complaints).toEqual([]);
      });
    });

    describe.each([
      ["a route's resolver", 'resolved'],
      ['rxResource', 'rx'],
    ])('%s', (_, path) => {
      test("with 'never' the response does not end", async () => {
        const leaving = new AbortController();
        const response = fetch(`${rendered.server.origin}/${path}/never/task_1`, {
          signal: leaving.signal,
        }).then(
          () => 'ended',
          () => 'aborted',
        );
        for (let turn = 0; turn < 10; turn++) await html('/shown/never/task_1');
        expect(await Promise.race([response, Promise.resolve('waits')])).toBe('waits');
        leaving.abort();
        expect(await response).toBe('aborted');
        expect(sendersOf('task_1')).toEqual([]);
      });

      test("with 'once' the HTML shows the status of one request", async () => {
        rendered.upstream.answers.set('task_1', 'running');
        expect(Object.values(shownIn(await html(`/${path}/once/task_1`)))).toEqual(['running']);
        expect(sendersOf('task_1')).toEqual(['server']);
      });
    });

    test("rxResource with 'once' shows the error", async () => {
      expect(shownIn(await html('/rx/once/missing'))).toEqual({
        rxResource: 'Task "missing" was not found (404): Answer 404',
      });
    });

    test("a resolver with 'once' fails the navigation if its request fails", async () => {
      const response = await fetch(`${rendered.server.origin}/resolved/once/missing`);
      expect(response.status).toBe(404);
      expect(sendersOf('missing')).toEqual(['server']);
    });

    test('the resolver of the docs makes no request on the server', async () => {
      rendered.upstream.answers.set('task_1', 'running');
      expect(shownIn(await html('/skipped/task_1'))).toEqual({ resolved: 'nothing' });
      expect(sendersOf('task_1')).toEqual([]);
      const visited = await visit('/skipped/task_1');
      await expect.poll(() => visited.recording()).toEqual({ resolved: ['nothing', 'running'] });
    });

    describe('firstValueFrom', () => {
      const printed = (): string[] => rendered.server.output().split('\n');

      test("with 'never' stays pending until the application is destroyed", async () => {
        const taskId = `never_${mode}`;
        expect(shownIn(await html(`/pending/never/${taskId}`))).toEqual({ promise: 'pending' });
        await expect.poll(printed).toContain(`${taskId} rejected with EmptyError`);
        await expect.poll(printed).toContain(`${taskId} with a default resolved with none`);
        expect(sendersOf(taskId)).toEqual([]);
      });

      test("with 'once' resolves, or rejects if the request fails", async () => {
        const taskId = `once_${mode}`;
        rendered.upstream.answers.set(taskId, 'running');
        expect(shownIn(await html(`/pending/once/${taskId}`))).toEqual({ promise: 'running' });
        expect(printed()).toContain(`${taskId} resolved with running`);
        expect(sendersOf(taskId)).toEqual(['server']);
        expect(shownIn(await html(`/pending/once/no_${taskId}`))).toEqual({
          promise: 'TaskNotFoundError',
        });
        expect(printed()).toContain(`no_${taskId} rejected with TaskNotFoundError`);
      });
    });

    test("with 'once' the response does not wait for a server that never answers", async () => {
      rendered.upstream.answers.set('task_1', 'no answer');
      const shown = shownIn(await html('/shown/once/task_1'));
      const message = 'The request for task "task_1" got no answer within 3000 ms (requestTimeout)';
      expect(shown).toEqual({ resource: message, toSignal: message, async: message });
      await expect.poll(endsOfRequests).toEqual(['aborted']);
    });

    test("with 'once' a list longer than maxConcurrent does not wait for it either", async () => {
      for (let index = 0; index < 40; index++) {
        rendered.upstream.answers.set(`task_${index}`, 'no answer');
      }
      const page = await html('/list/once/40');
      expect(page.match(/>RequestTimeoutError</g)).toHaveLength(40);
      // 16 at a time, and none goes on: a task may still get the turn of one that has just given up
      await expect.poll(() => new Set(endsOfRequests())).toEqual(new Set(['aborted']));
      expect(endsOfRequests().length).toBeGreaterThanOrEqual(16);
    });
  });
}

/** Serves a built application of `consumer`. */
export async function startRendered(
  { workspace }: Place,
  mode: string,
  env: (upstream: StatusServer) => Record<string, string> = () => ({}),
): Promise<Rendered> {
  const upstream = await startStatusServer();
  const server = await start(workspace, `dist/${mode}/server/server.mjs`, {
    TASK_UPSTREAM: upstream.origin,
    NG_ALLOWED_HOSTS: 'localhost',
    ...env(upstream),
  });
  return { upstream, server };
}

/** What the HTML of a page shows in each element with `data-record`. */
function shownIn(html: string): Record<string, string> {
  const elements = html.matchAll(/<p[^>]*? data-record="(\w+)"[^>]*>(.*?)<\/p>/gs);
  return Object.fromEntries(
    [...elements].map(([, name = '', content = '']) => [
      name,
      content
        .replace(/<!--.*?-->/gs, '')
        .replaceAll('&quot;', '"')
        .trim()
        .replace(/\s+/g, ' '),
    ]),
  );
}

async function twoFrames({ page }: RecordedPage): Promise<void> {
  await page.evaluate(
    () =>
      new Promise((resolve) =>
        requestAnimationFrame(() => {
          requestAnimationFrame(resolve);
        }),
      ),
  );
}
