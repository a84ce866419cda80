import type * as Library from 'rxjs-task-status';
import type {
  FetchInit,
  FetchLike,
  FetchResponse,
  TaskPoll,
  TaskStatusOptions,
} from 'rxjs-task-status';
import { HeldLimits } from './held-limits.js';
import type { Answer, Part, Script, Seen } from './script.js';

/**
 * Takes a check by its name: a test runner's `test`, or the collector of a plain script. A few may
 * run at once, but for those that must be alone.
 */
export type Check = (name: string, run: () => Promise<void>, how?: 'alone') => void;

/** Where the suite runs, and against what. */
export interface Ground {
  /** The build of the library. */
  readonly library: typeof Library;
  /** The option `fetch`; none, for what the library finds itself. */
  readonly fetch?: FetchLike;
  /** The fault server, and an origin where nobody listens. */
  readonly origin: string;
  readonly refused: string;
  /** Asks the fault server, past the library: a GET, or a POST where there is a body. */
  readonly ask: (path: string, body?: unknown) => Promise<unknown>;
  /** The server must see a connection closed within this time, ms. Only a guard against hanging. */
  readonly patience: number;
  /** The server is of another origin than the page, and the browser minds. */
  readonly crossOrigin?: boolean;
  /** Redirects are shown as status 0, as browsers do. */
  readonly opaqueRedirects?: boolean;
  /** A request whose connection is lost, or that is answered 408, is sent again behind one's back. */
  readonly repeats?: boolean;
  /** `cache: 'no-store'` shows in the request's headers. */
  readonly noStoreShows?: boolean;
  /** A foreign error tells its `code`. */
  readonly tellsCodes?: boolean;
  /**
   * It is node-fetch that asks: a connection lost in the body may go unnoticed until
   * `requestTimeout`, and is closed by an abort alone.
   */
  readonly nodeFetch?: boolean;
}

/** What a watch brought, and what the server saw of it. */
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
 * What may have left the server of a body that nobody reads, bytes. Most of it lies with the kernels or
 * a browser's network process; one that is read goes on for `requestTimeout`, which is gigabytes.
 */
const BUFFERS = 64 * 2 ** 20;

const AT_ONCE = {
  backoff: { initialDelay: 1, maxDelay: 1 },
  retry: { maxRetries: 2, initialDelay: 1, maxDelay: 1 },
  // only a guard against hanging: no answer is late because the machine is busy
  requestTimeout: 100_000,
} satisfies TaskStatusOptions;

const FINISHED: Answer = { body: '"finished"' };
const ALIVE: Script = [{ body: '"created"' }, { body: '"running"' }];

/** What is wanted of the error that a bad answer becomes. */
interface Wanted {
  readonly name: keyof typeof Library & `${string}Error`;
  readonly code: string;
  readonly [fact: string]: unknown;
}

type BadAnswer = readonly [name: string, answer: Answer, wanted: Wanted];

const unexpected = (body: string, status = 200): Wanted => ({
  name: 'UnexpectedResponseError',
  code: 'unexpected-response',
  status,
  body,
});

const http = (status: number, detail: string): Wanted => ({
  name: 'HttpStatusError',
  code: 'http',
  status,
  detail,
});

const notFound = (detail: string): Wanted => ({
  name: 'TaskNotFoundError',
  code: 'not-found',
  status: 404,
  detail,
});

const invalid = (issues: unknown, detail: string): Wanted => ({
  name: 'TaskValidationError',
  code: 'invalid',
  status: 422,
  issues,
  detail,
});

const refused = (status: number, detail: string): Wanted => ({
  name: 'AuthenticationError',
  code: 'unauthorized',
  status,
  detail,
});

const network: Wanted = { name: 'NetworkError', code: 'network' };
const lostInBody: Wanted = { ...network };
const undecodable: Wanted = { ...network };

/** Passes by `HeldLimits` alone, so nobody waits for it, ms. */
const REQUEST_TIMEOUT = 60_000;
const tooSlow: Wanted = {
  name: 'RequestTimeoutError',
  code: 'request-timeout',
  timeout: REQUEST_TIMEOUT,
};

const NEVER_ENDING: readonly Answer['fault'][] = ['silent', 'stalls', 'trickles'];

const HTML = '<!doctype html><title>Sign in</title><p>Welcome to our guest network';
const MISSING = { loc: ['path', 'task_id'], msg: 'field required', type: 'value_error.missing' };
const LONG_TEXT = 'The task has gone where no task has gone before. '.repeat(20);

/** What asking again cannot mend. */
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
    'a body without end',
    { body: '"finished"', fault: 'endless' },
    unexpected('"finished"'.padEnd(200)),
  ],
  [
    'a compressed body without end',
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
  ['404 with cut JSON', { status: 404, body: '{"detail": "Ta' }, notFound('{"detail": "Ta')],
  [
    '404 with a detail of another type',
    { status: 404, body: '{"detail":7}' },
    notFound('{"detail":7}'),
  ],
  ['404 with a long page', { status: 404, body: LONG_TEXT }, notFound(LONG_TEXT.slice(0, 200))],
  [
    '404 with a body without end',
    { status: 404, body: 'Task not found', fault: 'endless' },
    notFound('Task not found'.padEnd(200)),
  ],
  [
    'a character that is cut by the pieces of the body',
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
    '422 with more in its entries',
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

/** What asking again may mend. */
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
      written: 'utf16le',
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
  ['503 with a body without end', { status: 503, fault: 'endless' }, http(503, ''.padEnd(200))],
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

/** What is a status all the same. */
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

/** Ids that would ask for something else, were they not encoded. */
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
 * What only a real connection shows: every bad answer, broken connections, aborts that the server
 * sees, limits on what is read, and the bytes of a request.
 */
export function httpSuite(check: Check, ground: Ground): void {
  const { library } = ground;
  const { taskPolls$, taskStatus$ } = library;

  async function play(script: Script): Promise<Part> {
    return (await ground.ask('/scripts', script)) as Part;
  }

  /** What the server saw, once nothing is open any more. */
  async function seenOf({ seen }: Part): Promise<readonly Seen[]> {
    return (await ground.ask(`${seen}?patience=${ground.patience}`)) as readonly Seen[];
  }

  function optionsFor(
    { path }: Pick<Part, 'path'>,
    options: TaskStatusOptions = {},
  ): TaskStatusOptions {
    return {
      apiKey: KEY,
      baseUrl: ground.origin + path,
      fetch: ground.fetch,
      ...AT_ONCE,
      ...options,
    };
  }

  /** Watches to the end a server that plays this script. */
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
   * Watches to the end a server that never answers some requests. Their limits pass when the server
   * has them.
   *
   * @param mayHang whether a client may fail to notice how an answer ends
   */
  async function watchPastLimits(
    script: Script,
    options: TaskStatusOptions,
    mayHang: (answer: Answer) => boolean = () => false,
  ): Promise<Outcome> {
    const part = await play(script);
    const scheduler = new HeldLimits();
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
      // from here on synchronous: the attempt cannot end between the check and the limit
      if (
        answer &&
        attempts > polls.length &&
        requests.length >= attempts &&
        (never || mayHang(answer))
      ) {
        if (hanging.attempt !== attempts) hanging = { attempt: attempts, since: Date.now() };
        // a while for the headers to arrive, or for a client that may notice after all
        if (Date.now() - hanging.since >= (never ? 30 : 1_000)) scheduler.passNext();
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return { ...(await end), seen: await seenOf(part) };
  }

  async function requestsOf({ seen }: Part): Promise<readonly Seen[]> {
    return (await ground.ask(seen)) as readonly Seen[];
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

  function isWanted(error: unknown, { name, ...facts }: Wanted, more: object): void {
    const Class = library[name] as new (...facts: never[]) => Error;
    holds(error instanceof Class, `an instance of ${name}, not ${String(error)}`);
    holds(library.isTaskStatusError(error), 'a TaskStatusError');
    const wanted = { name, ...facts, taskId: TASK, ...more };
    const found = Object.fromEntries(
      Object.keys(wanted).map((fact) => [fact, Reflect.get(error, fact) as unknown]),
    );
    same(found, wanted);
  }

  for (const [name, answer, wanted] of PERMANENT) {
    check(`${name}: the error at once, after every status`, async () => {
      const { statuses, error, seen } = await watch([...ALIVE, answer, FINISHED]);
      same(statuses, ['created', 'running']);
      isWanted(error, wanted, { attempts: 3, lastStatus: 'running' });
      same(seen.length, 3);
    });
  }

  for (const status of REDIRECTS) {
    check(`${status}: the error at once, and nobody goes there`, async () => {
      const { statuses, error, seen } = await watch([
        ...ALIVE,
        { status, headers: { location: 'status' } },
        FINISHED,
      ]);
      same(statuses, ['created', 'running']);
      // a browser would not follow the first of them
      const shown = ground.opaqueRedirects && status !== 300 ? 0 : status;
      isWanted(error, http(shown, ''), { attempts: 3, lastStatus: 'running' });
      same(seen.length, 3);
    });
  }

  check('a redirect to another origin: the key does not go there', async () => {
    const target = await play([FINISHED]);
    // another host's name for the same server, so that it would see it
    const location = ground.origin.replace('127.0.0.1', 'localhost') + target.path;
    const { error, seen } = await watch([{ status: 307, headers: { location } }]);
    isWanted(error, http(ground.opaqueRedirects ? 0 : 307, ''), { attempts: 1 });
    same([seen.length, (await seenOf(target)).length], [1, 0]);
  });

  for (const [name, answer, wanted] of TRANSIENT) {
    // Node 20's own fetch mostly fails at once on what it cannot decode, and sometimes never
    const mayGoUnnoticed = wanted === undecodable || (wanted === lostInBody && ground.nodeFetch);
    const { maxRetries } = AT_ONCE.retry;
    const watchIt = (script: Script): Promise<Outcome> =>
      mayGoUnnoticed || wanted === tooSlow
        ? watchPastLimits(script, { requestTimeout: REQUEST_TIMEOUT }, (it) => it === answer)
        : watch(script);

    check(`${name}: retried, then the error, after every status`, async () => {
      const { statuses, error, seen } = await watchIt([...ALIVE, answer]);
      same(statuses, ['created', 'running']);
      const late = mayGoUnnoticed && error instanceof library.RequestTimeoutError;
      const attempts = ALIVE.length + 1 + maxRetries;
      isWanted(error, late ? tooSlow : wanted, { attempts, lastStatus: 'running' });
      holds(
        seen.length === attempts || (ground.repeats === true && seen.length > attempts),
        `${attempts} requests, not ${seen.length}`,
      );
      holds(!seen.some(({ end }) => end === 'open'), 'no connection left open');
    });

    check(`${name}: over as soon as the server is well again`, async () => {
      const failures = Array.from({ length: maxRetries }, () => answer);
      const { statuses, completed, seen } = await watchIt([...failures, FINISHED]);
      same([statuses, completed, seen.length], [['finished'], true, maxRetries + 1]);
    });
  }

  for (const [name, answer] of HARMLESS) {
    check(`a status with ${name} is that status`, async () => {
      const { statuses, completed, error } = await watch([answer]);
      same([statuses, completed, error], [['finished'], true, undefined]);
    });
  }

  check('an unknown word is polled past where that is asked for', async () => {
    const script = [...ALIVE, { body: '"archiving"' }, { body: '"running"' }, FINISHED];
    const { statuses, completed, seen } = await watch(script, { unknownStatus: 'ignore' });
    same([statuses, completed, seen.length], [['created', 'running', 'finished'], true, 5]);
  });

  check('nobody listens: a NetworkError with a plain copy of why', async () => {
    const { error, polls } = await toEnd(
      TASK,
      optionsFor({ path: '' }, { baseUrl: ground.refused }),
    );
    isWanted(error, network, { attempts: 3 });
    same(polls.length, 3);
    const { cause } = error as Error;
    holds(Object.getPrototypeOf(cause) === Object.prototype, 'a plain object as the cause');
    holds(typeof Reflect.get(cause as object, 'message') === 'string', 'a message in the cause');
    const code = /ECONNREFUSED/.test(JSON.stringify(cause));
    holds(code || !ground.tellsCodes, 'the code in the cause');
  });

  for (const fault of ['silent', 'stalls', 'trickles'] as const) {
    const when = fault === 'silent' ? 'before the headers' : `in a body that ${fault}`;

    check(`unsubscribing ${when} closes the connection`, async () => {
      const part = await play([{ fault }]);
      const subscription = taskStatus$(TASK, optionsFor(part)).subscribe();
      await arrival(part);
      subscription.unsubscribe();
      same(
        (await seenOf(part)).map(({ end }) => end),
        ['left'],
      );
    });

    check(`an abort ${when} closes the connection, and its reason is the error`, async () => {
      const part = await play([{ fault }]);
      const controller = new AbortController();
      const end = toEnd(TASK, optionsFor(part, { signal: controller.signal }));
      await arrival(part);
      const reason = new Error('changed my mind');
      controller.abort(reason);
      const { error, polls } = await end;
      holds(error === reason, 'the reason itself');
      same(polls.length, 0);
      same(
        (await seenOf(part)).map(({ end }) => end),
        ['left'],
      );
    });
  }

  /** Resolves when the server has the request, and its headers have had time to arrive. */
  async function arrival(part: Part): Promise<void> {
    while ((await requestsOf(part)).length === 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }

  check('requestTimeout closes the connection', async () => {
    const { seen, error } = await watchPastLimits([{ fault: 'trickles' }], {
      requestTimeout: REQUEST_TIMEOUT,
      retry: false,
    });
    same(
      seen.map(({ end }) => end),
      ['left'],
    );
    isWanted(error, tooSlow, { attempts: 1 });
  });

  check('the limit of the final poll closes the connection', async () => {
    const { seen, error } = await watchPastLimits([{ fault: 'trickles' }], {
      requestTimeout: Infinity,
      timeout: 0,
      retry: false,
    });
    same(
      seen.map(({ end }) => end),
      ['left'],
    );
    holds(error instanceof library.TaskTimeoutError, 'a TaskTimeoutError');
  });

  for (const [name, answer] of [
    ['of a good answer', {}],
    ['of an error', { status: 404 }],
  ] as const) {
    check(`a body without end ${name}: the connection is closed, its rest unread`, async () => {
      const { seen } = await watch([{ ...answer, fault: 'endless' }], { retry: false });
      same(
        seen.map(({ end }) => end),
        ['left'],
      );
      const [{ sent } = { sent: Infinity }] = seen;
      holds(sent >= LIMIT && sent < BUFFERS, `${sent} bytes sent`);
    });
  }

  check('a body without end, without a watch: the transport itself stops reading', async () => {
    const part = await play([{ body: '"finished"', fault: 'endless' }]);
    const controller = new AbortController();
    const { status, body } = await library.fetchTransport(ground.fetch)({
      taskId: TASK,
      url: ground.origin + part.path,
      method: 'GET',
      headers: {},
      signal: controller.signal,
    });
    same(
      // some runtimes give what has arrived in one large piece
      [status, body.trim(), body.length > LIMIT, body.length < 64 * LIMIT],
      [200, '"finished"', true, true],
    );
    if (ground.nodeFetch) controller.abort();
    same(
      (await seenOf(part)).map(({ end }) => end),
      ['left'],
    );
  });

  check(
    'every body is read, so that a connection serves the next poll',
    async () => {
      const script = [
        { body: '"created"' },
        { status: 503, body: HTML },
        { status: 429, body: '{"detail": "Slow down"}' },
        { body: '"running"' },
        FINISHED,
      ].map((answer) => ({ ...answer, keepAlive: true }));
      const { seen, statuses } = await watch(script);
      same(statuses, ['created', 'running', 'finished']);
      same(new Set(seen.map(({ connection }) => connection)).size, 1);
    },
    'alone',
  );

  check('a request is a GET with the key, the headers, and no cache', async () => {
    const { seen } = await watch([...ALIVE, FINISHED], { headers: { 'X-Trace': 'one two' } });
    same(seen.length, 3);
    for (const { method, url, headers } of seen) {
      same([method, url], ['GET', `/task/${TASK}/status`]);
      same([headers['authorization'], headers['x-trace']], [`Bearer ${KEY}`, 'one two']);
      if (ground.noStoreShows) same(headers['cache-control'], 'no-cache');
    }
  });

  check('a key from a function is asked for before every request', async () => {
    let asked = 0;
    const { seen } = await watch([...ALIVE, FINISHED], {
      apiKey: () => Promise.resolve(`${KEY}-${++asked}`),
    });
    same(
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
      same([statuses, url], [[word], path]);
      same([headers['x-browser-use-api-key'], headers['authorization']], [KEY, undefined]);
    }
  });

  for (const id of ODD_IDS) {
    check(`the id ${JSON.stringify(id)} is one step of the path`, async () => {
      const { seen, completed } = await watch([FINISHED], {}, id);
      same([seen[0]?.url, completed], [`/task/${encodeURIComponent(id)}/status`, true]);
    });
  }

  for (const [shape, url] of [
    ['a slash at its end', (base: string) => `${base}/`],
    ['slashes at its end', (base: string) => `${base}///`],
    ['a path', (base: string) => `${base}/proxy/v1`],
    ['a query', (base: string) => `${base}?tenant=a%20b&x`],
    ['a slash, a query and a hash', (base: string) => `${base}/?tenant=a#top`],
    ['white space around it', (base: string) => ` ${base}\n`],
    ['the form of a URL', (base: string) => new URL(base)],
  ] as const) {
    check(`a baseUrl with ${shape}`, async () => {
      const part = await play([FINISHED]);
      const baseUrl = url(ground.origin + part.path);
      const { completed } = await toEnd(TASK, optionsFor(part, { baseUrl }));
      const { pathname, search } = new URL(baseUrl);
      const path = pathname.slice(part.path.length).replace(/\/+$/, '');
      const [seen] = await seenOf(part);
      same([seen?.url, completed], [`${path}/task/${TASK}/status${search}`, true]);
    });
  }

  check('a baseUrl without a path', async () => {
    const part = await play([FINISHED]);
    const baseUrl = `${ground.origin}?${part.query}`;
    const { completed } = await toEnd(TASK, optionsFor(part, { baseUrl }));
    const [seen] = await seenOf(part);
    same([seen?.url, completed], [`/task/${TASK}/status?${part.query}`, true]);
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
    same([completed, delays.map((ms) => ms >= 15)], [true, [true, false, true, false]]);
    const error: unknown = polls[0]?.error;
    holds(error instanceof library.RateLimitError, 'a RateLimitError');
    same(error.retryAfter, 20);
  });

  check('more than maxRetryAfter ends the watch', async () => {
    const { error, seen } = await watch([{ status: 429, headers: { 'retry-after': '301' } }]);
    isWanted(
      error,
      { name: 'RateLimitError', code: 'rate-limited', status: 429, retryAfter: 301_000 },
      { attempts: 1 },
    );
    same(seen.length, 1);
  });

  if (ground.crossOrigin) checkOrigins();

  function checkOrigins(): void {
    const exposing = (names: string): object => ({ 'access-control-expose-headers': names });
    const elsewhere = { 'access-control-allow-origin': 'https://elsewhere.example' };

    check('a Retry-After that the server does not expose is as good as none', async () => {
      const headers = { 'retry-after': '300', 'retry-after-ms': '300000', ...exposing('X-Other') };
      const { polls, completed } = await watch([{ status: 429, headers }, FINISHED]);
      const [{ error, nextDelay } = { error: undefined, nextDelay: undefined }] = polls;
      holds(error instanceof library.RateLimitError, 'a RateLimitError');
      same([error.retryAfter, nextDelay, completed], [undefined, 1, true]);
    });

    check('a Retry-After that the server exposes by its name is kept to', async () => {
      const headers = { 'retry-after-ms': '50', ...exposing('Retry-After, Retry-After-Ms') };
      const { polls, completed } = await watch([{ status: 503, headers }, FINISHED]);
      holds((polls[0]?.nextDelay ?? 0) >= 50, `a wait of 50 ms, not ${polls[0]?.nextDelay}`);
      same([polls.length, completed], [2, true]);
    });

    check('a Retry-After with a date, beside a Date that is not exposed', async () => {
      const date = new Date(Date.now() + 3_600_000).toUTCString();
      const headers = { 'retry-after': date, ...exposing('Retry-After') };
      const { error } = await watch([{ status: 429, headers }]);
      holds(error instanceof library.RateLimitError, 'a RateLimitError');
      const { retryAfter = 0 } = error;
      holds(retryAfter > 3_500_000 && retryAfter <= 3_600_000, `an hour, not ${retryAfter}`);
    });

    for (const [name, answer] of [
      ['an answer', { body: '"finished"' }],
      ['an error', { status: 404 }],
      ['a redirect', { status: 302, headers: { location: 'status' } }],
    ] as const) {
      check(`${name} that CORS blocks: a NetworkError, retried`, async () => {
        const blocked: Answer = { ...answer, headers: { ...elsewhere } };
        const { statuses, error, seen } = await watch([...ALIVE, blocked]);
        same([statuses, seen.length], [['created', 'running'], 5]);
        isWanted(error, network, { attempts: 5, lastStatus: 'running' });
      });
    }

    check('a preflight that is refused: a NetworkError, and no request', async () => {
      const { polls, error, seen } = await watch([{ ...FINISHED, preflight: 'refused' }]);
      isWanted(error, network, { attempts: 3 });
      same([polls.length, seen.length], [3, 0]);
    });

    check('a request without a key and headers needs no preflight', async () => {
      const script: Script = [{ ...FINISHED, preflight: 'refused' }];
      const { completed, seen } = await watch(script, { apiKey: undefined });
      same([completed, seen.length], [true, 1]);
    });
  }

  check('a server that echoes the request learns the key, and no error shows it', async () => {
    const headers = { 'X-Session': 'session-0123456789' };
    for (const status of [200, 401, 404, 418, 422]) {
      const { error } = await watch([{ status, echo: true }], { headers, retry: false });
      holds(library.isTaskStatusError(error), 'a TaskStatusError');
      const { message, stack = '' } = error;
      const shown = [message, stack, JSON.stringify(error), String(error.cause)].join();
      holds(shown.includes('***'), `*** in ${shown}`);
      holds(!shown.includes(KEY) && !shown.includes('session-0123456789'), `no secret in ${shown}`);
    }
  });

  check('a fetch of the user is called as a bare function', async () => {
    const part = await play([FINISHED]);
    const receivers: unknown[] = [];
    const fetch: FetchLike = function (this: unknown) {
      receivers.push(this);
      return Promise.resolve(reply('"finished"'));
    };
    const { completed } = await toEnd(TASK, optionsFor(part, { fetch }));
    // outside of strict mode, a function that is called bare has the global object as its receiver
    const bare = receivers.map((receiver) => receiver === undefined || receiver === globalThis);
    same([completed, bare], [true, [true]]);
  });

  check(
    'the fetch of the runtime is looked up at each request',
    async () => {
      if (ground.fetch) return;
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
        same([statuses, requests.length], [['created', 'finished'], 1]);
      } finally {
        if (found) Object.defineProperty(globalThis, 'fetch', found);
        else Reflect.deleteProperty(globalThis, 'fetch');
      }
    },
    'alone',
  );

  check('a fetch that refuses the field cache is asked without it', async () => {
    const inits: FetchInit[] = [];
    const words = ['"created"', '"running"', '"finished"'];
    const fetch: FetchLike = (_url, init) => {
      if ('cache' in init)
        throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
      inits.push(init);
      return Promise.resolve(reply(words[inits.length - 1] ?? ''));
    };
    const { statuses, polls } = await toEnd(TASK, optionsFor({ path: '' }, { fetch }));
    same([statuses, polls.length], [['created', 'running', 'finished'], 3]);
    same(
      inits.map(({ redirect, method }) => [redirect, method]),
      words.map(() => ['manual', 'GET']),
    );
  });

  check(
    'many watches at once do not mix up their answers',
    async () => {
      const words = ['finished', 'stopped', 'failed'];
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, at) => watch([...ALIVE, { body: `"${words[at % 3]}"` }])),
      );
      same(
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

export function holds(truth: boolean, wanted: string): asserts truth {
  if (!truth) throw new Error(`wanted: ${wanted}`);
}

/** Equality of plain data; `undefined` shows. */
export function same(found: unknown, wanted: unknown): void {
  const show = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (part === undefined ? '(undefined)' : part), 2);
  if (show(found) !== show(wanted)) throw new Error(`found ${show(found)}\nwanted ${show(wanted)}`);
}
