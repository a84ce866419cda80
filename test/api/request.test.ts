import { expect, test } from 'vitest';
import { fetch as noFetch } from '../../src/api/no-cross-fetch.js';
import { Request, urlOf } from '../../src/api/request.js';
import { browserUseV1 } from '../../src/api/task-api.js';

const withQuery = { ...browserUseV1, path: (id: string) => `/jobs/${id}?view=short` };

test.each([
  [browserUseV1, '', 'https://x.example/task/a%2Fb/status'],
  [browserUseV1, '?tenant=1', 'https://x.example/task/a%2Fb/status?tenant=1'],
  [withQuery, '', 'https://x.example/jobs/a%2Fb?view=short'],
  [withQuery, '?tenant=1&b=?', 'https://x.example/jobs/a%2Fb?view=short&tenant=1&b=?'],
])('a query of the base URL comes last: %#', (api, query, url) => {
  expect(urlOf(api, 'https://x.example', query, 'a/b')).toBe(url);
});

test('a copy of a request has all that a transport needs, its signal too', () => {
  const request = new Request('task_1', 'https://x.example/', { a: 'b' });
  const copy = Object.assign({}, request);
  expect(Object.keys(copy).sort()).toEqual(['headers', 'signal', 'taskId', 'url']);
  request.abort();
  expect(copy.signal.aborted).toBe(true);
});

test('what stands in for cross-fetch in a browser says what to do', async () => {
  await expect(noFetch()).rejects.toThrow(
    'This runtime has no fetch; pass one with the fetch or the transport option',
  );
});
