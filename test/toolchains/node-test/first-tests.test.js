// #region recipe
import { deepEqual } from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { taskStatus$ } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';

const APIS = ['setInterval', 'setTimeout', 'Date'];

/** mock.timers.tick() runs no promises: give them their turn after each second. */
async function advance(ms) {
  for (let passed = 0; passed < ms; passed += 1_000) {
    await setImmediate();
    mock.timers.tick(1_000);
  }
  await setImmediate();
}

beforeEach(() => mock.timers.enable({ apis: APIS }));
afterEach(() => mock.timers.reset());

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
  await advance(60_000);
  deepEqual(seen, ['created', 'running', 'finished']);
});
// #endregion
import { match } from 'node:assert/strict';
import { describe } from 'node:test';

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

function tryTo(act) {
  try {
    act();
  } catch (error) {
    match(String(error), /executing a cancelled action/);
  }
}

describe('works', () => {
  test('for (…) { await setImmediate(); mock.timers.tick(1_000); }', async () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    await advance(60_000);
    deepEqual(seen, WATCHED);
  });

  test('transport: fakeTaskApi(tasks).transport; for (…) mock.timers.tick(1_000)', () => {
    const seen = watch({ transport: fakeTaskApi(TASKS).transport });
    for (let second = 0; second < 60; second++) mock.timers.tick(1_000);
    deepEqual(seen, WATCHED);
  });

  test("mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'Date'] })", async () => {
    mock.timers.reset();
    mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'Date'] });
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    await advance(60_000);
    deepEqual(seen, WATCHED);
  });

  test('mock.fn(async () => new Response(\'"running"\'))', async () => {
    const seen = watch({ fetch: mock.fn(async () => new Response('"running"')) });
    await advance(60_000);
    deepEqual(seen, ['running']);
  });

  test('mock.timers.enable({ apis }); fakeTaskApi(tasks)', async () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    await advance(60_000);
    deepEqual(seen, WATCHED);
  });
});

describe('does not work', () => {
  test('mock.timers.tick(60_000)', () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    // Node 20 runs an interval once more that its own callback has cleared, and RxJS throws
    tryTo(() => mock.timers.tick(60_000));
    deepEqual(seen, []);
  });

  test("mock.timers.enable({ apis: ['setTimeout', 'Date'] })", async () => {
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    const controller = new AbortController();
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch, signal: controller.signal });
    await advance(60_000);
    deepEqual(seen, ['created']);
    controller.abort();
  });

  test('const response = new Response(\'"running"\'); mock.fn(async () => response)', async () => {
    const response = new Response('"running"');
    const seen = watch({ fetch: mock.fn(async () => response) });
    await advance(1_000);
    match(seen.join(), /^running,TypeError: .*each request needs a new Response/);
  });

  test('mock.fn()', async () => {
    const seen = watch({ fetch: mock.fn() });
    await advance(0);
    match(seen.join(), /^TypeError: fetch must resolve/);
  });

  test('mock.fn(async () => ({ ok: true, json: async () => "running" }))', async () => {
    const seen = watch({ fetch: mock.fn(async () => ({ ok: true, json: async () => 'running' })) });
    await advance(0);
    match(seen.join(), /^TypeError: .*status must be/);
  });

  test('mock.fn(async () => new Response("running"))', async () => {
    const seen = watch({ fetch: mock.fn(async () => new Response('running')), retry: false });
    await advance(1_000);
    match(seen.join(), /^UnexpectedResponseError: .*not JSON/);
  });

  test('fakeTaskApi(tasks); mock.timers.enable({ apis })', async () => {
    mock.timers.reset();
    const { fetch } = fakeTaskApi(TASKS);
    mock.timers.enable({ apis: APIS });
    const seen = watch({ fetch });
    await advance(0);
    match(seen.join(), /clock moved back/);
  });
});
