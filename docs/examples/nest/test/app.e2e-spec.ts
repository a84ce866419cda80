import type { INestApplication } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get, type Server } from 'node:http';
import { after, before, describe, mock, test } from 'node:test';
import { Subscription } from 'rxjs';
import type { TaskStatusPool } from 'rxjs-task-status';
import { getTaskStatusToken } from 'rxjs-task-status/nest';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { serveTaskApi, type TaskApiServer } from 'rxjs-task-status/testing/server';
import request from 'supertest';

const SECRET = 'the secret of the webhook';
const STARTED = 'task_started';

const FINISHED: FakeTimeline = [['finished', 0]];
const NEVER_ENDS: FakeTimeline = [['running', 0]];

/** A test that takes longer hangs. */
const HANGS = { timeout: 60_000 };

/** The tasks of the API. Each test adds its own. */
const tasks: Record<string, FakeTimeline> = {};
const results: Record<string, unknown> = {};
const fake = fakeTaskApi(tasks, { results });
let api: TaskApiServer;

before(async () => {
  api = await serveTaskApi({
    fetch: (url, init) => {
      if (url.endsWith('/run-task')) return Promise.resolve(Response.json({ id: STARTED }));
      // a task whose requests are never answered
      if (url.endsWith('/hung/status')) return new Promise(() => undefined);
      return fake.fetch(url, init);
    },
  });
  Object.assign(process.env, {
    BROWSER_USE_API_KEY: 'bu_0123456789',
    BROWSER_USE_BASE_URL: api.baseUrl,
    BROWSER_USE_WEBHOOK_SECRET: SECRET,
  });
});

after(() => api.close());

const adapters: [name: string, create: () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

for (const [name, create] of adapters) {
  describe(`the application with ${name}`, () => {
    let app: INestApplication;

    before(async () => {
      app = await startApp(create());
    });

    after(() => app.close());

    test('starts a task, and emits an event when its status has changed', async () => {
      tasks[STARTED] = FINISHED;
      const changed = once(app.get(EventEmitter2), 'task.changed');
      const response = await request(url(app)).post('/tasks').send({ task: 'Find a flight' });
      assert.equal(response.status, 202);
      assert.deepEqual(response.body, { id: STARTED });
      const [poll] = await changed;
      assert.equal(poll.taskId, STARTED);
      assert.equal(poll.status, 'finished');
    });

    test('answers 400 for a task without a text, and for an id that cannot be one', async () => {
      await request(url(app)).post('/tasks').send({}).expect(400);
      await request(url(app)).get('/tasks/a%2Fb').expect(400);
    });

    test('waits for the result of a task', async () => {
      tasks['waited'] = FINISHED;
      results['waited'] = { id: 'waited', output: 'Rome, 89 EUR' };
      const response = await request(url(app)).get('/tasks/waited');
      assert.equal(response.status, 200);
      assert.equal(response.body.status, 'finished');
      assert.equal(response.body.result.output, 'Rome, 89 EUR');
    });

    test('answers 202 with the status of a task that is still running', async () => {
      tasks['running'] = NEVER_ENDS;
      // the pool has a status, however long the answer takes
      const watch = await watched(app, 'running');
      const response = await request(url(app)).get('/tasks/running?wait=1');
      assert.equal(response.status, 202);
      assert.deepEqual(response.body, { taskId: 'running', status: 'running' });
      watch.unsubscribe();
    });

    test('answers 504 at the limit while the task API is down', HANGS, async () => {
      tasks['down'] = [[{ status: 503 }, 0]];
      const response = await request(url(app)).get('/tasks/down?wait=0');
      assert.equal(response.status, 504);
      assert.deepEqual(response.body, {
        statusCode: 504,
        message: 'The task API has not answered in time',
        error: 'Gateway Timeout',
      });
    });

    test('answers 504 at the limit if the task API does not answer', HANGS, async () => {
      const response = await request(url(app)).get('/tasks/hung?wait=1');
      assert.equal(response.status, 504);
      assert.equal(app.get<TaskStatusPool>(getTaskStatusToken()).stats().watching, 0);
    });

    test('answers 200 with the status of a task that has failed', async () => {
      tasks['failed'] = [['failed', 0]];
      const response = await request(url(app)).get('/tasks/failed');
      assert.equal(response.status, 200);
      assert.deepEqual(response.body, { taskId: 'failed', status: 'failed' });
    });

    test('answers with the HTTP status for an error of the task API', async () => {
      tasks['invalid'] = [[{ status: 422, body: '{"detail":"not an id"}' }, 0]];
      const invalid = await request(url(app)).get('/tasks/invalid');
      assert.equal(invalid.status, 422);
      assert.equal(invalid.body.statusCode, 422);
      assert.match(invalid.body.message, /not an id/);

      tasks['refused'] = [[{ status: 401 }, 0]];
      const refused = await request(url(app)).get('/tasks/refused');
      assert.equal(refused.status, 502);

      const limited = { status: 429, headers: { 'retry-after': '3600' } };
      tasks['limited'] = [[limited, 0]];
      const busy = await request(url(app)).get('/tasks/limited');
      assert.equal(busy.status, 503);
      assert.equal(busy.headers['retry-after'], '3600');
    });

    test('sends the statuses as events, and ends with the event end', async () => {
      tasks['followed'] = FINISHED;
      const events = await request(url(app)).get('/tasks/followed/events');
      assert.match(String(events.headers['content-type']), /^text\/event-stream/);
      assert.match(events.text, /id: finished\ndata: finished\n/);
      assert.match(events.text, /event: end\n/);
    });

    test('does not repeat the status that a page already has', async () => {
      tasks['seen'] = FINISHED;
      const events = await request(url(app))
        .get('/tasks/seen/events')
        .set('Last-Event-ID', 'finished');
      // only the event end
      assert.equal(events.text.match(/^data: /gm)?.length, 1);
      assert.match(events.text, /event: end\n/);
    });

    test('polls now for a webhook with a valid signature', async () => {
      const pollNow = mock.method(app.get<TaskStatusPool>(getTaskStatusToken()), 'pollNow');
      const body = '{"payload":{"task_id":"pushed"},"type":"agent.task.status_update"}';
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const send = (secret: string) =>
        request(url(app))
          .post('/webhook')
          .set('Content-Type', 'application/json')
          .set('X-Browser-Use-Timestamp', timestamp)
          .set('X-Browser-Use-Signature', sign(`${timestamp}.${body}`, secret))
          .send(body);
      await send('another secret').expect(401);
      assert.equal(pollNow.mock.callCount(), 0);
      await send(SECRET).expect(204);
      assert.deepEqual(pollNow.mock.calls[0]?.arguments, ['pushed']);
    });

    test('answers a test event without a signature with 204, and does nothing else', async () => {
      const pollNow = mock.method(app.get<TaskStatusPool>(getTaskStatusToken()), 'pollNow');
      await request(url(app)).post('/webhook').send({ type: 'test', payload: {} }).expect(204);
      await request(url(app)).post('/webhook').expect(401);
      assert.equal(pollNow.mock.callCount(), 0);
    });

    test('reports its health', async () => {
      const response = await request(url(app)).get('/health').expect(200);
      assert.equal(response.body.details.tasks.status, 'up');
      assert.equal(response.body.details.tasks.failing, 0);
    });
  });

  describe(`the end of the application with ${name}`, () => {
    test(
      'answers waiting requests with 503, and ends event streams without the event end',
      HANGS,
      async () => {
        tasks['waiting'] = NEVER_ENDS;
        const app = await startApp(create());
        const server: Server = app.getHttpServer();
        // connections that clients keep open must not keep the server open
        server.keepAliveTimeout = 0;
        const agent = new Agent({ keepAlive: true });
        const send = (path: string) => once(get(url(app) + path, { agent }), 'response');

        const [events] = await send('/tasks/waiting/events');
        let text = '';
        events.on('data', (chunk: Buffer) => (text += chunk));
        const ended = once(events, 'end');
        while (!text.includes('data: running')) await once(events, 'data');

        const answered = send('/tasks/waiting');
        await once(server, 'request');
        await app.close();
        const [waiting] = await answered;
        assert.equal(waiting.statusCode, 503);
        await ended;
        assert.doesNotMatch(text, /event: end/);
        agent.destroy();
      },
    );
  });
}

async function startApp(adapter: AbstractHttpAdapter): Promise<INestApplication> {
  // the module reads the environment when it is imported
  const { AppModule } = await import('../src/app.module.js');
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication(adapter, { rawBody: true, logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

/** Watches a task, and resolves when the pool has its first status. */
function watched(app: INestApplication, taskId: string): Promise<Subscription> {
  const pool = app.get<TaskStatusPool>(getTaskStatusToken());
  return new Promise((resolve, reject) => {
    const watch = new Subscription();
    watch.add(pool.status$(taskId).subscribe({ next: () => resolve(watch), error: reject }));
  });
}

function url(app: INestApplication): string {
  const { port } = app.getHttpServer().address() as { port: number };
  return `http://127.0.0.1:${port}`;
}

function sign(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}
