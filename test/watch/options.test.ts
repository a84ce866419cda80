import { of, VirtualTimeScheduler } from 'rxjs';
import {
  browserUseV1,
  taskPolls$,
  taskStatus$,
  type StatusRequest,
  type TaskApi,
  type TaskPoll,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { afterEach, describe, expect, test, vi } from 'vitest';

const answer = (status: number, body = '') => of({ status, headers: { get: () => null }, body });

/** A watch of `task_1` and the first request that it makes. */
function firstRequest(
  options: TaskStatusOptions,
  before: () => void = () => undefined,
): StatusRequest {
  const requests: StatusRequest[] = [];
  const transport = (request: StatusRequest) => {
    requests.push(request);
    return answer(200, '"finished"');
  };
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
  ])('begins with the baseUrl %s but for the slashes at its end', (baseUrl, begins) => {
    const query = baseUrl.includes('?') ? '?team=1' : '';
    for (const given of [baseUrl, new URL(baseUrl)]) {
      const { url } = firstRequest({ baseUrl: given });
      expect(url).toBe(`${begins}/task/task_1/status${query}`);
    }
  });

  test("begins with the API's own URL again, once a baseUrl has stood in for it", () => {
    const api: TaskApi<'finished'> = {
      ...browserUseV1,
      baseUrl: 'https://own.example/',
      statuses: ['finished'],
      terminal: ['finished'],
      successful: ['finished'],
    };
    const urls = [undefined, 'https://proxy.example', undefined].map((baseUrl) => {
      let asked = '';
      const transport = ({ url }: StatusRequest) => {
        asked = url;
        return answer(200, '"finished"');
      };
      taskStatus$('task_1', { api, baseUrl, transport }).subscribe();
      return new URL(asked).host;
    });
    expect(urls).toEqual(['own.example', 'proxy.example', 'own.example']);
  });

  test("takes no second look at the API's own: many watches are not to parse it again", () => {
    let looks = 0;
    const api: TaskApi<'finished'> = {
      ...browserUseV1,
      get baseUrl() {
        looks++;
        return 'https://own.example';
      },
      statuses: ['finished'],
      terminal: ['finished'],
      successful: ['finished'],
    };
    for (let watch = 0; watch < 10; watch++) taskStatus$(`task_${watch}`, { api });
    expect(looks).toBe(1);
  });
});

describe('the headers of a request', () => {
  test('are those that were given, without a key too', () => {
    expect(firstRequest({ headers: { 'X-Team': 'blue' } }).headers).toEqual({ 'X-Team': 'blue' });
    expect(firstRequest({}).headers).toEqual({});
  });

  test.each([undefined, 'bu_0123456789abcdef'])(
    'are those that were checked, whatever becomes of the object, with the key %j',
    (apiKey) => {
      const headers: Record<string, string> = { 'X-Team': 'blue' };
      const sent = firstRequest({ apiKey, headers }, () => {
        headers['X-Team'] = 'red\n';
      });
      expect(sent.headers).toMatchObject({ 'X-Team': 'blue' });
    },
  );

  test.each([{}, { headers: { 'X-Team': 'blue' } }, { apiKey: 'bu_0123456789abcdef' }])(
    'cannot be changed by a transport, for other requests have the same: %j',
    (options) => {
      const { headers } = firstRequest(options);
      expect(Reflect.set(headers, 'X-Trace', '1')).toBe(false);
      expect(firstRequest(options).headers).not.toHaveProperty('X-Trace');
    },
  );
});

describe('without a random() of its own', () => {
  afterEach(() => void vi.restoreAllMocks());

  test.each<[of: string, status: number, body: string, longest: number, jitter: number]>([
    ['a wait between polls', 200, '"running"', 1_000, 0.1],
    ['a wait before a retry', 503, '', 500, 0.5],
  ])('%s is spread by Math.random()', (_, status, body, longest, jitter) => {
    const nextDelay = (drawn: number): number | undefined => {
      vi.spyOn(Math, 'random').mockReturnValue(drawn);
      const polls: TaskPoll[] = [];
      const transport = () => answer(status, body);
      taskPolls$('task_1', { transport, scheduler: new VirtualTimeScheduler() })
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

test('a key that stays the same goes with every request, beside what else is sent', () => {
  const { headers } = firstRequest({ apiKey: 'bu_key', headers: { 'X-A': 'b' } });
  expect(headers).toEqual({ Authorization: 'Bearer bu_key', 'X-A': 'b' });
});
