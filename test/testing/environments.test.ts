import { createRequire } from 'node:module';
import { VirtualTimeScheduler } from 'rxjs';
import { taskStatus$ } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

// jsdom has no types
const { JSDOM } = createRequire(import.meta.url)('jsdom') as {
  JSDOM: new (html: string, options: { url: string }) => { window: typeof globalThis };
};

// Jest with jsdom has none of these, and jsdom's own AbortController in place of Node's.
const MISSING = ['TextEncoder', 'TextDecoder', 'fetch', 'Response', 'Request', 'Headers'];

const url = 'https://api.example.com/task/task_1/status';

afterEach(() => {
  vi.unstubAllGlobals();
});

function likeJestWithJsdom() {
  const { window } = new JSDOM('', { url: 'https://app.example.com/' });
  for (const name of MISSING) vi.stubGlobal(name, undefined);
  vi.stubGlobal('AbortController', window.AbortController);
  vi.stubGlobal('AbortSignal', window.AbortSignal);
}

describe('with the globals of Jest and jsdom', () => {
  test('a watch runs in virtual time', () => {
    likeJestWithJsdom();
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi(
      {
        task_1: [
          ['running', 0],
          [{ status: 503 }, 10_000],
          ['finished', 40_000],
        ],
      },
      { scheduler },
    );
    const statuses: string[] = [];
    taskStatus$('task_1', { transport, scheduler, apiKey: 'key-of-the-test' }).subscribe((status) =>
      statuses.push(status),
    );
    scheduler.flush();
    expect(statuses).toEqual(['running', 'finished']);
  });

  test('a watch runs through fetch', async () => {
    likeJestWithJsdom();
    const { fetch } = fakeTaskApi({ task_1: [['finished', 0]] });
    const statuses: string[] = [];
    await taskStatus$('task_1', { fetch }).forEach((status) => statuses.push(status));
    expect(statuses).toEqual(['finished']);
  });

  test('fetch answers', async () => {
    likeJestWithJsdom();
    const { fetch } = fakeTaskApi({ task_1: [['running', 0]] });
    const response = await fetch(url, { signal: new AbortController().signal });
    expect(await response.text()).toBe('"running"');
  });

  test('fetch rejects with the reason of a signal of jsdom', async () => {
    likeJestWithJsdom();
    const { fetch } = fakeTaskApi({}, { latency: Infinity });
    const controller = new AbortController();
    const answer = fetch(url, { signal: controller.signal });
    const reason = new Error('no');
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
  });
});
