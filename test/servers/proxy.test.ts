import { lastValueFrom, toArray } from 'rxjs';
import { taskStatus$ } from 'rxjs-task-status';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALLOWED, API_KEY, EVERY_ANSWER, EXCHANGES, FOREIGN_TARGETS } from '../proxy/attacks.js';
import { startFaultUpstream, type FaultUpstream } from '../proxy/fault-upstream.js';
import { openProject, type Project } from './project.js';
import { PROXY_SERVERS } from './proxy-servers.js';
import { openRequest, rawRequest } from './raw-request.js';
import type { RunningServer } from './start.js';

describe.each(PROXY_SERVERS)(
  'the proxy in $name,',
  ({ project: name, start, noticesDisconnect }) => {
    let upstream: FaultUpstream;
    let project: Project | undefined;
    let server: RunningServer;

    beforeAll(async () => {
      upstream = await startFaultUpstream();
      project = await openProject(name);
      server = await start(project, { apiKey: API_KEY, upstream: upstream.origin });
    });

    afterAll(async () => {
      await server?.stop();
      await upstream.close();
      await project?.remove();
    });

    const statusOf = (taskId: string): string => `/api/v1/task/${taskId}/status`;

    test.each(EXCHANGES)(
      'the page gets $title',
      async ({ taskId, status, orStatus = status, body, headers = {} }) => {
        const answer = await rawRequest(server.origin, statusOf(taskId));
        expect([status, orStatus]).toContain(answer.status);
        expect(answer.complete).toBe(true);
        if (body !== undefined) expect(answer.body).toBe(body);
        const expected = { ...EVERY_ANSWER, ...headers };
        const shown = Object.keys(expected).map((it) => [it, String(answer.headers[it] ?? '')]);
        expect(Object.fromEntries(shown)).toEqual(expected);
        const all = JSON.stringify(answer);
        expect(all).not.toContain(API_KEY.slice(0, 12));
        expect(all).not.toContain(upstream.origin);
      },
    );

    test('no other target makes a request or ends the server', async () => {
      const before = upstream.received.length;
      for (const target of FOREIGN_TARGETS) {
        const answer = await rawRequest(server.origin, target);
        expect(JSON.stringify([target, answer])).not.toContain(API_KEY.slice(0, 12));
      }
      const sent = upstream.received.slice(before).map(({ url }) => url);
      expect(sent.filter((url) => !ALLOWED.test(url))).toEqual([]);
      expect(await rawRequest(server.origin, statusOf('finished'))).toMatchObject({ status: 200 });
    });

    test('the task API gets the key and nothing of the request of the page', async () => {
      const headers = { cookie: 'sid=page', authorization: 'Bearer page', 'x-page': 'page' };
      await rawRequest(server.origin, `${statusOf('finished')}?page`, headers);
      const { url, headers: sent } = upstream.received.at(-1)!;
      expect(url).toBe(statusOf('finished'));
      expect(sent.authorization).toBe(`Bearer ${API_KEY}`);
      expect(JSON.stringify(sent)).not.toContain('page');
    });

    test('a session that may not see the task gets a 403, and no request is sent', async () => {
      const before = upstream.received.length;
      const headers = { cookie: 'session=stranger' };
      const answer = await rawRequest(server.origin, statusOf('finished'), headers);
      expect(answer).toMatchObject({ status: 403, body: '{"detail":"You may not see this task"}' });
      expect(upstream.received).toHaveLength(before);
    });

    if (noticesDisconnect)
      test('the request to the task API ends if the page disconnects', async () => {
        const page = openRequest(server.origin, statusOf('silent'));
        page.on('error', () => undefined);
        await expect.poll(() => upstream.received.at(-1)?.url).toBe(statusOf('silent'));
        const sent = upstream.received.at(-1)!;
        page.destroy();
        await expect.poll(() => sent.end, { timeout: 20_000 }).toBe('aborted');
      });

    test('a page watches a task to its end', async () => {
      const statuses$ = taskStatus$('watch', {
        baseUrl: `${server.origin}/api/v1`,
        backoff: { initialDelay: 5 },
      });
      expect(await lastValueFrom(statuses$.pipe(toArray()))).toEqual([
        'created',
        'running',
        'finished',
      ]);
    });

    test('a page gets a typed error', async () => {
      const options = { baseUrl: `${server.origin}/api/v1`, retry: false } as const;
      await expect(lastValueFrom(taskStatus$('missing', options))).rejects.toMatchObject({
        code: 'not-found',
        detail: 'Task not found',
      });
      await expect(lastValueFrom(taskStatus$('limited', options))).rejects.toMatchObject({
        code: 'rate-limited',
        retryAfter: 7_000,
      });
    });
  },
);
