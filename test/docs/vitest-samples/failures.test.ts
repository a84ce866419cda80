// #region recipe
import { taskPolls$, taskStatus$ } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTaskApi } from 'rxjs-task-status/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a 503 from 4 s to 9 s is retried', async () => {
  const { fetch } = fakeTaskApi({
    task_1: [
      ['running', 0],
      [{ status: 503 }, 4_000],
      ['finished', 9_000],
    ],
  });
  const seen: string[] = [];
  // polls at 0, 1000, 2500 and 4750 ms, then retries
  const options = { fetch, backoff: { jitter: 0 }, retry: { jitter: 0 } };
  taskPolls$('task_1', options).subscribe(({ status, error }) => seen.push(status ?? error.code));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual(['running', 'running', 'running', 'http', 'http', 'http', 'finished']);
});

test('the second request fails', async () => {
  const fake = fakeTaskApi({ task_1: [['finished', 1_000]] });
  const fetch: FakeTaskApi['fetch'] = async (url, init) => {
    const response = await fake.fetch(url, init); // also counts the request
    return fake.requests.length === 2 ? new Response('', { status: 503 }) : response;
  };
  const seen: string[] = [];
  taskStatus$('task_1', { fetch, notFoundGrace: 5_000 }).subscribe((status) => seen.push(status));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual(['finished']);
  expect(fake.requests).toHaveLength(3);
});
// #endregion
