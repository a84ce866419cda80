// #region recipe
const { taskStatus$ } = require('rxjs-task-status');
const { fakeTaskApi } = require('rxjs-task-status/testing');

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

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
  await jest.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual(['created', 'running', 'finished']);
});
// #endregion

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
  test('await jest.advanceTimersByTimeAsync(60_000)', async () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual(WATCHED);
  });

  test('jest.fn(async () => new Response(\'"running"\'))', async () => {
    const seen = watch({ fetch: jest.fn(async () => new Response('"running"')) });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual(['running']);
  });

  test('jest.useFakeTimers(); fakeTaskApi(tasks)', async () => {
    jest.useFakeTimers({ now: 0 });
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual(WATCHED);
  });
});

describe('does not work', () => {
  test('jest.advanceTimersByTime(60_000)', () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    jest.advanceTimersByTime(60_000);
    expect(seen).not.toContain('finished');
  });

  test('jest.fn().mockResolvedValue(new Response(\'"running"\'))', async () => {
    const seen = watch({ fetch: jest.fn().mockResolvedValue(new Response('"running"')) });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual([
      'running',
      expect.stringMatching(/^TypeError: .*each request needs a new Response/),
    ]);
  });

  test('jest.fn()', async () => {
    const seen = watch({ fetch: jest.fn() });
    await jest.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([expect.stringMatching(/^TypeError: fetch must resolve/)]);
  });

  test('jest.fn(async () => ({ ok: true, json: async () => "running" }))', async () => {
    const seen = watch({ fetch: jest.fn(async () => ({ ok: true, json: async () => 'running' })) });
    await jest.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([expect.stringMatching(/^TypeError: .*status must be/)]);
  });

  test('jest.fn(async () => new Response("running"))', async () => {
    const seen = watch({ fetch: jest.fn(async () => new Response('running')), retry: false });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual([expect.stringMatching(/^UnexpectedResponseError: .*not JSON/)]);
  });

  test('fakeTaskApi(tasks); jest.useFakeTimers({ now: 0 })', async () => {
    jest.useRealTimers();
    const { fetch } = fakeTaskApi(TASKS);
    jest.useFakeTimers({ now: 0 });
    const seen = watch({ fetch });
    await jest.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([expect.stringMatching(/clock moved back/)]);
  });
});
