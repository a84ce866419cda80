import { NEVER, Subject, VirtualTimeScheduler, type SchedulerLike } from 'rxjs';
import { expect, test } from 'vitest';
import { Credentials } from '../../src/api/credentials.js';
import { statusUrl, StatusRequestHandle } from '../../src/api/request.js';
import type { StatusResponse } from '../../src/api/response.js';
import { browserUseV1 } from '../../src/api/task-api.js';
import type { StatusRequest, StatusTransport } from '../../src/api/transport.js';

const withQuery = { ...browserUseV1, path: (id: string) => `/jobs/${id}?view=short` };

test.each([
  [browserUseV1, '', 'https://x.example/task/a%2Fb/status'],
  [browserUseV1, '?tenant=1', 'https://x.example/task/a%2Fb/status?tenant=1'],
  [withQuery, '', 'https://x.example/jobs/a%2Fb?view=short'],
  [withQuery, '?tenant=1&b=?', 'https://x.example/jobs/a%2Fb?view=short&tenant=1&b=?'],
])('the query of the base URL comes last: case %#', (api, query, url) => {
  expect(statusUrl(api, 'https://x.example', query, 'a/b')).toBe(url);
});

test('a spread copy of a request has every field, including signal', () => {
  let copy: Partial<StatusRequest> = {};
  const transport = (request: StatusRequest) => {
    copy = { ...request };
    return NEVER;
  };
  const request = handle(transport);
  request.send(Infinity);
  expect(Object.keys(copy).sort()).toEqual(['headers', 'method', 'signal', 'taskId', 'url']);
  expect(copy).toMatchObject({ headers: { a: 'b' }, method: 'GET', taskId: 'task_1' });
  request.cancel();
  expect(copy.signal?.aborted).toBe(true);
});

test('a request has exactly one result, whatever the transport emits', () => {
  const scheduler = new VirtualTimeScheduler();
  const results: string[] = [];
  const source$ = new Subject<StatusResponse>();
  const request = handle(() => source$, results, scheduler);
  request.send(100);
  source$.next(ANSWER);
  expect(source$.observed).toBe(false);
  scheduler.flush();
  request.expire(1);
  request.cancel();
  expect(results).toEqual(['response']);
  expect(scheduler.actions).toEqual([]);
});

test('a cancelled request has no result, and leaves no timer', () => {
  const scheduler = new VirtualTimeScheduler();
  const results: string[] = [];
  const source$ = new Subject<StatusResponse>();
  const request = handle(() => source$, results, scheduler);
  request.send(100);
  request.cancel();
  expect(source$.observed).toBe(false);
  scheduler.flush();
  expect(scheduler.now()).toBe(0);
  expect(results).toEqual([]);
});

test('a request without an answer times out at its limit', () => {
  const scheduler = new VirtualTimeScheduler();
  const results: string[] = [];
  handle(() => NEVER, results, scheduler).send(100);
  scheduler.flush();
  expect(results).toEqual(['timeout']);
});

const ANSWER: StatusResponse = { status: 200, headers: { get: () => null }, body: '"running"' };

/** A request that notes its results. */
function handle(
  transport: StatusTransport,
  results: string[] = [],
  scheduler: SchedulerLike = new VirtualTimeScheduler(),
): StatusRequestHandle {
  return new StatusRequestHandle(
    'task_1',
    'https://x.example/',
    new Credentials(browserUseV1, { a: 'b' }),
    { api: browserUseV1, transport, scheduler },
    {
      onSettling: () => undefined,
      onResult: (result) => results.push(result.type),
      onSettled: () => undefined,
    },
  );
}
