import { VirtualTimeScheduler } from 'rxjs';
import {
  browserUseV1,
  taskPolls$,
  taskStatus$,
  type StatusRequest,
  type TaskApi,
  type TaskPoll,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { fakeTaskApi, type FakeAnswer, type FakeRequest } from 'rxjs-task-status/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

/** A watch of `task_1` and the first request that it makes. */
function firstRequest(
  options: TaskStatusOptions,
  before: () => void = () => undefined,
): FakeRequest {
  const { transport, requests } = fakeTaskApi({ task_1: [['finished', 0]] });
  const status$ = taskStatus$('task_1', { ...options, transport });
  before();
  status$.subscribe();
  return requests[0]!;
}

describe('the URL of a request', () => {
  test.each([
    ['https://proxy.example', 'https://proxy.example'],
    ['https://proxy.example///', 'https://proxy.example'],
    ['https://proxy.example/a/b', 'https://proxy.example/a/b'],
    ['https://proxy.example/a//b///', 'https://proxy.example/a//b'],
    ['http://proxy.example:8080/a/?team=1#top', 'http://proxy.example:8080/a'],
  ])('begins with the baseUrl %s, without the slashes at its end', (baseUrl, begins) => {
    const query = baseUrl.includes('?') ? '?team=1' : '';
    for (const given of [baseUrl, new URL(baseUrl)]) {
      const { url } = firstRequest({ baseUrl: given });
      expect(url).toBe(`${begins}/task/task_1/status${query}`);
    }
  });

  test('a baseUrl does not change the URL of later watches of the same API', () => {
    const api: TaskApi<TaskStatus> = { ...browserUseV1, baseUrl: 'https://api.example/' };
    const hosts = [undefined, 'https://proxy.example', undefined].map(
      (baseUrl) => new URL(firstRequest({ api, baseUrl }).url).host,
    );
    expect(hosts).toEqual(['api.example', 'proxy.example', 'api.example']);
  });

  test('the baseUrl of an API is read and parsed once for all watches', () => {
    let reads = 0;
    const api: TaskApi<TaskStatus> = {
      ...browserUseV1,
      get baseUrl() {
        reads++;
        return 'https://api.example';
      },
    };
    for (let watch = 0; watch < 10; watch++) taskStatus$(`task_${watch}`, { api });
    expect(reads).toBe(1);
  });
});

describe('the headers of a request', () => {
  test('are those of the option, and nothing is added without a key', () => {
    expect(firstRequest({ headers: { 'X-Team': 'blue' } }).headers).toEqual({ 'X-Team': 'blue' });
    expect(firstRequest({}).headers).toEqual({});
  });

  test.each([undefined, 'bu_0123456789abcdef'])(
    'do not change when the object of the option changes after the call: key %j',
    (apiKey) => {
      const headers: Record<string, string> = { 'X-Team': 'blue' };
      const sent = firstRequest({ apiKey, headers }, () => {
        headers['X-Team'] = 'red\n';
      });
      expect(sent.headers).toMatchObject({ 'X-Team': 'blue' });
    },
  );

  test.each([{}, { headers: { 'X-Team': 'blue' } }, { apiKey: 'bu_0123456789abcdef' }])(
    'cannot be changed by a transport, because all requests share them: %j',
    (options) => {
      const { transport } = fakeTaskApi({ task_1: [['finished', 0]] });
      const changed: boolean[] = [];
      const change = (request: StatusRequest) => {
        changed.push(Reflect.set(request.headers, 'X-Trace', '1'));
        return transport(request);
      };
      taskStatus$('task_1', { ...options, transport: change }).subscribe();
      expect(changed).toEqual([false]);
      expect(firstRequest(options).headers).not.toHaveProperty('X-Trace');
    },
  );
});

describe('without the option random', () => {
  afterEach(() => void vi.restoreAllMocks());

  test.each<[of: string, answer: FakeAnswer | TaskStatus, longest: number, jitter: number]>([
    ['a poll', 'running', 1_000, 0.1],
    ['a retry', { status: 503 }, 500, 0.5],
  ])('the delay before %s is spread by Math.random()', (_, answer, longest, jitter) => {
    const nextDelay = (drawn: number): number | undefined => {
      vi.spyOn(Math, 'random').mockReturnValue(drawn);
      const polls: TaskPoll[] = [];
      const scheduler = new VirtualTimeScheduler();
      const { transport } = fakeTaskApi({ task_1: [[answer, 0]] }, { scheduler });
      taskPolls$('task_1', { transport, scheduler })
        .subscribe((poll) => polls.push(poll))
        .unsubscribe();
      return polls[0]?.nextDelay;
    };
    expect([0, 0.5, 1].map(nextDelay)).toEqual([
      longest,
      longest * (1 - jitter / 2),
      longest * (1 - jitter),
    ]);
  });
});

test('a fixed key is sent in addition to the other headers', () => {
  const { headers } = firstRequest({ apiKey: 'bu_key', headers: { 'X-A': 'b' } });
  expect(headers).toEqual({ Authorization: 'Bearer bu_key', 'X-A': 'b' });
});
