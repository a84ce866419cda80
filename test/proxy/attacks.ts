/** The key that no page may see. */
export const API_KEY = 'bu_51f0c8e2+a/9=b7d64e3a';

/** A request of a page for a task that the task API answers in a certain way. */
export interface Exchange {
  readonly title: string;
  /** The id of a task of `fault-upstream.ts`. */
  readonly taskId: string;
  readonly status: number;
  /** Where the status depends on the runtime. */
  readonly orStatus?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a page gets for each fault of the task API. */
export const EXCHANGES: readonly Exchange[] = [
  { title: 'a status', taskId: 'finished', status: 200, body: '"finished"' },
  { title: 'a 404', taskId: 'missing', status: 404, body: '{"detail":"Task not found"}' },
  {
    title: 'a 422',
    taskId: 'invalid',
    status: 422,
    body: '{"detail":[{"loc":["path","task_id"],"msg":"not a task id","type":"value_error"}]}',
  },
  {
    title: 'a 429 with Retry-After',
    taskId: 'limited',
    status: 429,
    body: '{"detail":"Slow down"}',
    headers: { 'retry-after': '7' },
  },
  {
    title: 'a Retry-After that is a date, with the Date that it is relative to',
    taskId: 'dated',
    status: 503,
    headers: {
      'retry-after': 'Sun, 06 Nov 1994 08:49:47 GMT',
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
    },
  },
  {
    title: 'a 401 that quotes the key in body and headers, without the key',
    taskId: 'quotes',
    status: 401,
    body: '{"detail":"Invalid token *** *** YXBpOm***Q== ***"}',
    headers: { 'retry-after': '', 'www-authenticate': '' },
  },
  {
    title: 'HTML with 200, as a 502',
    taskId: 'html',
    status: 502,
    body: '{"detail":"The task API sent a body that is not JSON"}',
  },
  {
    title: 'HTML with 503, as JSON with its status and Retry-After',
    taskId: 'html-error',
    status: 503,
    body: '{"detail":"The task API answered 503 with a body that is not JSON"}',
    headers: { 'retry-after': '3' },
  },
  { title: 'an empty 200, as a 502', taskId: 'empty', status: 502 },
  {
    title: 'a redirect, as a 502 without its target',
    taskId: 'redirect',
    status: 502,
    body: '{"detail":"The task API redirected the request"}',
    headers: { location: '' },
  },
  {
    title: 'an answer with cookies and commands for the browser, without these',
    taskId: 'cookies',
    status: 200,
    body: '"running"',
    headers: {
      'set-cookie': '',
      'content-security-policy': '',
      'access-control-allow-origin': '',
      refresh: '',
    },
  },
  {
    title: 'an answer with huge headers, without these',
    taskId: 'huge-headers',
    status: 502,
    // some runtimes have no limit
    orStatus: 200,
    headers: { 'x-huge': '' },
  },
  {
    title: 'a body over the limit, as a 502',
    taskId: 'large',
    status: 502,
    body: '{"detail":"The task API sent a body that is too long"}',
  },
  { title: 'a small body that unpacks to a huge one, as a 502', taskId: 'bomb', status: 502 },
  { title: 'an endless body, as a 502', taskId: 'endless', status: 502 },
  { title: 'a body that breaks off, as a 502', taskId: 'broken', status: 502 },
  { title: 'a body in chunks that breaks off, as a 502', taskId: 'broken-chunks', status: 502 },
  {
    title: 'a connection that breaks off, as a 502',
    taskId: 'no-answer',
    status: 502,
    body: '{"detail":"The task API cannot be reached"}',
  },
];

/** The headers of every answer of the proxy. */
export const EVERY_ANSWER = {
  'content-type': 'application/json; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Where the proxy may send a request to. */
export const ALLOWED = /^\/api\/v1\/task\/[\w-]+\/status$/;

/** Targets of requests that are not for the proxy. A server may also reject them, or parse some of them. */
export const FOREIGN_TARGETS: readonly string[] = [
  '//',
  '///',
  '/',
  '*',
  'http://[',
  'http://',
  'http:',
  '//[',
  '/%',
  '/%zz',
  '/\\',
  '/api/v1',
  '/api/v1/',
  '/api/v1/tasks',
  '/api/v1/task/status',
  '/api/v1/task//status',
  '/api/v1/task/finished',
  '/api/v1/task/finished/',
  '/api/v1/task/finished/status/',
  '/api/v1/task/finished/status/x',
  '/api/v1/task/finished/status%2F',
  '/api/v1/task/finished/status;x',
  '/api/v1/task/finished//status',
  '/api/v1//task/finished/status',
  '//api/v1/task/finished/status',
  '//evil.example/api/v1/task/finished/status',
  '/x/api/v1/task/finished/status',
  '/API/v1/task/finished/status',
  '/api/v1/Task/finished/status',
  '/api/v1/task/../status',
  '/api/v1/task/%2e%2e/status',
  '/api/v1/task/%2E%2E/status',
  '/api/v1/task/.%2e/status',
  '/api/v1/task/%252e%252e/status',
  '/api/v1/task/a%2Fb/status',
  '/api/v1/task/a%2fb/status',
  '/api/v1/task/a%252Fb/status',
  '/api/v1/task/..%2Ftasks%3F/status',
  '/api/v1/task/finished%2Fstatus',
  '/api/v1/task/a%5Cb/status',
  '/api/v1/task/a%00b/status',
  '/api/v1/task/a%0D%0AX-Evil:%20b/status',
  '/api/v1/task/a%3Fb/status',
  '/api/v1/task/a%23b/status',
  '/api/v1/task/a?b/status',
  '/api/v1/task/a.b/status',
  '/api/v1/task/a@b/status',
  '/api/v1/task/a:b/status',
  '/api/v1/task/a;b/status',
  '/api/v1/task/%66inished/status',
  '/api/v1/task/finished%/status',
  '/api/v1/task/finished%20/status',
  '/api/v1/task/\u00e4/status',
  '/api/v1/task/%C3%A4/status',
  '/api/v1/task/%ff/status',
  '/api/v1/task/\\..\\x/status',
  '/api/v1\\task\\finished\\status',
  'https://api.browser-use.com/api/v1/me',
  'http://evil.example/api/v1/task/../../x',
  'ftp://evil.example/api/v1/task/finished/status',
  'javascript:alert(1)',
];
