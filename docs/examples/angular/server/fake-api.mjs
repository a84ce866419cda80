// @ts-check
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fakeTaskApi } from 'rxjs-task-status/testing';

/** @typedef {import('rxjs-task-status/testing').FakeTimeline} FakeTimeline */

/**
 * Serves a fake task API that also starts and stops tasks.
 *
 * @param {Record<string, FakeTimeline>} timelines
 * @param {Record<string, unknown>} results
 * @returns {Promise<import('node:http').Server>}
 */
export async function serveFakeApi(timelines, results) {
  const begun = Date.now();
  const api = fakeTaskApi(timelines, { results, latency: () => 20 + Math.random() * 80 });
  let started = 0;

  /** @param {string} task */
  const start = (task) => {
    const id = `task_started_${++started}`;
    const now = Date.now() - begun;
    // visible a second after its id is known, as in a real service
    timelines[id] = [
      ['created', now + 1_000],
      ['running', now + 4_000],
      ['finished', now + 40_000],
    ];
    results[id] = { id, task, status: 'finished', output: `Done: ${task}`, steps: [{}, {}] };
    return { id };
  };

  /** @param {string} id */
  const stop = (id) => {
    timelines[id] = [['stopped', 0]];
    return {};
  };

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('content-type', 'application/json');
    if (request.method === 'POST' && pathname.endsWith('/run-task')) {
      const { task } = JSON.parse(await text(request));
      response.end(JSON.stringify(start(task)));
    } else if (request.method === 'PUT' && pathname.endsWith('/stop-task')) {
      response.end(JSON.stringify(stop(searchParams.get('task_id') ?? '')));
    } else {
      const answer = await api.fetch(pathname);
      const retryAfter = answer.headers.get('retry-after');
      if (retryAfter !== null) response.setHeader('retry-after', retryAfter);
      response.writeHead(answer.status).end(await answer.text());
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return server;
}
