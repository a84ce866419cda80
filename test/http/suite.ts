import type * as Library from 'rxjs-task-status';
import type {
  FetchInit,
  FetchLike,
  FetchResponse,
  TaskPoll,
  TaskStatusOptions,
} from 'rxjs-task-status';
import { ManualLimits } from './manual-limits.js';
import type { Answer, Part, Script, Seen } from './script.js';

/**
 * Registers a check: a test runner's `test`, or the collector of a plain script. Checks may run at the
 * same time, except those that are `alone`.
 */
export type Check = (name: string, run: () => Promise<void>, how?: 'alone') => void;

/** What the suite runs with: the library, the server, and how the platform differs. */
export interface Fixture {
  /** The build of the library. */
  readonly library: typeof Library;
  /** The option `fetch`; absent if the library should find one itself. */
  readonly fetch?: FetchLike;
  /** The fault server, and an origin that refuses connections. */
  readonly origin: string;
  readonly refused: string;
  /** Controls the fault server without the library: a GET, or a POST if there is a body. */
  readonly control: (path: string, body?: unknown) => Promise<unknown>;
  /** The server must see a closed connection within this time, ms. Only a guard against hanging. */
  readonly patience: number;
  /** The server has another origin than the page, so the browser applies CORS. */
  readonly crossOrigin?: boolean;
  /** Redirects have status 0, as in browsers. */
  readonly opaqueRedirects?: boolean;
  /** The platform itself repeats a request whose connection is lost, or that is answered with 408. */
  readonly repeats?: boolean;
  /** `cache: 'no-store'` adds a header to the request. */
  readonly noStoreShows?: boolean;
  /** The errors of the platform have a `code`. */
  readonly hasErrorCodes?: boolean;
  /**
   * The requests are sent by node-fetch: it may not notice a connection lost in the body before
   * `requestTimeout`, and closes a connection only on abort.
   */
  readonly nodeFetch?: boolean;
}

/** The events of a watch, and the requests that the server saw. */
interface Outcome {
  readonly statuses: readonly string[];
  readonly polls: readonly TaskPoll[];
  readonly completed: boolean;
  readonly error: unknown;
  readonly seen: readonly Seen[];
}

const KEY = 'bu_0123456789abcdef';
const TASK = 'task_1234567890abcdef';
const LIMIT = 65_536;

/**
 * The most that the server may send of a body that is not read, bytes. Kernels and a browser's network
 * process buffer some of it. A body that is read would go on until `requestTimeout`: gigabytes.
 */
const BUFFERS = 64 * 2 ** 20;

const FAST = {
  backoff: { initialDelay: 1, maxDelay: 1 },
  retry: { maxRetries: 2, initialDelay: 1, maxDelay: 1 },
  // only a guard against hanging: no answer may time out because the machine is busy
  requestTimeout: 100_000,
} satisfies TaskStatusOptions;

const FINISHED: Answer = { body: '"finished"' };
const ALIVE: Script = [{ body: '"created"' }, { body: '"running"' }];

/** The class and the fields of the error that a bad answer must become. */
interface ExpectedError {
  readonly name: keyof typeof Library & `${string}Error`;
  readonly code: string;
  readonly [fact: string]: unknown;
}

type BadAnswer = readonly [name: string, answer: Answer, expected: ExpectedError];

const unexpected = (body: string, status = 200): ExpectedError => ({
  name: 'UnexpectedResponseError',
  code: 'unexpected-response',
  status,
  body,
});

const http = (status: number, detail: string): ExpectedError => ({
  name: 'HttpStatusError',
  code: 'http',
  status,
  detail,
});

const notFound = (detail: string): ExpectedError => ({
  name: 'TaskNotFoundError',
  code: 'not-found',
  status: 404,
  detail,
});

const invalid = (issues: unknown, detail: string): ExpectedError => ({
  name: 'TaskValidationError',
  code: 'invalid',
  status: 422,
  issues,
  detail,
});

const refused = (status: number, detail: string): ExpectedError => ({
  name: 'AuthenticationError',
  code: 'unauthorized',
  status,
  detail,
});

const network: ExpectedError = { name: 'NetworkError', code: 'network' };
const lostInBody: ExpectedError = { ...network };
const undecodable: ExpectedError = { ...network };

/** `ManualLimits` lets it pass, so no test waits for it, ms. */
const REQUEST_TIMEOUT = 60_000;
const tooSlow: ExpectedError = {
  name: 'RequestTimeoutError',
  code: 'request-timeout',
  timeout: REQUEST_TIMEOUT,
};

const NEVER_ENDING: readonly Answer['fault'][] = ['silent', 'stalls', 'trickles'];

const HTML = '<!doctype html><title>Sign in</title><p>Welcome to our guest network';
const MISSING = { loc: ['path', 'task_id'], msg: 'field required', type: 'value_error.missing' };
const LONG_TEXT = 'The task has gone where no task has gone before. '.repeat(20);

/** Answers that no retry can fix. */
const PERMANENT: readonly BadAnswer[] = [
  ['a number', { body: '3' }, unexpected('3')],
  ['an object', { body: '{"status": "finished"}' }, unexpected('{"status": "finished"}')],
  ['a list', { body: '["finished"]' }, unexpected('["finished"]')],
  ['null', { body: 'null' }, unexpected('null')],
  ['true', { body: 'true' }, unexpected('true')],
  ['an unknown word', { body: '"archiving"' }, unexpected('"archiving"')],
  ['a known word in capitals', { body: '"FINISHED"' }, unexpected('"FINISHED"')],
  ['a known word within another', { body: '"unfinished"' }, unexpected('"unfinished"')],
  ['an empty string', { body: '""' }, unexpected('""')],
  ['a long text', { body: `"${LONG_TEXT}"` }, unexpected(`"${LONG_TEXT}`.slice(0, 200))],
  ['204', { status: 204 }, unexpected('', 204)],
  [
    'a status in 65,537 bytes',
    { body: '"finished"'.padEnd(LIMIT + 1) },
    unexpected('"finished"'.padEnd(200)),
  ],
  [
    'an endless body',
    { body: '"finished"', fault: 'endless' },
    unexpected('"finished"'.padEnd(200)),
  ],
  [
    'a compressed endless body',
    { body: '', gzip: true, fault: 'endless' },
    unexpected(''.padEnd(200)),
  ],
  ['304', { status: 304 }, http(304, '')],
  ['400 with HTML', { status: 400, body: HTML }, http(400, HTML)],
  ['400 with an empty body', { status: 400 }, http(400, '')],
  ['400 with a status', { status: 400, body: '"finished"' }, http(400, '"finished"')],
  ['410 with a detail', { status: 410, body: '{"detail": "Gone"}' }, http(410, 'Gone')],
  ['451 with a list', { status: 451, body: '["no"]' }, http(451, '["no"]')],
  ['404', { status: 404, body: '{"detail": "Task not found"}' }, notFound('Task not found')],
  ['404 with an empty body', { status: 404 }, notFound('')],
  ['404 with truncated JSON', { status: 404, body: '{"detail": "Ta' }, notFound('{"detail": "Ta')],
  [
    '404 with a detail of another type',
    { status: 404, body: '{"detail":7}' },
    notFound('{"detail":7}'),
  ],
  ['404 with a long page', { status: 404, body: LONG_TEXT }, notFound(LONG_TEXT.slice(0, 200))],
  [
    '404 with an endless body',
    { status: 404, body: 'Task not found', fault: 'endless' },
    notFound('Task not found'.padEnd(200)),
  ],
  [
    'a character that is split between chunks',
    { status: 404, body: '{"detail": "Tâche introuvable"}', splitAt: 14 },
    notFound('Tâche introuvable'),
  ],
  ['401', { status: 401, body: '{"detail": "No key"}' }, refused(401, 'No key')],
  ['403 with HTML', { status: 403, body: HTML }, refused(403, HTML)],
  [
    '422',
    { status: 422, body: JSON.stringify({ detail: [MISSING] }) },
    invalid([MISSING], 'field required'),
  ],
  [
    '422 with more fields in its entries',
    {
      status: 422,
      body: JSON.stringify({ detail: [{ ...MISSING, input: null, ctx: {}, url: '' }] }),
    },
    invalid([MISSING], 'field required'),
  ],
  [
    '422 with entries of another shape',
    {
      status: 422,
      body: JSON.stringify({
        detail: ['text', null, 7, {}, { ...MISSING, loc: 'path' }, { ...MISSING, msg: 1 }, MISSING],
      }),
    },
    invalid([MISSING], 'field required'),
  ],
  [
    '422 with two entries',
    {
      status: 422,
      body: JSON.stringify({
        detail: [MISSING, { ...MISSING, loc: ['body', 0], msg: 'too short' }],
      }),
    },
    invalid(
      [MISSING, { ...MISSING, loc: ['body', 0], msg: 'too short' }],
      'field required; too short',
    ),
  ],
  ['422 without detail', { status: 422, body: '{}' }, invalid([], '{}')],
  ['422 with a text', { status: 422, body: '{"detail": "Bad id"}' }, invalid([], 'Bad id')],
  ['422 with HTML', { status: 422, body: HTML }, invalid([], HTML)],
];

/** Answers that may be better after a retry. */
const TRANSIENT: readonly BadAnswer[] = [
  ['HTML', { body: HTML, headers: { 'content-type': 'text/html' } }, unexpected(HTML)],
  ['an empty body', {}, unexpected('')],
  ['white space', { body: ' \r\n' }, unexpected(' \r\n')],
  ['truncated JSON', { body: '"finis' }, unexpected('"finis')],
  ['a bare word', { body: 'finished' }, unexpected('finished')],
  [
    'another charset than UTF-8',
    {
      body: '"finished"',
      encoding: 'utf16le',
      headers: { 'content-type': 'application/json; charset=utf-16le' },
    },
    unexpected('"finished"'.replace(/./g, '$&\0')),
  ],
  ['408', { status: 408, body: '{"detail": "Too slow"}' }, http(408, 'Too slow')],
  ['425', { status: 425 }, http(425, '')],
  [
    '429',
    { status: 429, body: '{"detail": "Slow down"}', headers: { 'retry-after-ms': '3' } },
    {
      name: 'RateLimitError',
      code: 'rate-limited',
      status: 429,
      detail: 'Slow down',
      retryAfter: 3,
    },
  ],
  ['500', { status: 500, body: '{"detail": "Oops"}' }, http(500, 'Oops')],
  ['502 with HTML', { status: 502, body: HTML }, http(502, HTML)],
  ['503 with an empty body', { status: 503 }, http(503, '')],
  ['503 with an endless body', { status: 503, fault: 'endless' }, http(503, ''.padEnd(200))],
  ['a reset before the headers', { fault: 'reset' }, network],
  ['a connection closed before the headers', { fault: 'hang up' }, network],
  ['another protocol', { fault: 'no HTTP' }, network],
  ['a reset in the body', { body: '"finished"', fault: 'reset in body' }, lostInBody],
  ['a body shorter than announced', { body: '"finished"', fault: 'cut off' }, lostInBody],
  [
    'a body without its last chunk',
    { body: '"finished"', fault: 'cut off in chunks', keepAlive: true },
    lostInBody,
  ],
  [
    'a body that is not compressed as announced',
    { body: '"finished"', headers: { 'content-encoding': 'gzip' } },
    undecodable,
  ],
  ['no answer', { fault: 'silent' }, tooSlow],
  ['a body that stalls', { body: '"finished"', fault: 'stalls' }, tooSlow],
  ['a body that trickles', { body: '"finished"', fault: 'trickles' }, tooSlow],
];

/** Unusual answers that still are a status. */
const HARMLESS: readonly (readonly [name: string, answer: Answer])[] = [
  ['white space around it', { body: ' \r\n\t"finished"\n' }],
  ['a byte order mark before it', { body: '\u{feff}"finished"' }],
  ['escapes in it', { body: '"\\u0066inished"' }],
  ['65,536 bytes', { body: '"finished"'.padEnd(LIMIT) }],
  ['a wrong content type', { body: '"finished"', headers: { 'content-type': 'text/html' } }],
  [
    'a wrong charset',
    { body: '"finished"', headers: { 'content-type': 'application/json; charset=utf-16' } },
  ],
  [
    'a charset that does not exist',
    { body: '"finished"', headers: { 'content-type': 'text/plain; charset=x' } },
  ],
  ['a compressed body', { body: '"finished"', gzip: true }],
  ['a body in pieces', { body: '"finished"', splitAt: 4 }],
  ['another 2xx', { status: 203, body: '"finished"' }],
];

const REDIRECTS = [300, 301, 302, 303, 307, 308];

/** Ids that would change the URL if they were not encoded. */
const ODD_IDS = [
  'a/b',
  '../x',
  '...',
  'a?b=c',
  'a#b',
  'a b',
  'a%2Fb',
  '%2e%2e',
  'a\\b',
  'a&b=c;d',
  'a:b@c',
  'tâche-✓-𝒳',
];

/**
 * What only a real connection can show: bad answers, broken connections, aborts that the server sees,
 * limits on what is read, and the bytes of a request.
 */
export function httpSuite(check: Check, fixture: Fixture): void {
  const { library } = fixture;
  const { taskPolls$, taskStatus$ } = library;

  async function play(script: Script): Promise<Part> {
    return (await fixture.control('/scripts', script)) as Part;
  }

  /** The requests that the server saw, when no request is open any more. */
  async function seenOf({ seen }: Part): Promise<readonly Seen[]> {
    return (await fixture.control(`${seen}?patience=${fixture.patience}`)) as readonly Seen[];
  }

  function optionsFor(
    { path }: Pick<Part, 'path'>,
    options: TaskStatusOptions = {},
  ): TaskStatusOptions {
    return {
      apiKey: KEY,
      baseUrl: fixture.origin + path,
      fetch: fixture.fetch,
      ...FAST,
      ...options,
    };
  }

  /** Watches a task of a server with this script until the watch ends. */
  async function watch(
    script: Script,
    options?: TaskStatusOptions,
    taskId = TASK,
  ): Promise<Outcome> {
    const part = await play(script);
    const brought = await toEnd(taskId, optionsFor(part, options));
    return { ...brought, seen: await seenOf(part) };
  }

  /**
   * The same with a server that never answers some requests. The time limit of such a request passes as
   * soon as the server has received it.
   *
   * @param mayHang whether a client may not notice the end of an answer
   */
  async function watchPastLimits(
    script: Script,
    options: TaskStatusOptions,
    mayHang: (answer: Answer) => boolean = () => false,
  ): Promise<Outcome> {
    const part = await play(script);
    const scheduler = new ManualLimits();
    const polls: TaskPoll[] = [];
    let attempts = 0;
    const apiKey = (): string => {
      attempts += 1;
      return KEY;
    };
    let ended = false;
    const end = toEnd(TASK, optionsFor(part, { apiKey, scheduler, ...options }), polls).finally(
      () => (ended = true),
    );
    let hanging = { attempt: 0, since: 0 };
    while (!ended) {
      const requests = await requestsOf(part);
      const answer = script[Math.min(requests.length, script.length) - 1];
      const never = answer?.fault !== undefined && NEVER_ENDING.includes(answer.fault);
      // synchronous from here on: the attempt cannot end between the check and the limit
      if (
        answer &&
        attempts > polls.length &&
        requests.length >= attempts &&
        (never || mayHang(answer))
      ) {
        if (hanging.attempt !== attempts) hanging = { attempt: attempts, since: Date.now() };
        // gives the headers time to arrive, and the client time to notice the end
        if (Date.now() - hanging.since >= (never ? 30 : 1_000)) scheduler.passNext();
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return { ...(await end), seen: await seenOf(part) };
  }

  async function requestsOf({ seen }: Part): Promise<readonly Seen[]> {
    return (await fixture.control(seen)) as readonly Seen[];
  }

  async function toEnd(
    taskId: string,
    options: TaskStatusOptions,
    polls: TaskPoll[] = [],
  ): Promise<Omit<Outcome, 'seen'>> {
    const statuses: string[] = [];
    return new Promise((resolve) => {
      const end = (completed: boolean, error?: unknown): void => {
        resolve({ statuses, polls, completed, error });
      };
      taskPolls$(taskId, options).subscribe({
        next: (poll) => {
          polls.push(poll);
          if (poll.changed && poll.status !== undefined) statuses.push(poll.status);
        },
        error: (error: unknown) => end(false, error),
        complete: () => end(true),
      });
    });
  }

  function assertError(error: unknown, { name, ...facts }: ExpectedError, more: object): void {
    const Class = library[name] as new (...facts: never[]) => Error;
    assertThat(error instanceof Class, `an instance of ${name}, not ${String(error)}`);
    assertThat(library.isTaskStatusError(error), 'a TaskStatusError');
    const expected = { name, ...facts, taskId: TASK, ...more };
    const found = Object.fromEntries(
      Object.keys(expected).map((fact) => [fact, Reflect.get(error, fact) as unknown]),
    );
    assertEqual(found, expected);
  }

  for (const [name, answer, expected] of PERMANENT) {
    check(`${name}: an error at once, after all statuses`, async () => {
      const { statuses, error, seen } = await watch([...ALIVE, answer, FINISHED]);
      assertEqual(statuses, ['created', 'running']);
      assertError(error, expected, { attempts: 3, lastStatus: 'running' });
      assertEqual(seen.length, 3);
    });
  }

  for (const status of REDIRECTS) {
    check(`${status}: an error at once, and the redirect is not followed`, async () => {
      const { statuses, error, seen } = await watch([
        ...ALIVE,
        { status, headers: { location: 'status' } },
        FINISHED,
      ]);
      assertEqual(statuses, ['created', 'running']);
      // browsers do not follow 300
      const shown = fixture.opaqueRedirects && status !== 300 ? 0 : status;
      assertError(error, http(shown, ''), { attempts: 3, lastStatus: 'running' });
      assertEqual(seen.length, 3);
    });
  }

  check('a redirect to another origin: the key is not sent there', async () => {
    const target = await play([FINISHED]);
    // another host name of the same server, so that it would see the request
    const location = fixture.origin.replace('127.0.0.1', 'localhost') + target.path;
    const { error, seen } = await watch([{ status: 307, headers: { location } }]);
    assertError(error, http(fixture.opaqueRedirects ? 0 : 307, ''), { attempts: 1 });
    assertEqual([seen.length, (await seenOf(target)).length], [1, 0]);
  });

  for (const [name, answer, expected] of TRANSIENT) {
    // Node 20's fetch usually fails at once on a body that it cannot decode, and sometimes hangs
    const mayGoUnnoticed =
      expected === undecodable || (expected === lostInBody && fixture.nodeFetch);
    const { maxRetries } = FAST.retry;
    const watchScript = (script: Script): Promise<Outcome> =>
      mayGoUnnoticed || expected === tooSlow
        ? watchPastLimits(script, { requestTimeout: REQUEST_TIMEOUT }, (it) => it === answer)
        : watch(script);

    check(`${name}: retried, then an error, after all statuses`, async () => {
      const { statuses, error, seen } = await watchScript([...ALIVE, answer]);
      assertEqual(statuses, ['created', 'running']);
      const late = mayGoUnnoticed && error instanceof library.RequestTimeoutError;
      const attempts = ALIVE.length + 1 + maxRetries;
      assertError(error, late ? tooSlow : expected, { attempts, lastStatus: 'running' });
      assertThat(
        seen.length === attempts || (fixture.repeats === true && seen.length > attempts),
        `${attempts} requests, not ${seen.length}`,
      );
      assertThat(!seen.some(({ end }) => end === 'open'), 'no connection left open');
    });

    check(`${name}: no error once the server has recovered`, async () => {
      const failures = Array.from({ length: maxRetries }, () => answer);
      const { statuses, completed, seen } = await watchScript([...failures, FINISHED]);
      assertEqual([statuses, completed, seen.length], [['finished'], true, maxRetries + 1]);
    });
  }

  for (const [name, answer] of HARMLESS) {
    check(`a status with ${name} is that status`, async () => {
      const { statuses, completed, error } = await watch([answer]);
      assertEqual([statuses, completed, error], [['finished'], true, undefined]);
    });
  }

  check('an unknown status is ignored with unknownStatus: ignore', async () => {
    const script = [...ALIVE, { body: '"archiving"' }, { body: '"running"' }, FINISHED];
    const { statuses, completed, seen } = await watch(script, { unknownStatus: 'ignore' });
    assertEqual([statuses, completed, seen.length], [['created', 'running', 'finished'], true, 5]);
  });

  check('a refused connection: a NetworkError with a plain copy of the reason', async () => {
    const { error, polls } = await toEnd(
      TASK,
      optionsFor({ path: '' }, { baseUrl: fixture.refused }),
    );
    assertError(error, network, { attempts: 3 });
    assertEqual(polls.length, 3);
    const { cause } = error as Error;
    assertThat(Object.getPrototypeOf(cause) === Object.prototype, 'a plain object as the cause');
    assertThat(
      typeof Reflect.get(cause as object, 'message') === 'string',
      'a message in the cause',
    );
    const code = /ECONNREFUSED/.test(JSON.stringify(cause));
    assertThat(code || !fixture.hasErrorCodes, 'the code in the cause');
  });

  for (const fault of ['silent', 'stalls', 'trickles'] as const) {
    const when = fault === 'silent' ? 'before the headers' : `in a body that ${fault}`;

    check(`unsubscribing ${when} closes the connection`, async () => {
      const part = await play([{ fault }]);
      const subscription = taskStatus$(TASK, optionsFor(part)).subscribe();
      await arrival(part);
      subscription.unsubscribe();
      assertEqual(
        (await seenOf(part)).map(({ end }) => end),
        ['aborted'],
      );
    });

    check(`an abort ${when} closes the connection and errors with its reason`, async () => {
      const part = await play([{ fault }]);
      const controller = new AbortController();
      const end = toEnd(TASK, optionsFor(part, { signal: controller.signal }));
      await arrival(part);
      const reason = new Error('cancelled by the user');
      controller.abort(reason);
      const { error, polls } = await end;
      assertThat(error === reason, 'the reason itself');
      assertEqual(polls.length, 0);
      assertEqual(
        (await seenOf(part)).map(({ end }) => end),
        ['aborted'],
      );
    });
  }

  /** Resolves when the server has the request, and the headers of its answer have had time to arrive. */
  async function arrival(part: Part): Promise<void> {
    while ((await requestsOf(part)).length === 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }

  check('requestTimeout closes the connection', async () => {
    const { seen, error } = await watchPastLimits([{ fault: 'trickles' }], {
      requestTimeout: REQUEST_TIMEOUT,
      retry: false,
    });
    assertEqual(
      seen.map(({ end }) => end),
      ['aborted'],
    );
    assertError(error, tooSlow, { attempts: 1 });
  });

  check('the limit of the final poll closes the connection', async () => {
    const { seen, error } = await watchPastLimits([{ fault: 'trickles' }], {
      requestTimeout: Infinity,
      timeout: 0,
      retry: false,
    });
    assertEqual(
      seen.map(({ end }) => end),
      ['aborted'],
    );
    assertThat(error instanceof library.TaskTimeoutError, 'a TaskTimeoutError');
  });

  for (const [name, answer] of [
    ['of a good answer', {}],
    ['of an error', { status: 404 }],
  ] as const) {
    check(
      `an endless body ${name}: the connection is closed and the rest is not read`,
      async () => {
        const { seen } = await watch([{ ...answer, fault: 'endless' }], { retry: false });
        assertEqual(
          seen.map(({ end }) => end),
          ['aborted'],
        );
        const [{ sent } = { sent: Infinity }] = seen;
        assertThat(sent >= LIMIT && sent < BUFFERS, `${sent} bytes sent`);
      },
    );
  }

  check('an endless body, without a watch: the transport itself stops reading', async () => {
    const part = await play([{ body: '"finished"', fault: 'endless' }]);
    const controller = new AbortController();
    const { status, body } = await library.fetchTransport(fixture.fetch)({
      taskId: TASK,
      url: fixture.origin + part.path,
      method: 'GET',
      headers: {},
      signal: controller.signal,
    });
    assertEqual(
      // some runtimes return everything that has arrived in one large chunk
      [status, body.trim(), body.length > LIMIT, body.length < 64 * LIMIT],
      [200, '"finished"', true, true],
    );
    if (fixture.nodeFetch) controller.abort();
    assertEqual(
      (await seenOf(part)).map(({ end }) => end),
      ['aborted'],
    );
  });

  check(
    'every body is read, so the connection is reused for the next poll',
    async () => {
      const script = [
        { body: '"created"' },
        { status: 503, body: HTML },
        { status: 429, body: '{"detail": "Slow down"}' },
        { body: '"running"' },
        FINISHED,
      ].map((answer) => ({ ...answer, keepAlive: true }));
      const { seen, statuses } = await watch(script);
      assertEqual(statuses, ['created', 'running', 'finished']);
      assertEqual(new Set(seen.map(({ connection }) => connection)).size, 1);
    },
    'alone',
  );

  check('a request is a GET with the key and the headers, without a cache', async () => {
    const { seen } = await watch([...ALIVE, FINISHED], { headers: { 'X-Trace': 'one two' } });
    assertEqual(seen.length, 3);
    for (const { method, url, headers } of seen) {
      assertEqual([method, url], ['GET', `/task/${TASK}/status`]);
      assertEqual([headers['authorization'], headers['x-trace']], [`Bearer ${KEY}`, 'one two']);
      if (fixture.noStoreShows) assertEqual(headers['cache-control'], 'no-cache');
    }
  });

  check('a key function is called before every request', async () => {
    let calls = 0;
    const { seen } = await watch([...ALIVE, FINISHED], {
      apiKey: () => Promise.resolve(`${KEY}-${++calls}`),
    });
    assertEqual(
      seen.map(({ headers }) => headers['authorization']),
      [1, 2, 3].map((which) => `Bearer ${KEY}-${which}`),
    );
  });

  check('the newer APIs have their own path, header and body', async () => {
    for (const [api, path, word] of [
      [library.browserUseV2, `/tasks/${TASK}/status`, 'finished'],
      [library.browserUseV4, `/runs/${TASK}/status`, 'completed'],
    ] as const) {
      const part = await play([{ body: JSON.stringify({ id: TASK, status: word }) }]);
      const { apiKey, baseUrl, fetch } = optionsFor(part);
      const statuses: string[] = [];
      await new Promise<void>((resolve, reject) => {
        taskStatus$<string>(TASK, { api, apiKey, baseUrl, fetch }).subscribe({
          next: (status) => statuses.push(status),
          error: reject,
          complete: resolve,
        });
      });
      const [{ url, headers } = { url: '', headers: {} as Seen['headers'] }] = await seenOf(part);
      assertEqual([statuses, url], [[word], path]);
      assertEqual([headers['x-browser-use-api-key'], headers['authorization']], [KEY, undefined]);
    }
  });

  for (const id of ODD_IDS) {
    check(`the id ${JSON.stringify(id)} is one segment of the path`, async () => {
      const { seen, completed } = await watch([FINISHED], {}, id);
      assertEqual([seen[0]?.url, completed], [`/task/${encodeURIComponent(id)}/status`, true]);
    });
  }

  for (const [shape, url] of [
    ['a slash at its end', (base: string) => `${base}/`],
    ['slashes at its end', (base: string) => `${base}///`],
    ['a path', (base: string) => `${base}/proxy/v1`],
    ['a query', (base: string) => `${base}?tenant=a%20b&x`],
    ['a slash, a query and a hash', (base: string) => `${base}/?tenant=a#top`],
    ['white space around it', (base: string) => ` ${base}\n`],
    ['the type URL', (base: string) => new URL(base)],
  ] as const) {
    check(`a baseUrl with ${shape}`, async () => {
      const part = await play([FINISHED]);
      const baseUrl = url(fixture.origin + part.path);
      const { completed } = await toEnd(TASK, optionsFor(part, { baseUrl }));
      const { pathname, search } = new URL(baseUrl);
      const path = pathname.slice(part.path.length).replace(/\/+$/, '');
      const [seen] = await seenOf(part);
      assertEqual([seen?.url, completed], [`${path}/task/${TASK}/status${search}`, true]);
    });
  }

  check('a baseUrl without a path', async () => {
    const part = await play([FINISHED]);
    const baseUrl = `${fixture.origin}?${part.query}`;
    const { completed } = await toEnd(TASK, optionsFor(part, { baseUrl }));
    const [seen] = await seenOf(part);
    assertEqual([seen?.url, completed], [`/task/${TASK}/status?${part.query}`, true]);
  });

  check('Retry-After is read from a real answer', async () => {
    const soon = { status: 429, headers: { 'retry-after': '0', 'retry-after-ms': '20' } };
    const { polls, completed } = await watch([
      soon,
      { status: 503, headers: { 'Retry-After': '0' } },
      { body: '"running"', headers: { 'retry-after-ms': '15' } },
      FINISHED,
    ]);
    const delays = polls.map(({ nextDelay = 0 }) => nextDelay);
    assertEqual([completed, delays.map((ms) => ms >= 15)], [true, [true, false, true, false]]);
    const error: unknown = polls[0]?.error;
    assertThat(error instanceof library.RateLimitError, 'a RateLimitError');
    assertEqual(error.retryAfter, 20);
  });

  check('a Retry-After above maxRetryAfter ends the watch', async () => {
    const { error, seen } = await watch([{ status: 429, headers: { 'retry-after': '301' } }]);
    assertError(
      error,
      { name: 'RateLimitError', code: 'rate-limited', status: 429, retryAfter: 301_000 },
      { attempts: 1 },
    );
    assertEqual(seen.length, 1);
  });

  if (fixture.crossOrigin) checkOrigins();

  function checkOrigins(): void {
    const exposing = (names: string): object => ({ 'access-control-expose-headers': names });
    const elsewhere = { 'access-control-allow-origin': 'https://elsewhere.example' };

    check('a Retry-After that the server does not expose has no effect', async () => {
      const headers = { 'retry-after': '300', 'retry-after-ms': '300000', ...exposing('X-Other') };
      const { polls, completed } = await watch([{ status: 429, headers }, FINISHED]);
      const [{ error, nextDelay } = { error: undefined, nextDelay: undefined }] = polls;
      assertThat(error instanceof library.RateLimitError, 'a RateLimitError');
      assertEqual([error.retryAfter, nextDelay, completed], [undefined, 1, true]);
    });

    check('a Retry-After that the server exposes is respected', async () => {
      const headers = { 'retry-after-ms': '50', ...exposing('Retry-After, Retry-After-Ms') };
      const { polls, completed } = await watch([{ status: 503, headers }, FINISHED]);
      assertThat((polls[0]?.nextDelay ?? 0) >= 50, `a delay of 50 ms, not ${polls[0]?.nextDelay}`);
      assertEqual([polls.length, completed], [2, true]);
    });

    check('a Retry-After with a date, beside a Date that is not exposed', async () => {
      const date = new Date(Date.now() + 3_600_000).toUTCString();
      const headers = { 'retry-after': date, ...exposing('Retry-After') };
      const { error } = await watch([{ status: 429, headers }]);
      assertThat(error instanceof library.RateLimitError, 'a RateLimitError');
      const { retryAfter = 0 } = error;
      assertThat(retryAfter > 3_500_000 && retryAfter <= 3_600_000, `an hour, not ${retryAfter}`);
    });

    for (const [name, answer] of [
      ['an answer', { body: '"finished"' }],
      ['an error', { status: 404 }],
      ['a redirect', { status: 302, headers: { location: 'status' } }],
    ] as const) {
      check(`${name} that CORS blocks: a NetworkError, retried`, async () => {
        const blocked: Answer = { ...answer, headers: { ...elsewhere } };
        const { statuses, error, seen } = await watch([...ALIVE, blocked]);
        assertEqual([statuses, seen.length], [['created', 'running'], 5]);
        assertError(error, network, { attempts: 5, lastStatus: 'running' });
      });
    }

    check('a rejected preflight: a NetworkError, and no request', async () => {
      const { polls, error, seen } = await watch([{ ...FINISHED, preflight: 'refused' }]);
      assertError(error, network, { attempts: 3 });
      assertEqual([polls.length, seen.length], [3, 0]);
    });

    check('a request without a key and headers needs no preflight', async () => {
      const script: Script = [{ ...FINISHED, preflight: 'refused' }];
      const { completed, seen } = await watch(script, { apiKey: undefined });
      assertEqual([completed, seen.length], [true, 1]);
    });
  }

  check('no error shows the key, even if the server echoes the request', async () => {
    const headers = { 'X-Session': 'session-0123456789' };
    for (const status of [200, 401, 404, 418, 422]) {
      const { error } = await watch([{ status, echo: true }], { headers, retry: false });
      assertThat(library.isTaskStatusError(error), 'a TaskStatusError');
      const { message, stack = '' } = error;
      const shown = [message, stack, JSON.stringify(error), String(error.cause)].join();
      assertThat(shown.includes('***'), `*** in ${shown}`);
      assertThat(
        !shown.includes(KEY) && !shown.includes('session-0123456789'),
        `no secret in ${shown}`,
      );
    }
  });

  check('a custom fetch is called as a bare function', async () => {
    const part = await play([FINISHED]);
    const receivers: unknown[] = [];
    const fetch: FetchLike = function (this: unknown) {
      receivers.push(this);
      return Promise.resolve(reply('"finished"'));
    };
    const { completed } = await toEnd(TASK, optionsFor(part, { fetch }));
    // in sloppy mode `this` is the global object
    const bare = receivers.map((receiver) => receiver === undefined || receiver === globalThis);
    assertEqual([completed, bare], [true, [true]]);
  });

  check(
    'the fetch of the runtime is looked up at each request',
    async () => {
      if (fixture.fetch) return;
      const found = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
      const part = await play([{ body: '"created"' }]);
      const requests: string[] = [];
      const substitute: FetchLike = (url) => {
        requests.push(url);
        return Promise.resolve(reply('"finished"'));
      };
      try {
        const statuses: string[] = [];
        await new Promise<void>((resolve, reject) => {
          taskStatus$(TASK, optionsFor(part)).subscribe({
            next: (status) => {
              statuses.push(status);
              Object.defineProperty(globalThis, 'fetch', { value: substitute, configurable: true });
            },
            error: reject,
            complete: resolve,
          });
        });
        assertEqual([statuses, requests.length], [['created', 'finished'], 1]);
      } finally {
        if (found) Object.defineProperty(globalThis, 'fetch', found);
        else Reflect.deleteProperty(globalThis, 'fetch');
      }
    },
    'alone',
  );

  check('a fetch that rejects the field cache is called without it', async () => {
    const inits: FetchInit[] = [];
    const words = ['"created"', '"running"', '"finished"'];
    const fetch: FetchLike = (_url, init) => {
      if ('cache' in init)
        throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
      inits.push(init);
      return Promise.resolve(reply(words[inits.length - 1] ?? ''));
    };
    const { statuses, polls } = await toEnd(TASK, optionsFor({ path: '' }, { fetch }));
    assertEqual([statuses, polls.length], [['created', 'running', 'finished'], 3]);
    assertEqual(
      inits.map(({ redirect, method }) => [redirect, method]),
      words.map(() => ['manual', 'GET']),
    );
  });

  check(
    'many concurrent watches do not mix up their answers',
    async () => {
      const words = ['finished', 'stopped', 'failed'];
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, at) => watch([...ALIVE, { body: `"${words[at % 3]}"` }])),
      );
      assertEqual(
        outcomes.map(({ statuses }) => statuses),
        outcomes.map((_, at) => ['created', 'running', words[at % 3]]),
      );
    },
    'alone',
  );
}

function reply(text: string): FetchResponse {
  return { status: 200, headers: { get: () => null }, text: () => Promise.resolve(text) };
}

export function assertThat(truth: boolean, expected: string): asserts truth {
  if (!truth) throw new Error(`expected ${expected}`);
}

/** Compares plain data; `undefined` is not lost. */
export function assertEqual(actual: unknown, expected: unknown): void {
  const show = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (part === undefined ? '(undefined)' : part), 2);
  if (show(actual) !== show(expected))
    throw new Error(`actual ${show(actual)}\nexpected ${show(expected)}`);
}
