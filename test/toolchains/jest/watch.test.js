const { createServer } = require('node:http');
const { once } = require('node:events');
const { taskStatus$ } = require('rxjs-task-status');
const { fakeTaskApi } = require('rxjs-task-status/testing');

/** What a watch emits, and how it ends. */
function watch(options) {
  return new Promise((resolve) => {
    const seen = [];
    taskStatus$('task_1', { backoff: { initialDelay: 1 }, ...options }).subscribe({
      next: (status) => seen.push(status),
      error: (error) => resolve([...seen, String(error)]),
      complete: () => resolve([...seen, 'complete']),
    });
  });
}

/** An answer as jsdom needs it, which has no Response. */
function answer(status, body) {
  return { status, headers: { get: () => null }, text: async () => body };
}

test('a fetch mock is called until the task has ended', async () => {
  const fetch = jest.fn(async () => answer(200, '"finished"'));
  fetch.mockImplementationOnce(async () => answer(200, '"running"'));
  expect(await watch({ fetch })).toEqual(['running', 'finished', 'complete']);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test('a fetch mock that answers with an error gives the typed error', async () => {
  const fetch = jest.fn(async () => answer(401, '{"detail": "Bad key"}'));
  expect(await watch({ fetch, apiKey: 'bu_key' })).toEqual([
    expect.stringMatching(/^AuthenticationError: .*401/),
  ]);
});

test('a fetch mock that returns nothing is a TypeError at once', async () => {
  const fetch = jest.fn();
  expect(await watch({ fetch })).toEqual([expect.stringMatching(/^TypeError: fetch/)]);
  expect(fetch).toHaveBeenCalledTimes(1);
});

test('the fetch of fakeTaskApi answers', async () => {
  const { fetch } = fakeTaskApi({ task_1: [['finished', 0]] });
  expect(await watch({ fetch, apiKey: 'bu_key' })).toEqual(['finished', 'complete']);
});

describe('without fetch', () => {
  const { fetch } = globalThis;
  beforeAll(() => {
    // happy-dom has it on a prototype, where `delete` leaves it
    globalThis.fetch = undefined;
  });
  afterAll(() => {
    globalThis.fetch = fetch;
  });

  test('cross-fetch sends the requests', async () => {
    const server = createServer((_, response) => response.end('"finished"'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const baseUrl = `http://127.0.0.1:${server.address().port}`;
      expect(await watch({ baseUrl })).toEqual(['finished', 'complete']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('a mock of cross-fetch sends them', async () => {
    jest.doMock('cross-fetch', () => ({ fetch: async () => answer(200, '"stopped"') }));
    jest.resetModules();
    const library = require('rxjs-task-status');
    const seen = await new Promise((resolve, reject) => {
      library.taskStatus$('task_1').subscribe({ next: resolve, error: reject });
    });
    expect(seen).toBe('stopped');
  });

  test('and without cross-fetch the watch ends at once', async () => {
    jest.doMock('cross-fetch', () => ({}));
    jest.resetModules();
    const library = require('rxjs-task-status');
    const error = await new Promise((resolve) => {
      library.taskStatus$('task_1').subscribe({ error: resolve });
    });
    expect(String(error)).toBe(
      'TypeError: This runtime has no fetch; pass the option fetch or transport',
    );
  });
});
