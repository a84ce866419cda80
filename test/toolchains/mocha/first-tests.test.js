// #region recipe
import { deepEqual } from 'node:assert/strict';
import { taskStatus$ } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import sinon from 'sinon';

// not queueMicrotask and nextTick: Node's own Response needs them
const toFake = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'];
let clock;
beforeEach(() => (clock = sinon.useFakeTimers({ toFake })));
afterEach(() => sinon.restore());

it('each status is emitted', async () => {
  const { fetch } = fakeTaskApi({
    task_1: [
      ['created', 0],
      ['running', 5_000],
      ['finished', 30_000],
    ],
  });
  const seen = [];
  taskStatus$('task_1', { fetch }).subscribe((status) => seen.push(status));
  await clock.tickAsync(60_000);
  deepEqual(seen, ['created', 'running', 'finished']);
});
// #endregion
import { match, rejects } from 'node:assert/strict';

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
  it("sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })", async () => {
    sinon.restore();
    clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    const seen = watch({ fetch: async () => new Response('"running"') });
    await clock.tickAsync(60_000);
    deepEqual(seen, ['running']);
  });

  it('await clock.tickAsync(60_000)', async () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    await clock.tickAsync(60_000);
    deepEqual(seen, WATCHED);
  });

  it('sinon.fake(async () => new Response(\'"running"\'))', async () => {
    const seen = watch({ fetch: sinon.fake(async () => new Response('"running"')) });
    await clock.tickAsync(60_000);
    deepEqual(seen, ['running']);
  });

  it('sinon.useFakeTimers({ toFake }); fakeTaskApi(tasks)', async () => {
    sinon.restore();
    clock = sinon.useFakeTimers({ toFake });
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    await clock.tickAsync(60_000);
    deepEqual(seen, WATCHED);
  });
});

describe('does not work', () => {
  it('sinon.useFakeTimers()', async () => {
    sinon.restore();
    clock = sinon.useFakeTimers();
    watch({ fetch: async () => new Response('"running"') });
    await rejects(clock.tickAsync(60_000), /assuming an infinite loop/);
  });

  it('clock.tick(60_000)', () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    clock.tick(60_000);
    deepEqual(seen, []);
  });

  it('sinon.fake.resolves(new Response(\'"running"\'))', async () => {
    const seen = watch({ fetch: sinon.fake.resolves(new Response('"running"')) });
    await clock.tickAsync(60_000);
    deepEqual(seen.slice(0, 1), ['running']);
    match(seen[1], /^TypeError: .*each request needs a new Response/);
  });

  it('sinon.fake()', async () => {
    const seen = watch({ fetch: sinon.fake() });
    await clock.tickAsync(0);
    match(seen.join(), /^TypeError: fetch must resolve/);
  });

  it('sinon.fake.resolves({ ok: true, json: async () => "running" })', async () => {
    const seen = watch({ fetch: sinon.fake.resolves({ ok: true, json: async () => 'running' }) });
    await clock.tickAsync(0);
    match(seen.join(), /^TypeError: .*status must be/);
  });

  it('sinon.fake(async () => new Response("running"))', async () => {
    const seen = watch({ fetch: sinon.fake(async () => new Response('running')), retry: false });
    await clock.tickAsync(60_000);
    match(seen.join(), /^UnexpectedResponseError: .*not JSON/);
  });

  it('fakeTaskApi(tasks); sinon.useFakeTimers({ toFake })', async () => {
    sinon.restore();
    const { fetch } = fakeTaskApi(TASKS);
    clock = sinon.useFakeTimers({ toFake });
    const seen = watch({ fetch });
    await clock.tickAsync(0);
    match(seen.join(), /clock moved back/);
  });
});
