import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { createTaskStatusPool, type TaskStatus } from 'rxjs-task-status';
import { fakeTaskApi, type FakeAnswer, type FakeTimeline } from 'rxjs-task-status/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { sendTaskEvents } from '../../docs/examples/node/send-task-events.js';
import { hasChromium, launch, open } from '../support/chromium.js';
import { listen } from './serve-handler.js';

const PAGE = new URL('../../docs/examples/node/server-sent-events.html', import.meta.url);

/** How long a test waits, ms. */
const PATIENCE = { timeout: 60_000, interval: 20 };

/** A server of task_1. A test sets the status and can read what the clients have sent. */
async function startServer(first: TaskStatus | FakeAnswer) {
  const html = await readFile(PAGE);
  const tasks: Record<string, FakeTimeline> = { task_1: [[first, 0]] };
  const api = fakeTaskApi(tasks);
  const pool = createTaskStatusPool({
    transport: api.transport,
    backoff: { initialDelay: 20, factor: 1 },
  });
  const requests: IncomingHttpHeaders[] = [];
  let connections: ServerResponse[] = [];
  const { url } = await listen((req, res) => {
    if (!req.url?.endsWith('/events')) {
      res.writeHead(200, { 'content-type': 'text/html' });
      res.end(req.url === '/' ? html : '<!doctype html><link rel="icon" href="data:,">');
      return;
    }
    requests.push(req.headers);
    connections.push(res);
    sendTaskEvents(pool, 'task_1', req, res);
  });
  onTestFinished(() => pool.close());
  return {
    url: `${url}/#task_1`,
    requests,
    api,
    pool,
    set: (answer: TaskStatus) => (tasks['task_1'] = [[answer, 0]]),
    /** Closes all connections, so that each EventSource connects again. */
    closeConnections: () => {
      for (const connection of connections) connection.destroy();
      connections = [];
    },
  };
}

/** Adds an EventSource to a page, which logs its events and, if it should, closes at the end. */
function logEvents(page: Page, closes: boolean): Promise<void> {
  return page.evaluate((closes) => {
    const log: string[] = [];
    const source = new EventSource('/tasks/task_1/events');
    for (const type of ['message', 'failure', 'end']) {
      source.addEventListener(type, (event) => {
        log.push(`${type} ${(event as MessageEvent<string>).data}`);
        if (type === 'end' && closes) source.close();
      });
    }
    Object.assign(globalThis, { log, source });
  }, closes);
}

const logOf = (page: Page) => page.evaluate<string[]>('log');

/** Waits until a page has logged an event. */
async function logged(page: Page, event: string): Promise<void> {
  await vi.waitFor(async () => expect(await logOf(page)).toContain(event), PATIENCE);
}

describe.skipIf(!hasChromium('EventSource'))('an EventSource in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  /** A page of the server, closed at the end of the test. */
  const openPage = async (url: string) => {
    const { page } = await open(browser, url);
    onTestFinished(() => page.close());
    return page;
  };
  const openLog = async ({ url }: { url: string }, closes = true) => {
    const page = await openPage(new URL('/blank', url).href);
    await logEvents(page, closes);
    return page;
  };

  test('the page of the example shows each status', async () => {
    const server = await startServer('created');
    const page = await openPage(server.url);
    const shows = (text: string) =>
      vi.waitFor(async () => expect(await page.textContent('#status')).toBe(text), PATIENCE);
    await shows('created');
    server.set('running');
    await shows('running');
    server.set('finished');
    await shows('finished');
    expect(server.requests).toHaveLength(1);
  });

  test('the page of the example shows the message of a failure', async () => {
    const server = await startServer({ status: 401 });
    const page = await openPage(server.url);
    await vi.waitFor(
      async () =>
        expect(await page.textContent('#status')).toMatch(/^The API key was rejected \(401\)/),
      PATIENCE,
    );
  });

  test('that connects again gets only the change', async () => {
    const server = await startServer('created');
    const page = await openLog(server);
    await logged(page, 'message created');
    server.set('running');
    await logged(page, 'message running');
    server.closeConnections();
    server.set('paused');
    await logged(page, 'message paused');
    // the status does not change while the connection is closed
    server.closeConnections();
    await vi.waitFor(() => expect(server.requests).toHaveLength(3), PATIENCE);
    const polls = server.api.requests.length;
    await vi.waitFor(() => expect(server.api.requests.length).toBeGreaterThan(polls), PATIENCE);
    server.set('finished');
    await logged(page, 'end finished');
    expect(await logOf(page)).toEqual([
      'message created',
      'message running',
      'message paused',
      'message finished',
      'end finished',
    ]);
    expect(server.requests.map((headers) => headers['last-event-id'])).toEqual([
      undefined,
      'running',
      'paused',
    ]);
  });

  test('that closes at the end sends no further request', async () => {
    const server = await startServer('finished');
    const page = await openLog(server);
    await logged(page, 'end finished');
    // longer than `retry`, after which it would connect again
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(server.requests).toHaveLength(1);
    expect(await page.evaluate('source.readyState')).toBe(2);
  });

  test('that does not close at the end is stopped by a 204', async () => {
    const server = await startServer('finished');
    const page = await openLog(server, false);
    await vi.waitFor(
      async () => expect(await page.evaluate('source.readyState')).toBe(2),
      PATIENCE,
    );
    expect(await logOf(page)).toEqual(['message finished', 'end finished']);
    expect(server.requests.map((headers) => headers['last-event-id'])).toEqual([
      undefined,
      'finished',
    ]);
    expect(server.api.requests).toHaveLength(1);
  });

  test('gets a failure, then the end', async () => {
    const server = await startServer({ status: 422, body: '{"detail":"no\\ntask"}' });
    const page = await openLog(server);
    await logged(page, 'end end');
    const [failure] = await logOf(page);
    expect(JSON.parse(failure!.replace('failure ', ''))).toEqual({
      code: 'invalid',
      message: expect.stringContaining('no\ntask') as string,
    });
  });

  test('shares one watch with others, and the watch stops when the last one disconnects', async () => {
    const server = await startServer('running');
    const pages = [await openLog(server), await openLog(server)];
    for (const page of pages) await logged(page, 'message running');
    expect(server.pool.stats().watching).toBe(1);
    await pages[0]!.evaluate('source.close()');
    const polls = server.api.requests.length;
    await vi.waitFor(() => expect(server.api.requests.length).toBeGreaterThan(polls + 2), PATIENCE);
    expect(server.pool.stats().watching).toBe(1);
    await pages[1]!.close();
    await vi.waitFor(() => expect(server.pool.stats().watching).toBe(0), PATIENCE);
  });
});
