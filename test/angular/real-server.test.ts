// @vitest-environment jsdom
/** What a server's log shows: HttpClient sends the requests with its fetch backend. */
import './test-bed.js';
import {
  HttpContext,
  HttpContextToken,
  provideHttpClient,
  withFetch,
  withInterceptors,
} from '@angular/common/http';
import { Component, provideZonelessChangeDetection } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { last, lastValueFrom } from 'rxjs';
import { isTaskStatusError } from 'rxjs-task-status';
import {
  injectTaskPolls,
  injectTaskStatus,
  provideTaskStatus,
  taskStatusResource,
  type ProvidedTaskStatusOptions,
} from 'rxjs-task-status/angular';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { afterEach, describe, expect, test } from 'vitest';
import { scriptedApi } from '../support/scripted-api.js';

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0)) await clean();
});

/** Delays that do not matter here. */
const SHORT = {
  backoff: { initialDelay: 5, factor: 1, jitter: 0 },
  retry: { initialDelay: 5, factor: 1, jitter: 0 },
} as const;

const TENANT = new HttpContextToken(() => 'none');

function configure(options: ProvidedTaskStatusOptions): void {
  TestBed.configureTestingModule({
    providers: [
      provideZonelessChangeDetection(),
      provideHttpClient(
        withFetch(),
        withInterceptors([
          (request, next) =>
            next(request.clone({ setHeaders: { 'X-Tenant': request.context.get(TENANT) } })),
        ]),
      ),
      provideTaskStatus({ ...SHORT, ...options }),
    ],
  });
}

/** Starts a server with a handler. Returns its URL. */
async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

@Component({
  selector: 'app-badge',
  template: `{{ task.value() }} {{ stream() }};`,
})
class Badge {
  readonly task = taskStatusResource(() => 'task_1');
  readonly stream = toSignal(injectTaskStatus()('task_1'));
}

@Component({
  imports: [Badge],
  template: `<app-badge /><app-badge /><app-badge />`,
})
class Page {}

describe('the log of a server', () => {
  test('has one request per poll if several components watch a task', async () => {
    const script = ['created', 'running', 'running', 'paused', 'running', 'finished'] as const;
    const api = scriptedApi({ task_1: script });
    const server = await serveTaskApi(api);
    cleanup.push(() => server.close());
    configure({ baseUrl: server.baseUrl });
    const page = TestBed.createComponent(Page);
    const polls$ = TestBed.runInInjectionContext(() => injectTaskPolls())('task_1');
    page.detectChanges();
    const poll = await lastValueFrom(polls$.pipe(last()));
    page.detectChanges();
    const element = page.nativeElement as HTMLElement;
    expect(element.textContent).toBe('finished finished;'.repeat(3));
    expect(poll).toMatchObject({ attempt: script.length, status: 'finished' });
    expect(api.requests).toHaveLength(script.length);
  });

  test('has no burst at the start of a list of 300 tasks', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `task_${index}`);
    const api = fakeTaskApi(Object.fromEntries(ids.map((id) => [id, [['finished', 0]]])));
    let inFlight = 0;
    let most = 0;
    let answered = 0;
    let answer: (() => void)[] = [];
    const fetch: typeof api.fetch = async (...args) => {
      most = Math.max(most, ++inFlight);
      // answers when all that may come have come, and later ones have had time to come as well
      const expected = Math.min(16, ids.length - answered);
      await new Promise<void>((resolve) => {
        answer.push(resolve);
        if (answer.length !== expected) return;
        setTimeout(() => {
          const all = answer;
          answer = [];
          answered += all.length;
          for (const resolve of all) resolve();
        }, 30);
      });
      inFlight--;
      return api.fetch(...args);
    };
    const server = await serveTaskApi({ ...api, fetch });
    cleanup.push(() => server.close());
    configure({ baseUrl: server.baseUrl });
    const tasks = TestBed.runInInjectionContext(() =>
      ids.map((id) => taskStatusResource(() => id)),
    );
    TestBed.tick();
    const finished = (): number => tasks.filter((task) => task.value() === 'finished').length;
    await expect.poll(finished, { timeout: 120_000 }).toBe(300);
    expect(most).toBe(16);
    expect(api.requests).toHaveLength(300);
  });
});

describe('HttpClient with the fetch backend', () => {
  test('stops an endless body at the limit, and closes the connection', async () => {
    let sent = 0;
    let closed = false;
    const baseUrl = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => {
        sent += 10_000;
        response.write(' '.repeat(10_000));
      }, 1);
      response.on('close', () => {
        clearInterval(timer);
        closed = true;
      });
    });
    configure({ baseUrl });
    const watch$ = TestBed.runInInjectionContext(() => injectTaskStatus());
    const error: unknown = await lastValueFrom(watch$('task_1')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unexpected-response', status: 200 });
    expect(isTaskStatusError(error) && error.message).toContain('too long');
    await expect.poll(() => closed, { timeout: 120_000 }).toBe(true);
    expect(sent).toBeGreaterThan(65_536);
  });

  test('removes the XSSI prefix, and passes the context to the interceptors', async () => {
    const tenants: unknown[] = [];
    const baseUrl = await serve(({ headers }, response) => {
      tenants.push(headers['x-tenant']);
      response.end(')]}\',\n"finished"');
    });
    configure({ baseUrl, context: new HttpContext().set(TENANT, 'blue') });
    const watch$ = TestBed.runInInjectionContext(() => injectTaskStatus());
    expect(await lastValueFrom(watch$('task_1'))).toBe('finished');
    expect(tenants).toEqual(['blue']);
  });

  test('poll() shows that a resource is retrying, has recovered, and has failed', async () => {
    let requests = 0;
    let recover: () => void = () => undefined;
    const baseUrl = await serve((_, response) => {
      requests++;
      if (requests === 1) response.end('"running"');
      else if (requests === 3) recover = () => response.end('"paused"');
      else response.writeHead(503).end();
    });
    configure({ baseUrl });
    const task = TestBed.runInInjectionContext(() => taskStatusResource(() => 'task_1'));
    TestBed.tick();
    await expect.poll(() => requests, { timeout: 120_000 }).toBe(3);
    expect(task.poll()).toMatchObject({ attempt: 2, error: { status: 503 }, nextDelay: 5 });
    expect([task.status(), task.value(), task.error()]).toEqual(['resolved', 'running', undefined]);
    recover();
    // then only failures come: 10 retries
    await expect.poll(() => task.status(), { timeout: 120_000 }).toBe('error');
    expect(requests).toBe(14);
    expect(task.poll()).toMatchObject({ attempt: 14, error: task.error() });
    expect([task.poll()?.nextDelay, task.hasValue(), task.value()]).toEqual([
      undefined,
      false,
      'paused',
    ]);
  });
});
