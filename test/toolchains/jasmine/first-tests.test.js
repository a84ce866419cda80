// #region recipe
import { taskStatus$ } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';

beforeEach(() => jasmine.clock().install().mockDate(new Date(0)));
afterEach(() => jasmine.clock().uninstall());

it('each status is emitted', () => {
  const { transport } = fakeTaskApi({
    task_1: [
      ['created', 0],
      ['running', 5_000],
      ['finished', 30_000],
    ],
  });
  const seen = [];
  taskStatus$('task_1', { transport }).subscribe((status) => seen.push(status));
  jasmine.clock().tick(60_000);
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

/** A few turns of the event loop, in which promises run. */
const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('works', () => {
  it('transport: fakeTaskApi(tasks).transport; jasmine.clock().tick(60_000)', () => {
    const seen = watch({ transport: fakeTaskApi(TASKS).transport });
    jasmine.clock().tick(60_000);
    expect(seen).toEqual(WATCHED);
  });

  it('jasmine.clock().install().mockDate(); fakeTaskApi(tasks)', () => {
    jasmine.clock().uninstall();
    jasmine.clock().install().mockDate();
    const seen = watch({ transport: fakeTaskApi(TASKS).transport });
    jasmine.clock().tick(60_000);
    expect(seen).toEqual(WATCHED);
  });

  it('jasmine.createSpy().and.callFake(async () => new Response(\'"finished"\'))', async () => {
    const fetch = jasmine.createSpy().and.callFake(async () => new Response('"finished"'));
    const seen = watch({ fetch });
    await turns();
    expect(seen).toEqual(['finished', 'complete']);
  });
});

describe('does not work', () => {
  it('fetch: fakeTaskApi(tasks).fetch; jasmine.clock().tick(60_000)', () => {
    const seen = watch({ fetch: fakeTaskApi(TASKS).fetch });
    jasmine.clock().tick(60_000);
    expect(seen).toEqual([]);
  });

  it('jasmine.clock().install(); fakeTaskApi(tasks)', () => {
    jasmine.clock().uninstall();
    jasmine.clock().install();
    const seen = watch({ transport: fakeTaskApi(TASKS).transport });
    jasmine.clock().tick(60_000);
    expect(seen).toEqual(['created']);
  });

  it('jasmine.createSpy()', async () => {
    const seen = watch({ fetch: jasmine.createSpy() });
    await turns();
    expect(seen.join()).toMatch(/^TypeError: fetch must resolve/);
  });

  it('jasmine.createSpy().and.resolveTo({ ok: true, json: async () => "running" })', async () => {
    const fetch = jasmine.createSpy().and.resolveTo({ ok: true, json: async () => 'running' });
    const seen = watch({ fetch });
    await turns();
    expect(seen.join()).toMatch(/^TypeError: .*status must be/);
  });

  it('jasmine.createSpy().and.resolveTo(new Response("finished"))', async () => {
    const fetch = jasmine.createSpy().and.resolveTo(new Response('finished'));
    const seen = watch({ fetch, retry: false });
    await turns();
    expect(seen.join()).toMatch(/^UnexpectedResponseError: .*not JSON/);
  });

  it('fakeTaskApi(tasks); jasmine.clock().install().mockDate(new Date(0))', () => {
    jasmine.clock().uninstall();
    const { transport } = fakeTaskApi(TASKS);
    jasmine.clock().install().mockDate(new Date(0));
    const seen = watch({ transport });
    expect(seen.join()).toMatch(/clock moved back/);
  });
});
