import { from, mergeMap, VirtualTimeScheduler } from 'rxjs';
import { createTaskStatusPool, defineTaskApi, type StatusRequest } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect, test } from 'vitest';
import { createPoolHarness } from '../support/pool-harness.js';

describe('misuse throws at the call', () => {
  test.each([0, -1, 1.5, Number.NaN])('maxConcurrent: %s is a RangeError', (maxConcurrent) => {
    expect(() => createTaskStatusPool({ maxConcurrent })).toThrow(RangeError);
    expect(() => createTaskStatusPool({ maxConcurrent })).toThrow(`maxConcurrent must be`);
    expect(() => createTaskStatusPool({ maxConcurrent })).toThrow(`got ${maxConcurrent}`);
  });

  test.each(['4', null, true, {}])('maxConcurrent: %j is a TypeError', (maxConcurrent) => {
    const misuse = () => createTaskStatusPool({ maxConcurrent: maxConcurrent as never });
    expect(misuse).toThrow(TypeError);
    expect(misuse).toThrow('maxConcurrent must be');
  });

  test.each([1, 16, 1_000_000, Infinity, undefined])(
    'maxConcurrent: %s is valid',
    (maxConcurrent) => {
      expect(() => createTaskStatusPool({ maxConcurrent })).not.toThrow();
    },
  );

  test.each([null, 'key', 5, [], () => undefined])('options %j are a TypeError', (options) => {
    expect(() => createTaskStatusPool(options as never)).toThrow(/^options must be a plain object/);
  });

  test('options that are invalid for taskStatus$', () => {
    expect(() => createTaskStatusPool({ timeout: -1 })).toThrow(RangeError);
    expect(() => createTaskStatusPool({ apiKey: '' })).toThrow(TypeError);
  });

  test('an invalid taskId', () => {
    const { pool } = createPoolHarness({});
    for (const taskId of ['', '.', '..', '\ud800', 5 as never]) {
      expect(() => pool.status$(taskId)).toThrow(TypeError);
      expect(() => pool.polls$(taskId)).toThrow(TypeError);
    }
  });

  test('overrides that are not an object: the message shows what to write in mergeMap', () => {
    const { pool } = createPoolHarness({});
    const misuse = from(['a']).pipe(mergeMap(pool.status$ as (taskId: string) => never));
    let received: unknown;
    misuse.subscribe({ error: (error: unknown) => (received = error) });
    expect(received).toBeInstanceOf(TypeError);
    expect(String(received)).toMatch(
      /^TypeError: overrides must be .*\(id\) => pool\.status\$\(id\)$/,
    );
    expect(() => pool.status$('a', { backoff: 5 as never })).toThrow(/^backoff must be/);
    expect(() => pool.polls$('a', { retry: true as never })).toThrow(/^retry must be/);
    expect(() => pool.status$('a', { timeout: -1 })).toThrow(/^timeout must be/);
  });

  test('overrides that are a string, which is not shown because it may be the key', () => {
    const { pool } = createPoolHarness({});
    const misuse = () => pool.status$('a', 'bu_secret' as never);
    expect(misuse).toThrow(/^overrides must be a plain object, got a string/);
    expect(misuse).not.toThrow('bu_secret');
  });
});

describe('overrides', () => {
  test('replace the options of the pool for one task, backoff and retry field by field', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: ['running', 503, 'finished'] },
      {
        backoff: { initialDelay: 1_000, maxDelay: 1_000, jitter: 0 },
        retry: { initialDelay: 300, jitter: 0 },
      },
    );
    observe('one', pool.status$('a', { backoff: { initialDelay: 500 }, retry: { jitter: 0 } }));
    expect(run().requests()).toEqual(['0 request a', '600 request a', '1000 request a']);
  });

  test('can replace fields of retry by false, and false by fields', () => {
    const never = createPoolHarness({ a: [503], b: [503] }, { retry: false });
    never.observe('a', never.pool.status$('a'));
    never.observe('b', never.pool.status$('b', { retry: { maxRetries: 1, jitter: 0 } }));
    const { received, requests } = never.run();
    expect(received('a')).toEqual(['100 a: error http']);
    expect(requests().slice(2)).toEqual(['600 request b']);

    const { pool, observe, run } = createPoolHarness({ a: [503] });
    observe('a', pool.status$('a', { retry: false }));
    expect(run().received('a')).toEqual(['100 a: error http']);
  });

  test('without retry keep the retry of the pool', () => {
    const { pool, observe, run } = createPoolHarness({ a: [503] }, { retry: { maxRetries: 0 } });
    observe('a', pool.status$('a', { timeout: 5_000 }));
    expect(run().received('a')).toEqual(['100 a: error http']);
  });

  test('that are undefined change nothing', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: ['running', 'running'] },
      { timeout: 500, retry: { jitter: 0, initialDelay: 300 } },
    );
    observe(
      'a',
      pool.status$('a', {
        timeout: undefined,
        backoff: undefined,
        retry: { initialDelay: undefined },
        transport: undefined,
        fetch: undefined,
      }),
    );
    expect(run().received('a').at(-1)).toBe('600 a: error timeout');
  });

  test('may replace a transport by a fetch and a fetch by a transport', () => {
    const requests: string[] = [];
    const transport = (name: string) => (request: StatusRequest) => {
      requests.push(`${name} ${request.taskId}`);
      return new Promise<never>(() => undefined);
    };
    const fetch = () => {
      requests.push('fetch');
      return new Promise<never>(() => undefined);
    };
    const scheduler = new VirtualTimeScheduler();
    const byTransport = createTaskStatusPool({ scheduler, transport: transport('pool') });
    byTransport.status$('a', { fetch }).subscribe();
    byTransport.status$('b', { transport: transport('override') }).subscribe();
    byTransport.status$('c').subscribe();
    createTaskStatusPool({ scheduler, fetch })
      .status$('d', { transport: transport('override') })
      .subscribe();
    expect(requests).toEqual(['fetch', 'override b', 'pool c', 'override d']);
  });

  test('share the queue of the pool', () => {
    const { pool, observe, run } = createPoolHarness({}, { maxConcurrent: 1 });
    observe('a', pool.status$('a', { requestTimeout: 500 }));
    observe('b', pool.status$('b', { requestTimeout: 500 }));
    expect(run().requests()).toEqual(['0 request a', '100 request b']);
  });
});

test('a pool is typed with the statuses of its API', () => {
  const jobs = defineTaskApi({
    baseUrl: 'https://jobs.example',
    path: (id) => `/jobs/${id}`,
    authorization: (key) => ['X-Key', key],
    status: (json) => json,
    statuses: ['queued', 'done'],
    terminal: ['done'],
    successful: ['done'],
  });
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi({ a: [['done', 0]] }, { api: jobs, scheduler });
  const pool = createTaskStatusPool({ api: jobs, scheduler, transport });
  const statuses: ('queued' | 'done' | undefined)[] = [];
  pool.statuses$(['a']).subscribe(({ status }) => statuses.push(status));
  expect(statuses).toEqual(['done']);
  expect(requests.map(({ url }) => url)).toEqual(['https://jobs.example/jobs/a']);
});
