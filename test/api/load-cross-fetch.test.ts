import { fetchTransport, taskStatus$ } from 'rxjs-task-status';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isMisuse } from '../../src/api/misuse.js';

const MESSAGE = 'This runtime has no fetch; pass the option fetch or transport';

beforeEach(() => {
  vi.stubGlobal('fetch', undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.doUnmock('cross-fetch');
});

const answering = () => Promise.resolve(new Response('"finished"'));

/** What a watch of a runtime without fetch ends with. */
function end(): Promise<unknown> {
  return new Promise((resolve) => {
    const retry = { initialDelay: 1, maxDelay: 1 };
    taskStatus$('task_1', { retry }).subscribe({ error: resolve, complete: () => resolve('ok') });
  });
}

describe('without a fetch in the runtime, a watch', () => {
  test.each<[string, () => object]>([
    ['fetch', () => ({ fetch: answering })],
    ['default.fetch', () => ({ default: { fetch: answering } })],
  ])('uses the %s of cross-fetch', async (_, module) => {
    vi.doMock('cross-fetch', () => ({ fetch: undefined, default: undefined, ...module() }));
    expect(await end()).toBe('ok');
  });

  // a bundler puts an empty module in its place
  test('ends at once if cross-fetch is empty', async () => {
    vi.doMock('cross-fetch', () => ({ fetch: undefined, default: {} }));
    const error = await end();
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', MESSAGE);
    expect(isMisuse(error)).toBe(true);
  });

  test('ends at once if cross-fetch cannot be loaded, with the cause', async () => {
    vi.doMock('cross-fetch', () => {
      throw new Error('not installed');
    });
    const error = await end();
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', MESSAGE);
    expect(error).toHaveProperty('cause');
    expect(isMisuse(error)).toBe(true);
  });

  test('sends nothing if it is aborted while cross-fetch is loaded', async () => {
    const fetch = vi.fn(answering);
    vi.doMock('cross-fetch', () => ({ fetch }));
    const { signal, abort } = (() => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: () => controller.abort('left') };
    })();
    const request = { taskId: 't', url: 'http://a.test', method: 'GET', headers: {} } as const;
    const answer = fetchTransport()({ ...request, signal });
    abort();
    await expect(answer).rejects.toBe('left');
    expect(fetch).not.toHaveBeenCalled();
  });
});
