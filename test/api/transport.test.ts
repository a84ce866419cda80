import { getEventListeners } from 'node:events';
import {
  fetchTransport,
  type FetchInit,
  type FetchLike,
  type FetchResponse,
  type StatusRequest,
  type StatusResponse,
} from 'rxjs-task-status';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isMisuse } from '../../src/api/misuse.js';

const URL = 'http://tasks.test/task/task_1/status';
const LIMIT = 65_536;
/** Against hanging only: vitest's own limit of a second is short for a busy machine. */
const GUARD = { timeout: 60_000 };

afterEach(() => {
  vi.unstubAllGlobals();
});

function requestWith(fields: Partial<StatusRequest> = {}): StatusRequest {
  const { signal } = new AbortController();
  return { taskId: 'task_1', url: URL, method: 'GET', headers: {}, signal, ...fields };
}

/** The answer to one request. */
async function send(
  fetch: FetchLike | undefined,
  { abort = new AbortController(), ...fields }: Partial<StatusRequest & Aborting> = {},
): Promise<StatusResponse> {
  const { signal } = abort;
  try {
    return await fetchTransport(fetch)(requestWith({ signal, ...fields }));
  } finally {
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  }
}

interface Aborting {
  abort: AbortController;
}

const withLimit = (limit: number) => ({ [Symbol.for('rxjs-task-status.bodyLimit')]: limit });

const response = (body: unknown, text = ''): FetchResponse => ({
  status: 200,
  headers: { get: () => null },
  body,
  text: () => Promise.resolve(text),
});

const fetching = (body: unknown, text?: string): FetchLike =>
  vi.fn(() => Promise.resolve(response(body, text)));

/** A web stream of these chunks. */
const streamOf = (...chunks: unknown[]) =>
  new ReadableStream<unknown>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

describe('the request', () => {
  test('is a GET that follows no redirect and accepts no cached copy', async () => {
    const calls: unknown[][] = [];
    const abort = new AbortController();
    const headers = Object.freeze({ Authorization: 'Bearer key' });
    const given = { status: 418, headers: { get: () => 'tea' }, text: () => Promise.resolve('no') };
    const fetch = function (this: unknown, ...call: unknown[]) {
      calls.push([this, ...call]);
      return Promise.resolve(given);
    };
    const answer = await send(fetch, { abort, headers });
    const init = {
      method: 'GET',
      headers,
      signal: abort.signal,
      redirect: 'manual',
      cache: 'no-store',
    };
    // called as a bare function
    expect(calls).toEqual([[undefined, URL, init]]);
    expect(Object.keys(calls[0]![2] as FetchInit)).not.toContain('body');
    // a fetch may add headers
    expect((calls[0]![2] as FetchInit).headers).not.toBe(headers);
    expect(answer).toEqual({ status: 418, headers: given.headers, body: 'no' });
  });

  test.each(['{"id":"task_1"}', ''])('can be a POST with the body %j', async (body) => {
    const fetch = vi.fn<FetchLike>(() => Promise.resolve(response(null)));
    const headers = { 'content-type': 'application/json' };
    await send(fetch, { method: 'POST', headers, body });
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({ method: 'POST', body, headers });
  });

  test('is sent before the transport returns', () => {
    const fetch = vi.fn(fetching(null));
    void fetchTransport(fetch)(requestWith());
    expect(fetch).toHaveBeenCalledOnce();
  });

  test('is not sent after an abort', async () => {
    const abort = new AbortController();
    abort.abort('too late');
    const fetch = fetching(null);
    await expect(send(fetch, { abort })).rejects.toBe('too late');
    expect(fetch).not.toHaveBeenCalled();
  });

  test('is not sent after an abort without a reason, as in polyfills', async () => {
    const signal = { aborted: true } as never;
    const fetch = fetching(null);
    await expect(fetchTransport(fetch)(requestWith({ signal }))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  test('uses the fetch that the runtime has at that time', async () => {
    const transport = fetchTransport();
    const bodies: string[] = [];
    for (const text of ['one', 'two']) {
      vi.stubGlobal('fetch', fetching(undefined, text));
      bodies.push((await transport(requestWith())).body);
    }
    expect(bodies).toEqual(['one', 'two']);
  });

  test('uses cross-fetch if the runtime has no fetch', async () => {
    vi.stubGlobal('fetch', undefined);
    await expect(send(undefined)).rejects.toMatchObject({ name: 'FetchError' });
  });

  test('is a TypeError at once if the fetch of the runtime is not a function', async () => {
    vi.stubGlobal('fetch', { fetch: fetching(null) });
    const error: unknown = await send(undefined).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: 'This runtime has no fetch; pass the option fetch or transport',
    });
    expect(isMisuse(error)).toBe(true);
  });

  test('works without a signal, in a runtime without AbortController', async () => {
    const pieces = ['"run', 'ning"'];
    const body = streamOf(...pieces);
    const signal = undefined as never;
    const answer = await fetchTransport(fetching(body))(requestWith({ signal }));
    expect(answer.body).toBe('"running"');
  });

  test.each([null, 'https://tasks.test', {}])('fetchTransport(%o) is a TypeError', (fetch) => {
    expect(() => fetchTransport(fetch as never)).toThrow(
      new TypeError(`fetch must be a function, got ${fetch === null ? 'null' : typeof fetch}`),
    );
  });

  describe('if the runtime refuses the field cache', () => {
    /** A fetch that refuses the field with one message, and fails without it with another. */
    function refusing(refusal: unknown, failure?: string) {
      const caches: unknown[] = [];
      const fetch: FetchLike = (_, init) => {
        caches.push('cache' in init ? init.cache : 'none');
        if (init.cache) return Promise.reject(refusal);
        return failure === undefined
          ? Promise.resolve(response(undefined, 'ok'))
          : Promise.reject(new Error(failure));
      };
      return { fetch, caches };
    }

    test.each([
      "The 'cache' field on 'RequestInitializerDict' is not implemented.",
      'Unsupported cache mode: no-store',
      'The cache field is not supported',
      'Unknown Cache Option',
    ])('with %j, the request is sent without it', async (refusal) => {
      const { fetch, caches } = refusing(new TypeError(refusal));
      expect((await send(fetch)).body).toBe('ok');
      expect(caches).toEqual(['no-store', 'none']);
    });

    test('later requests are sent without it', async () => {
      const { fetch, caches } = refusing(new TypeError("no 'cache' here"), "no 'cache' there");
      const transport = fetchTransport(fetch);
      for (let sent = 0; sent < 2; sent++) {
        await expect(transport(requestWith())).rejects.toThrow("no 'cache' there");
      }
      expect(caches).toEqual(['no-store', 'none', 'none']);
    });

    test('each of several requests at once is sent again without it', async () => {
      const { fetch, caches } = refusing(new TypeError("no 'cache' here"));
      const transport = fetchTransport(fetch);
      const answers = await Promise.all([1, 2, 3].map(() => transport(requestWith())));
      expect(answers.map(({ body }) => body)).toEqual(['ok', 'ok', 'ok']);
      expect(caches).toEqual(['no-store', 'no-store', 'no-store', 'none', 'none', 'none']);
    });

    test.each([
      'fetch failed',
      'the cache is full',
      'a cacheable field',
      'xcache mode',
      'request to http://cache.local/ failed, reason: ECONNREFUSED',
    ])('another failure like %j is not sent again', async (message) => {
      const { fetch, caches } = refusing(new TypeError(message));
      await expect(send(fetch)).rejects.toThrow(message);
      expect(caches).toEqual(['no-store']);
    });

    const list = { message: ["no 'cache'"] };
    test.each([undefined, null, "no 'cache'", Object.create(null), { message: 5 }, list])(
      'the rejection with %o is passed on as it is',
      async (reason) => {
        const { fetch, caches } = refusing(reason);
        const rejection: unknown = await send(fetch).catch((error: unknown) => [error]);
        expect(rejection).toEqual([reason]);
        expect(caches).toEqual(['no-store']);
      },
    );

    test('a request that was aborted meanwhile is not sent again', async () => {
      const abort = new AbortController();
      const caches: unknown[] = [];
      const fetch: FetchLike = (_, { cache }) => {
        caches.push(cache);
        abort.abort();
        return Promise.reject(new TypeError("no 'cache' here"));
      };
      await expect(send(fetch, { abort })).rejects.toThrow("no 'cache' here");
      expect(caches).toEqual(['no-store']);
    });
  });
});

describe('the result of fetch', () => {
  test('may be a Response without a promise', async () => {
    const fetch = () => new Response('"running"') as never;
    expect((await send(fetch)).body).toBe('"running"');
  });

  test.each<[string, () => unknown, string]>([
    ['no value', () => undefined, 'got undefined'],
    ['{ ok, json }', () => ({ ok: true, json: () => Promise.resolve('x') }), 'status must be'],
    ['no headers', () => ({ ...response(null), headers: undefined }), 'headers must be'],
    ['no text()', () => ({ ...response(null), text: undefined }), 'text must be'],
    [
      'text() without text',
      () => ({ ...response(null), text: () => Promise.resolve() }),
      'its body must be text or bytes, got undefined',
    ],
    [
      'text() with parsed JSON',
      () => ({ ...response(null), text: () => ({}) }),
      'its body must be text or bytes, got object',
    ],
    [
      'a body of objects',
      () => response(streamOf({ status: 'running' })),
      'its body must be text or bytes, got object',
    ],
    ['a chunk without a value', () => response(iterable('"', undefined)), 'got undefined'],
    [
      'a body of numbers',
      () => response({ [Symbol.asyncIterator]: () => [1, 2][Symbol.iterator]() }),
      'its body must be text or bytes, got number',
    ],
  ])('with %s is a TypeError that names the fault', async (_, give, message) => {
    const error: unknown = await send(() => give() as never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(isMisuse(error)).toBe(true);
    expect(error).toHaveProperty('message', expect.stringContaining(message));
  });

  test('must be a new Response for each request', async () => {
    const one = new Response('"running"');
    const transport = fetchTransport(() => Promise.resolve(one));
    expect((await transport(requestWith())).body).toBe('"running"');
    await expect(transport(requestWith())).rejects.toThrow('each request needs a new Response');
  });

  test('may be a clone of one Response', async () => {
    const one = new Response('"running"');
    const transport = fetchTransport(() => Promise.resolve(one.clone()));
    for (let sent = 0; sent < 3; sent++) {
      expect((await transport(requestWith())).body).toBe('"running"');
    }
  });

  test('is a failed connection if it is Response.error()', async () => {
    const error: unknown = await send(() => Promise.resolve(Response.error())).catch(
      (reason: unknown) => reason,
    );
    expect(error).toEqual(new TypeError('fetch resolved with Response.error()'));
    expect(isMisuse(error)).toBe(false);
  });
});

/** The kinds of bodies that can be read in chunks; `cancelled` is called when one is cancelled. */
const SOURCES = {
  'a web stream': (pull: () => Uint8Array | undefined) => {
    const cancelled = vi.fn();
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const chunk = pull();
          if (chunk) controller.enqueue(chunk);
          else controller.close();
        },
        cancel: cancelled,
      },
      { highWaterMark: 0 },
    );
    return { body, cancelled };
  },
  'a web stream that is not iterable': (pull: () => Uint8Array | undefined) => {
    const cancelled = vi.fn();
    const read = () => {
      const value = pull();
      return Promise.resolve(value ? { value } : { done: true, value });
    };
    const cancel = () => Promise.resolve(cancelled());
    return { body: { getReader: () => ({ read, cancel }) }, cancelled };
  },
  'a Node stream': (pull: () => Uint8Array | undefined) => {
    const cancelled = vi.fn();
    const next = () => {
      const value = pull();
      return Promise.resolve(value ? { value } : { done: true, value });
    };
    return { body: { [Symbol.asyncIterator]: () => ({ next }), destroy: cancelled }, cancelled };
  },
  'an async iterable': (pull: () => Uint8Array | undefined) => {
    const cancelled = vi.fn();
    const next = () => {
      const value = pull();
      return Promise.resolve(value ? { value } : { done: true, value });
    };
    const close = () => {
      cancelled();
      return Promise.resolve({ done: true });
    };
    return { body: { [Symbol.asyncIterator]: () => ({ next, return: close }) }, cancelled };
  },
};

const bytes = (text: string) => new TextEncoder().encode(text);

describe.each(Object.entries(SOURCES))('a body that is %s', (_, source) => {
  test('is read to its end, also if a character is split between chunks', async () => {
    const chunks = [...bytes('"läuft €"')].map((byte) => Uint8Array.of(byte));
    const { body, cancelled } = source(() => chunks.shift());
    expect((await send(fetching(body))).body).toBe('"läuft €"');
    expect(cancelled).not.toHaveBeenCalled();
  });

  test('may end within a character', async () => {
    const chunks = [bytes('€').subarray(0, 2)];
    const { body } = source(() => chunks.shift());
    expect((await send(fetching(body))).body).toBe('\ufffd');
  });

  test('may be empty', async () => {
    const { body } = source(() => undefined);
    expect((await send(fetching(body))).body).toBe('');
  });

  test('of exactly the limit is read to its end', async () => {
    const chunks = [bytes('x'.repeat(LIMIT - 1)), bytes('y')];
    const { body, cancelled } = source(() => chunks.shift());
    expect((await send(fetching(body))).body).toBe(`${'x'.repeat(LIMIT - 1)}y`);
    expect(cancelled).not.toHaveBeenCalled();
  });

  test('of more than the limit is cancelled, and the text that was read exceeds the limit', async () => {
    let pulled = 0;
    // two bytes for each character
    const { body, cancelled } = source(() => (pulled++, bytes('é'.repeat(1_024))));
    const { body: text } = await send(fetching(body));
    expect(text.length).toBe(LIMIT + 1);
    expect(text.trimEnd()).toBe('é'.repeat(text.trimEnd().length));
    expect(pulled).toBe(33);
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledOnce(), GUARD);
  });

  test.each([0, 10, 200_000])('has the limit of its request: %i bytes', async (limit) => {
    const read = async (size: number) => {
      const chunks = [bytes('x'.repeat(size))];
      const { body } = source(() => chunks.shift());
      return (await send(fetching(body), withLimit(limit))).body.length;
    };
    expect(await read(limit)).toBe(limit);
    expect(await read(limit + 1)).toBe(limit + 1);
  });

  test('is cancelled on abort, which rejects with the reason', async () => {
    const abort = new AbortController();
    let pulled = 0;
    const { body, cancelled } = source(() => {
      if (++pulled === 3) abort.abort('enough');
      return bytes('x');
    });
    await expect(send(fetching(body), { abort })).rejects.toBe('enough');
    expect(pulled).toBe(3);
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalled(), GUARD);
  });

  test('is cancelled by an abort while nothing arrives', async () => {
    const abort = new AbortController();
    const { body, cancelled } = source(() => bytes('x'));
    const read = vi.fn(() => new Promise<never>(() => undefined));
    const reader = { read, cancel: () => Promise.resolve(cancelled()) };
    const iterator = { next: read, return: () => Promise.resolve(cancelled()) };
    const silent = {
      ...('getReader' in body && { getReader: () => reader }),
      ...(Symbol.asyncIterator in body && { [Symbol.asyncIterator]: () => iterator }),
      ...('destroy' in body && { destroy: cancelled }),
    };
    void send(fetching(silent), { abort });
    await vi.waitFor(() => expect(read).toHaveBeenCalledOnce(), GUARD);
    abort.abort();
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test('is cancelled unread after an abort', async () => {
    const abort = new AbortController();
    let pulled = 0;
    const { body, cancelled } = source(() => (pulled++, bytes('x')));
    const fetch: FetchLike = () => {
      abort.abort();
      return Promise.resolve(response(body));
    };
    await expect(send(fetch, { abort })).rejects.toHaveProperty('name', 'AbortError');
    expect(pulled).toBe(0);
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalled(), GUARD);
  });
});

/** A body that gives these chunks. */
const iterable = (...chunks: unknown[]) => ({
  [Symbol.asyncIterator]: () => chunks[Symbol.iterator](),
});

describe('a body', () => {
  test('may have chunks of text', async () => {
    expect((await send(fetching(iterable('"run', 'ning €"')))).body).toBe('"running €"');
  });

  test('may have chunks of text and of bytes', async () => {
    const chunks = ['"', bytes('é€').subarray(0, 3), bytes('é€').subarray(3), 'é', bytes('"')];
    expect((await send(fetching(iterable(...chunks)))).body).toBe('"é€é"');
  });

  test('may have chunks that are other views of bytes', async () => {
    const all = bytes('..."running"...');
    const view = new DataView(all.buffer, 3, 9);
    expect((await send(fetching(iterable(view)))).body).toBe('"running"');
    expect((await send(fetching(iterable(Buffer.from('"run'), view)))).body).toBe('"run"running"');
  });

  test('does not include a value that comes with done: true', async () => {
    async function* text(): AsyncGenerator<string, string> {
      await Promise.resolve();
      yield '"running"';
      return ' and no more';
    }
    expect((await send(fetching(text()))).body).toBe('"running"');
  });

  test.each([undefined, null, '"paused"', new Blob(['"paused"']), { pipe: () => undefined }])(
    'that is %o, which cannot be read in chunks, is read with text()',
    async (body) => expect((await send(fetching(body, '"running"'))).body).toBe('"running"'),
  );

  test('is not read with text() after an abort', async () => {
    const abort = new AbortController();
    const text = vi.fn(() => Promise.resolve('"running"'));
    const fetch: FetchLike = () => {
      abort.abort('enough');
      return Promise.resolve({ ...response(null), text });
    };
    await expect(send(fetch, { abort })).rejects.toBe('enough');
    expect(text).not.toHaveBeenCalled();
  });

  test('that fails while it is read fails the request', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error('cut off')),
    });
    await expect(send(fetching(body))).rejects.toThrow('cut off');
  });

  test.each<[string, () => unknown]>([
    ['rejects', () => Promise.reject(new Error('stuck'))],
    [
      'throws',
      () => {
        throw new Error('stuck');
      },
    ],
  ])('whose cancel() %s does not fail the request', async (_, cancel) => {
    const problems: unknown[] = [];
    const note = (reason: unknown) => problems.push(reason);
    process.on('unhandledRejection', note);
    process.on('uncaughtException', note);
    const abort = new AbortController();
    const read = () => new Promise<never>(() => undefined);
    void send(fetching({ getReader: () => ({ read, cancel }) }), { abort });
    await Promise.resolve();
    abort.abort();
    const long = { read: () => Promise.resolve({ value: 'x'.repeat(LIMIT + 1) }), cancel };
    await send(fetching({ getReader: () => long }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', note);
    process.off('uncaughtException', note);
    expect(problems).toEqual([]);
  });

  test('that is too long need not have cancel()', async () => {
    const next = () => Promise.resolve({ value: 'x'.repeat(LIMIT + 1) });
    const body = { [Symbol.asyncIterator]: () => ({ next }) };
    expect((await send(fetching(body))).body).toHaveLength(LIMIT + 1);
  });
});

describe.each<[string, (text: string) => FetchLike]>([
  ['in chunks of text', (text) => fetching(iterable(text))],
  ['with text()', (text) => fetching(null, text)],
])('a body that is read %s', (_, fetch) => {
  // one, two, three and four bytes in UTF-8
  test.each(['x', 'é', '€', '𝒳'])('is limited in bytes: %j', async (char) => {
    const size = bytes(char).length;
    const fits = char.repeat(Math.floor(LIMIT / size));
    expect((await send(fetch(fits))).body).toBe(fits);
    const { body } = await send(fetch(fits + char));
    expect(body.length).toBeGreaterThan(LIMIT);
    expect(body.startsWith(fits)).toBe(true);
  });
});

describe.each(['TextEncoder', 'TextDecoder', 'AbortController', 'Response', 'Headers'])(
  'in a runtime without %s, as Jest with jsdom',
  (name) => {
    const chunks = () => streamOf(bytes('"run'), bytes('ning"'));
    test.each<[string, unknown]>([
      ['a web stream', chunks],
      ['chunks of text', () => iterable('"run', 'ning"')],
      ['no body', () => undefined],
    ])('a fetch with %s works', async (_, body) => {
      const given = response((body as () => unknown)(), '"running"');
      const request = requestWith();
      vi.stubGlobal(name, undefined);
      const answer = await fetchTransport(() => Promise.resolve(given))(request);
      expect(answer.body).toBe('"running"');
    });
  },
);

test('without TextDecoder and text(), chunks of text are still read', async () => {
  vi.stubGlobal('TextDecoder', undefined);
  const given = { ...response(iterable('"run', 'ning"')), text: undefined };
  expect((await send(() => Promise.resolve(given as never))).body).toBe('"running"');
});
