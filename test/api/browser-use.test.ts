import { firstValueFrom, type Observable } from 'rxjs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  browserUseV1,
  browserUseV2,
  browserUseV3,
  browserUseV4,
  taskPolls$,
  taskResult$,
  type BrowserUseV2Details,
  type BrowserUseV3Details,
  type BrowserUseV4Run,
  type FetchLike,
  type TaskApi,
} from '../../src/index.js';

const OK = { status: 200, headers: { get: () => null } };
const wordOf = <S extends string>(api: TaskApi<S>, json: unknown) => api.status(json, OK);

describe('paths and keys', () => {
  test.each<[string, TaskApi<string>, string, string | undefined]>([
    ['V1', browserUseV1, '/task/a/status', '/task/a'],
    ['V2', browserUseV2, '/tasks/a/status', undefined],
    ['V3', browserUseV3, '/sessions/a', undefined],
    ['V4', browserUseV4, '/runs/a/status', '/runs/a'],
  ])('%s', (version, api, path, resultPath) => {
    expect(api.baseUrl).toBe(`https://api.browser-use.com/api/${version.toLowerCase()}`);
    expect([api.path('a'), api.resultPath?.('a')]).toEqual([path, resultPath]);
    expect(api.authorization('k')).toEqual(
      version === 'V1' ? ['Authorization', 'Bearer k'] : ['X-Browser-Use-API-Key', 'k'],
    );
    expect(api.statuses).toEqual(expect.arrayContaining([...api.terminal, ...api.successful]));
  });
});

describe('the words of V2', () => {
  test.each(['created', 'started', 'finished', 'failed', 'stopped'])('%s', (status) => {
    for (const isSuccess of [undefined, null, true]) {
      expect(wordOf(browserUseV2, { status, isSuccess })).toBe(status);
    }
    const hasEnded = browserUseV2.terminal.some((word) => word === status);
    expect(wordOf(browserUseV2, { status, isSuccess: false })).toBe(
      hasEnded ? 'unsuccessful' : status,
    );
  });
});

describe('the words of V3', () => {
  test.each<[status: string, unknown: string, success: string, failure: string]>([
    ['created', 'created', 'created', 'created'],
    ['running', 'running', 'running', 'running'],
    // before a task, and after it
    ['idle', 'idle', 'succeeded', 'unsuccessful'],
    ['stopped', 'stopped', 'succeeded', 'unsuccessful'],
    ['timed_out', 'timed_out', 'timed_out', 'unsuccessful'],
    ['error', 'error', 'error', 'unsuccessful'],
  ])('%s', (status, unknown, success, failure) => {
    const word = (isTaskSuccessful?: unknown) => wordOf(browserUseV3, { status, isTaskSuccessful });
    expect([word(), word(null), word(true), word(false)]).toEqual([
      unknown,
      unknown,
      success,
      failure,
    ]);
    for (const it of [unknown, success, failure]) expect(browserUseV3.statuses).toContain(it);
  });

  test('an idle session goes on being polled', () => {
    expect(browserUseV3.terminal).not.toContain('idle');
  });
});

test.each([browserUseV1, browserUseV2, browserUseV3, browserUseV4])(
  'JSON of another shape is no word, and a result all the same: case %#',
  (api: TaskApi<string>) => {
    for (const json of [null, 5, [], {}]) {
      expect(api.statuses).not.toContain(wordOf(api, json));
      expect(api.result?.(json)).toBeTypeOf('object');
    }
  },
);

describe('details and results', () => {
  test('of V1: fields of another type are undefined, the steps an array', () => {
    expect(browserUseV1.result?.({ id: 't', output: 5, live_url: null, steps: 'x' })).toEqual({
      id: 't',
      output: undefined,
      live_url: null,
      steps: [],
    });
  });

  test('of V2', () => {
    const json = { id: 't', output: 'x', isSuccess: true, cost: 0.5, finishedAt: null };
    const details = { ...json, cost: undefined };
    expect(browserUseV2.details?.(json)).toEqual(details);
    expect(browserUseV2.result?.(json)).toEqual(details);
    expect(browserUseV2.details?.({ isSuccess: 'yes' })).toMatchObject({ isSuccess: undefined });
  });

  test('of V3: an output of any shape', () => {
    const json = {
      output: { rows: [1] },
      isTaskSuccessful: true,
      stepCount: 3,
      lastStepSummary: 'Done',
      liveUrl: null,
      totalCostUsd: '0.1',
      model: 'm',
    };
    expect(browserUseV3.details?.(json)).toEqual(json);
    expect(browserUseV3.result?.({ ...json, stepCount: '3' })).toEqual({
      ...json,
      stepCount: undefined,
    });
  });

  test('of V4: the run', () => {
    expect(browserUseV4.result?.({ id: 'r', output: [1] })).toEqual({ id: 'r', output: [1] });
    expect(browserUseV4.details).toBeUndefined();
  });

  test('are typed', () => {
    const v2 = taskResult$('t', { api: browserUseV2 });
    const v3 = taskPolls$('t', { api: browserUseV3 });
    const v4 = taskResult$('t', { api: browserUseV4 });
    const valueOf =
      <T>(source$: Observable<T>) =>
      () =>
        firstValueFrom(source$);
    expectTypeOf(valueOf(v2))
      .returns.resolves.toHaveProperty('details')
      .toEqualTypeOf<BrowserUseV2Details>();
    expectTypeOf(valueOf(v3))
      .returns.resolves.toHaveProperty('details')
      .toEqualTypeOf<BrowserUseV3Details | undefined>();
    expectTypeOf(valueOf(v4))
      .returns.resolves.toHaveProperty('result')
      .toEqualTypeOf<BrowserUseV4Run>();
  });
});

describe('an output of 300 kB, over fetch', () => {
  const output = 'x'.repeat(300_000);
  const fetchOf =
    (answers: Readonly<Record<string, unknown>>): FetchLike =>
    (url) =>
      Promise.resolve(Response.json(answers[url.replace(/.*\/api/, '')]));

  test.each<[string, TaskApi<string>, Record<string, unknown>]>([
    ['V1', browserUseV1, { '/v1/task/t/status': 'finished', '/v1/task/t': { output } }],
    ['V2', browserUseV2, { '/v2/tasks/t/status': { status: 'finished', output } }],
    ['V3', browserUseV3, { '/v3/sessions/t': { status: 'idle', isTaskSuccessful: true, output } }],
    [
      'V4',
      browserUseV4,
      { '/v4/runs/t/status': { status: 'completed' }, '/v4/runs/t': { output } },
    ],
  ])('%s', async (_, api, answers) => {
    const { result } = await firstValueFrom(taskResult$('t', { api, fetch: fetchOf(answers) }));
    expect(result).toMatchObject({ output });
  });
});
