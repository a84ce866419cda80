// #region recipe
import { taskStatus$ } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('each status is emitted', async () => {
  const { fetch } = fakeTaskApi({
    task_1: [
      ['created', 0],
      ['running', 5_000],
      ['finished', 30_000],
    ],
  });
  const seen = [];
  taskStatus$('task_1', { fetch }).subscribe((status) => seen.push(status));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual(['created', 'running', 'finished']);
});
// #endregion
import { firstValueFrom } from 'rxjs';
import { describe } from 'vitest';

const TASKS = {
  task_1: [
    ['created', 0],
    ['running', 5_000],
    ['finished', 30_000],
  ],
};
const WATCHED = ['created', 'running', 'finished', 'complete'];

/** What a watch emits, and how it ends. */
function watch(options) {
  const seen = [];
  taskStatus$('task_1', options).subscribe({
    next: (status) => seen.push(status),
    error: (error) => seen.push(String(error)),
    complete: () => seen.push('complete'),
  });
  return seen;
}

describe('works', () => {
  test('await vi.advanceTimersByTimeAsync(60_000)', async () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual(WATCHED);
  });

  test('vi.fn(async () => new Response(\'"running"\'))', async () => {
    const seen = watch({ fetch: vi.fn(async () => new Response('"running"')) });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual(['running']);
  });

  test('vi.useFakeTimers(); fakeTaskApi(tasks)', async () => {
    vi.useFakeTimers({ now: 0 });
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual(WATCHED);
  });

  test('const done = expect(promise).rejects…; await vi.advance…; await done', async () => {
    const promise = firstValueFrom(taskStatus$('unknown', { fetch: fakeTaskApi(TASKS).fetch }));
    const done = expect(promise).rejects.toThrow('not found');
    await vi.advanceTimersByTimeAsync(60_000);
    await done;
  });
});

describe('does not work', () => {
  test('vi.advanceTimersByTime(60_000)', () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    vi.advanceTimersByTime(60_000);
    expect(seen).not.toContain('finished');
  });

  test('vi.fn().mockResolvedValue(new Response(\'"running"\'))', async () => {
    const seen = watch({ fetch: vi.fn().mockResolvedValue(new Response('"running"')) });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual([
      'running',
      expect.stringMatching(/^TypeError: .*each request needs a new Response/),
    ]);
  });

  test('vi.fn()', async () => {
    const seen = watch({ fetch: vi.fn() });
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([expect.stringMatching(/^TypeError: fetch must resolve/)]);
  });

  test('vi.fn(async () => ({ ok: true, json: async () => "running" }))', async () => {
    const seen = watch({ fetch: vi.fn(async () => ({ ok: true, json: async () => 'running' })) });
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([expect.stringMatching(/^TypeError: .*status must be/)]);
  });

  test('vi.fn(async () => new Response("running"))', async () => {
    const seen = watch({ fetch: vi.fn(async () => new Response('running')), retry: false });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual([expect.stringMatching(/^UnexpectedResponseError: .*not JSON/)]);
  });

  test('fakeTaskApi(tasks); vi.useFakeTimers({ now: 0 })', async () => {
    vi.useRealTimers();
    const { fetch } = fakeTaskApi(TASKS);
    vi.useFakeTimers({ now: 0 });
    const seen = watch({ fetch });
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([expect.stringMatching(/clock moved back/)]);
  });

  test('await vi.advance…; await expect(promise).rejects…', async () => {
    // in place of Vitest, which would report an unhandled rejection and fail
    const reported = process.listeners('unhandledRejection');
    const unhandled = [];
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));

    const promise = firstValueFrom(taskStatus$('unknown', { fetch: fakeTaskApi(TASKS).fetch }));
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(promise).rejects.toThrow('not found');

    process.removeAllListeners('unhandledRejection');
    for (const listener of reported) process.on('unhandledRejection', listener);
    expect(unhandled).toEqual([expect.stringMatching(/^TaskNotFoundError/)]);
  });
});
