import { browserUseV1, defineTaskApi } from 'rxjs-task-status';
import { taskStatusProxy, type TaskStatusProxyOptions } from 'rxjs-task-status/proxy';
import { describe, expect } from 'vitest';
import { fc, test } from '../support/property.js';

/** Sends requests for these URLs through a proxy. Returns the requests to the task API. */
async function sentFor(
  urls: readonly string[],
  options: Partial<TaskStatusProxyOptions> = {},
): Promise<{ method: string; url: string; body: string | undefined }[]> {
  const sent: { method: string; url: string; body: string | undefined }[] = [];
  const proxy = taskStatusProxy({
    apiKey: 'bu_key',
    basePath: '/api/v1',
    fetch: (url, { method, body }) => {
      sent.push({ method, url, body });
      return Promise.resolve(new Response('"running"'));
    },
    ...options,
  });
  for (const url of urls) await proxy({ method: 'GET', url } as Request);
  return sent;
}

async function urlsFor(
  urls: readonly string[],
  options?: Partial<TaskStatusProxyOptions>,
): Promise<string[]> {
  return (await sentFor(urls, options)).map(({ url }) => url);
}

const ORIGIN = 'https://api.browser-use.com';

describe('the route', () => {
  test('is basePath and the path of the API', async () => {
    const urls = ['http://page.example/api/v1/task/task_1/status'];
    expect(await urlsFor(urls)).toEqual([`${ORIGIN}/api/v1/task/task_1/status`]);
  });

  test.for(['/', '/a', '/a/', '/a/b.c/~d', '/%20'])(
    'can begin with basePath %s',
    async (basePath) => {
      const url = `https://page.example${basePath.replace(/\/$/, '')}/task/t/status`;
      expect(await urlsFor([url], { basePath })).toEqual([`${ORIGIN}/api/v1/task/t/status`]);
    },
  );

  test('cannot be an absolute URL, as no page can request it', () => {
    const api = defineTaskApi({
      ...browserUseV1,
      path: (id) => `https://api.browser-use.com/operations/${id}`,
    });
    expect(() => taskStatusProxy({ apiKey: 'bu_key', basePath: '/api', api })).toThrow(
      new TypeError(
        'taskStatusProxy() needs an API whose paths are below its baseUrl, got "https://api.browser-use.com/operations/rxjs-task-status-id"',
      ),
    );
  });

  test('ignores the query and the hash of the page', async () => {
    const route = 'http://h/api/v1/task/t/status';
    expect(
      await urlsFor([`${route}?`, `${route}?task=x&a=/../b`, `${route}#x`, `${route}?a#b`]),
    ).toEqual(Array.from({ length: 4 }, () => `${ORIGIN}/api/v1/task/t/status`));
  });

  test('of the result exists with `results` only', async () => {
    const urls = ['http://h/api/v1/task/t'];
    expect(await urlsFor(urls)).toEqual([]);
    expect(await urlsFor(urls, { results: true })).toEqual([`${ORIGIN}/api/v1/task/t`]);
  });

  test('of the result does not exist if the API has none', async () => {
    const api = { ...browserUseV1, resultPath: undefined };
    const options = { api, results: true };
    expect(await urlsFor(['http://h/api/v1/task/t'], options)).toEqual([]);
    expect(await urlsFor(['http://h/api/v1/task/t/status'], options)).toHaveLength(1);
  });

  test('can contain the id more than once', async () => {
    const api = { ...browserUseV1, path: (id: string) => `/a/${id}/b/${id}` };
    expect(await urlsFor(['http://h/api/v1/a/x/b/x', 'http://h/api/v1/a/x/b/y'], { api })).toEqual([
      `${ORIGIN}/api/v1/a/x/b/x`,
    ]);
  });

  test('can have a query of the API, followed by that of the page', async () => {
    const api = { ...browserUseV1, path: (id: string) => `/jobs/${id}?version=2` };
    const urls = [
      '?version=2',
      '?version=2&team=1',
      '?version=3',
      '',
      '?version=22',
      '?a&version=2',
    ];
    expect(
      await urlsFor(
        urls.map((query) => `http://h/api/v1/jobs/t${query}`),
        { api },
      ),
    ).toEqual([`${ORIGIN}/api/v1/jobs/t?version=2`, `${ORIGIN}/api/v1/jobs/t?version=2`]);
  });

  test('can have the id in the query', async () => {
    const api = { ...browserUseV1, path: (id: string) => `status?id=${id}&x` };
    const urls = ['?id=t&x', '?id=t&x&id=u', '?id=t', '?x&id=t', '?id=t&y&x'];
    expect(
      await urlsFor(
        urls.map((query) => `http://h/api/v1/status${query}`),
        { api },
      ),
    ).toEqual([`${ORIGIN}/api/v1/status?id=t&x`, `${ORIGIN}/api/v1/status?id=t&x`]);
  });

  test('can have characters that a page sends percent-encoded', async () => {
    const api = { ...browserUseV1, path: (id: string) => `/my jobs/(${id})` };
    expect(await urlsFor(['http://h/api/v1/my%20jobs/(t)'], { api })).toEqual([
      `${ORIGIN}/api/v1/my jobs/(t)`,
    ]);
  });
});

describe('an API that is polled with POST', () => {
  const rpc = defineTaskApi({
    baseUrl: 'https://rpc.example',
    path: () => '/rpc?v=1',
    request: (taskId) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ taskId }),
    }),
    authorization: (key) => ['X-Key', key],
    status: (json) => json,
    statuses: ['running', 'done'],
    terminal: ['done'],
    successful: ['done'],
    resultPath: (id) => `/results/${id}`,
  });

  test('has the id at the end of the route, where its path does not contain it', async () => {
    const urls = [
      'http://h/api/v1/rpc/t',
      'http://h/api/v1/rpc',
      'http://h/api/v1/rpc?v=1',
      'http://h/api/v1/rpc/',
    ];
    expect(await sentFor(urls, { api: rpc })).toEqual([
      { method: 'POST', url: 'https://rpc.example/rpc?v=1', body: '{"taskId":"t"}' },
    ]);
  });

  test('has a result that is fetched with GET', async () => {
    expect(await sentFor(['http://h/api/v1/results/t'], { api: rpc, results: true })).toEqual([
      { method: 'GET', url: 'https://rpc.example/results/t', body: undefined },
    ]);
  });

  test('can have the root as its path', async () => {
    const api = { ...rpc, path: () => '/' };
    expect(await sentFor(['http://h/api/v1/t'], { api })).toHaveLength(1);
  });
});

describe('taskId', () => {
  const of = (...ids: string[]): string[] => ids.map((id) => `http://h/api/v1/task/${id}/status`);

  test('is [\\w-]+ by default', async () => {
    const urls = of('task_1-A', 'a.b', 'a%20b', '%C3%A4', 'a~b', '');
    expect(await urlsFor(urls)).toEqual([`${ORIGIN}/api/v1/task/task_1-A/status`]);
  });

  test.for([/[a-c]+/, /a|abc/, /^abc$/, /ABC/i, /abc/g, /abc/y, /abc/m, /[a-c]{3}/u])(
    '%s must match the whole id, each time',
    async (taskId) => {
      const urls = of('abc', 'abcd', 'xabc', 'abc', 'abc%0Ax', 'x%0Aabc');
      expect(await urlsFor(urls, { taskId })).toHaveLength(2);
    },
  );

  test('can be a function, which gets the decoded id', async () => {
    const ids: string[] = [];
    const taskId = (id: string) => ids.push(id) > 0;
    expect(await urlsFor(of('a%2Fb', '%C3%A4', "o'hara", 'a%20b'), { taskId })).toEqual([
      `${ORIGIN}/api/v1/task/a%2Fb/status`,
      `${ORIGIN}/api/v1/task/%C3%A4/status`,
      `${ORIGIN}/api/v1/task/o'hara/status`,
      `${ORIGIN}/api/v1/task/a%20b/status`,
    ]);
    expect(ids).toEqual(['a/b', 'ä', "o'hara", 'a b']);
  });

  test('must return true, not only something truthy', async () => {
    expect(await urlsFor(of('a'), { taskId: (() => 'yes') as never })).toEqual([]);
  });

  test.for([
    '..',
    '.',
    '%2e',
    '%2E%2e',
    '%252e%252e',
    'a/b',
    'a%2fb',
    '%61',
    'a%2',
    '%',
    '%ff',
    'a%5cb',
  ])(
    'that accepts everything does not accept %s in another form than that of the library',
    async (id) => {
      const ids: string[] = [];
      const taskId = (it: string) => ids.push(it) > 0;
      const urls = await urlsFor(of(id), { taskId });
      // a literal % in an id is encoded twice
      expect(urls).toEqual(id === '%252e%252e' ? [`${ORIGIN}/api/v1/task/%252e%252e/status`] : []);
    },
  );

  test('can accept slashes where the path of the API contains the decoded id', async () => {
    const api = { ...browserUseV1, path: (id: string) => `/v1/${decodeURIComponent(id)}` };
    const ids = [
      'operations/a',
      'operations%2Fa',
      'operations/../keys',
      'operations/%2e%2e/keys',
      'operations/a%3Fb',
      'https://api.browser-use.com/keys',
      'https:%2F%2Fevil.example/x',
    ];
    const urls = ids.map((id) => `http://h/api/v1/v1/${id}`);
    const taskId = /operations\/.+/;
    expect(await urlsFor(urls, { api, taskId })).toEqual([`${ORIGIN}/api/v1/v1/operations/a`]);
  });

  test('cannot choose another host', async () => {
    const api = { ...browserUseV1, path: (id: string) => decodeURIComponent(id) };
    const urls = ['https://evil.example/x', '//evil.example/x', 'https:%2F%2Fevil.example%2Fx'];
    const sent = await urlsFor(
      urls.map((id) => `http://h/api/v1/${id}`),
      { api, taskId: () => true },
    );
    for (const url of sent) expect(new URL(url).origin).toBe(ORIGIN);
  });

  test('for which the API has no path is not for the proxy', async () => {
    const api = {
      ...browserUseV1,
      path: (id: string) => {
        if (id === 'odd') throw new Error('no such id');
        return `/${id}`;
      },
    };
    expect(await urlsFor(['http://h/api/v1/odd', 'http://h/api/v1/even'], { api })).toHaveLength(1);
  });
});

const piece = fc.constantFrom(
  ...[
    '/',
    '//',
    '.',
    '..',
    '%2e',
    '%2F',
    '%252F',
    '%',
    '\\',
    '?',
    '#',
    '&',
    ';',
    '@',
    ':',
    '\t',
    '\n',
    ' ',
  ],
  ...[
    'api',
    'v1',
    'task',
    'status',
    'task_1',
    'tasks',
    'ä',
    '%C3%A4',
    '%00',
    'http:',
    'evil.example',
    '[',
  ],
);
const path = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc
    .tuple(fc.array(piece, { maxLength: 5 }), fc.array(piece, { maxLength: 5 }))
    .map(([before, after]) => `/api/v1/task/${before.join('')}/status${after.join('')}`),
  fc.string({ unit: 'binary' }),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
);

describe('a path', () => {
  test.prop([fc.array(path, { maxLength: 20 }), fc.boolean()])(
    'causes a request only if it is one of the two routes',
    async (paths, results) => {
      const urls = paths.flatMap((it) => [it, `http://h${it}`, ...parsed(it)]);
      for (const url of await urlsFor(urls, { results })) {
        expect(url).toMatch(
          results
            ? /^https:\/\/api\.browser-use\.com\/api\/v1\/task\/[\w-]+(\/status)?$/
            : /^https:\/\/api\.browser-use\.com\/api\/v1\/task\/[\w-]+\/status$/,
        );
      }
    },
  );

  test.prop([fc.array(path, { maxLength: 20 })], { examples: [[['/api/v1/task/.../status']]] })(
    'causes a request only to the two routes, even if every task id is accepted',
    async (paths) => {
      const urls = paths.flatMap((it) => [it, `http://h${it}`, ...parsed(it)]);
      for (const url of await urlsFor(urls, { taskId: () => true, results: true })) {
        const { href, pathname } = new URL(url);
        expect(href).toBe(url);
        expect(pathname).toMatch(/^\/api\/v1\/task\/[^/]+(\/status)?$/);
        // three dots are a name like any other
        expect(pathname).not.toMatch(/\/(\.|%2e){1,2}(\/|$)/i);
      }
    },
  );

  test.prop([fc.string({ unit: 'grapheme', minLength: 1 })])(
    'of the library reaches the task, whatever its id is',
    async (taskId) => {
      fc.pre(!/^\.\.?$/.test(taskId));
      const route = `/task/${encodeURIComponent(taskId)}/status`;
      const { href } = new URL(`http://h/api/v1${route}`);
      const { href: expected } = new URL(`${ORIGIN}/api/v1${route}`);
      expect(await urlsFor([href], { taskId: () => true })).toEqual([expected]);
    },
  );
});

/** What a Request would make of a path, if anything. */
function parsed(target: string): string[] {
  return URL.canParse(target, 'http://h') ? [new URL(target, 'http://h').href] : [];
}
