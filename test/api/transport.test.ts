import { getEventListeners } from 'node:events';
import {
  type FetchInit,
  fetchTransport,
  type FetchLike,
  type FetchResponse,
} from 'rxjs-task-status';
import { afterEach, describe, expect, test, vi } from 'vitest';

const URL = 'http://tasks.test/task/task_1/status';
const LIMIT = 65_536;

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What is answered to one request. */
async function ask(
  fetch: FetchLike | undefined,
  { abort = new AbortController(), headers = {} } = {},
) {
  const { signal } = abort;
  const asked = fetchTransport(fetch)({ taskId: 'task_1', url: URL, headers, signal });
  try {
    return await (asked as PromiseLike<{ status: number; headers: unknown; body: string }>);
  } finally {
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  }
}

const answer = (body: unknown, text = ''): FetchResponse => ({
  status: 200,
  headers: { get: () => null },
  body,
  text: () => Promise.resolve(text),
});

describe('the request', () => {
  test('is a GET that follows no redirect and takes no cached copy', async () => {
    const calls: unknown[][] = [];
    const abort = new AbortController();
    const headers = Object.freeze({ Authorization: 'Bearer key' });
    const given = { status: 418, headers: { get: () => 'tea' }, text: () => Promise.resolve('no') };
    const fetch = function (this: unknown, ...call: unknown[]) {
      calls.push([this, ...call]);
      return Promise.resolve(given);
    };
    const answered = await ask(fetch, { abort, headers });
    const init = {
      method: 'GET',
      headers,
      signal: abort.signal,
      redirect: 'manual',
      cache: 'no-store',
    };
    expect(calls).toEqual([[undefined, URL, init]]);
    // a fetch may put headers of its own into it
    expect((calls[0]?.[2] as FetchInit).headers).not.toBe(headers);
    expect(answered).toEqual({ status: 418, headers: given.headers, body: 'no' });
  });

  test('goes to the fetch that the runtime has at that time', async () => {
    const transport = fetchTransport();
    const { signal } = new AbortController();
    const bodies: string[] = [];
    for (const text of ['one', 'two']) {
      vi.stubGlobal('fetch', () => Promise.resolve(answer(undefined, text)));
      const asked = transport({ taskId: 'task_1', url: URL, headers: {}, signal });
      bodies.push((await (asked as PromiseLike<{ body: string }>)).body);
    }
    expect(bodies).toEqual(['one', 'two']);
  });

  test('goes to cross-fetch where the runtime has none', async () => {
    vi.stubGlobal('fetch', undefined);
    const error = await ask(undefined).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'FetchError' });
  });

  describe('where the runtime refuses the field cache', () => {
    /** Refuses the field in these words, and what else there is to send in those. */
    function refusing(refusal: string, otherwise?: string) {
      const caches: unknown[] = [];
      const fetch: FetchLike = (_, init) => {
        caches.push('cache' in init ? init.cache : 'none');
        if (init.cache) return Promise.reject(new TypeError(refusal));
        return otherwise === undefined
          ? Promise.resolve(answer(undefined, 'ok'))
          : Promise.reject(new Error(otherwise));
      };
      return { fetch, caches };
    }

    test.each([
      "The 'cache' field on 'RequestInitializerDict' is not implemented.",
      'Unsupported cache mode: no-store',
      'The cache field is not supported',
      'Unknown Cache Option',
    ])('%j, it is asked without', async (refusal) => {
      const { fetch, caches } = refusing(refusal);
      expect((await ask(fetch)).body).toBe('ok');
      expect(caches).toEqual(['no-store', 'none']);
    });

    test('it is asked without from then on', async () => {
      const { fetch, caches } = refusing("no 'cache' here", "no 'cache' there");
      const transport = fetchTransport(fetch);
      const { signal } = new AbortController();
      const request = { taskId: 'task_1', url: URL, headers: {}, signal };
      for (let asked = 0; asked < 2; asked++) {
        await expect(transport(request)).rejects.toThrow("no 'cache' there");
      }
      expect(caches).toEqual(['no-store', 'none', 'none']);
    });

    test.each(['fetch failed', 'the cache is full', 'a cacheable field', 'xcache mode'])(
      'but not after %j',
      async (message) => {
        const { fetch, caches } = refusing(message);
        await expect(ask(fetch)).rejects.toThrow(message);
        expect(caches).toEqual(['no-store']);
      },
    );

    test('nor once it is aborted', async () => {
      const abort = new AbortController();
      const { fetch, caches } = refusing("no 'cache' here");
      abort.abort();
      await expect(ask(fetch, { abort })).rejects.toThrow("no 'cache' here");
      expect(caches).toEqual(['no-store']);
    });
  });
});

/** The ways in which a body comes in pieces, and whether the source was told to stop. */
const SOURCES = {
  'a web stream': (pull: () => Uint8Array | undefined) => {
    const stopped = vi.fn();
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pull();
          if (piece) controller.enqueue(piece);
          else controller.close();
        },
        cancel: stopped,
      },
      { highWaterMark: 0 },
    );
    return { body, stopped };
  },
  'a web stream that cannot be iterated over': (pull: () => Uint8Array | undefined) => {
    const stopped = vi.fn();
    const read = () => {
      const value = pull();
      return Promise.resolve(value ? { value } : { done: true, value });
    };
    const cancel = () => Promise.resolve(stopped());
    return { body: { getReader: () => ({ read, cancel }) }, stopped };
  },
  "a stream of Node's": (pull: () => Uint8Array | undefined) => {
    const stopped = vi.fn();
    const next = () => {
      const value = pull();
      return Promise.resolve(value ? { value } : { done: true, value });
    };
    return { body: { [Symbol.asyncIterator]: () => ({ next }), destroy: stopped }, stopped };
  },
  'an iterable': (pull: () => Uint8Array | undefined) => {
    const stopped = vi.fn();
    const next = () => {
      const value = pull();
      return Promise.resolve(value ? { value } : { done: true, value });
    };
    const close = () => {
      stopped();
      return Promise.resolve({ done: true });
    };
    return { body: { [Symbol.asyncIterator]: () => ({ next, return: close }) }, stopped };
  },
};

const bytes = (text: string) => new TextEncoder().encode(text);

describe.each(Object.entries(SOURCES))('a body that is %s', (_, source) => {
  test('is read to its end, and letters may lie in two pieces', async () => {
    const all = bytes('"läuft €"');
    const pieces = [...all].map((byte) => Uint8Array.of(byte));
    const { body, stopped } = source(() => pieces.shift());
    expect((await ask(() => Promise.resolve(answer(body)))).body).toBe('"läuft €"');
    expect(stopped).not.toHaveBeenCalled();
  });

  test('that is cut within a letter shows it', async () => {
    const pieces = [bytes('€').subarray(0, 2)];
    const { body } = source(() => pieces.shift());
    expect((await ask(() => Promise.resolve(answer(body)))).body).toBe('\ufffd');
  });

  test('of the limit is read to its end', async () => {
    const pieces = [bytes('x'.repeat(LIMIT - 1)), bytes('y')];
    const { body, stopped } = source(() => pieces.shift());
    const { body: read } = await ask(() => Promise.resolve(answer(body)));
    expect(read).toHaveLength(LIMIT);
    expect(stopped).not.toHaveBeenCalled();
  });

  test('of more is not, and shows that it is too long', async () => {
    let pulled = 0;
    // two bytes for each letter: the limit of bytes is passed before that of letters
    const { body, stopped } = source(() => (pulled++, bytes('é'.repeat(1_024))));
    const { body: read } = await ask(() => Promise.resolve(answer(body)));
    expect(read.length).toBe(LIMIT + 1);
    expect(read.trimEnd()).toBe('é'.repeat(read.trimEnd().length));
    expect(pulled).toBe(33);
    await vi.waitFor(() => expect(stopped).toHaveBeenCalledOnce());
  });

  test('is let go of on abort', async () => {
    const abort = new AbortController();
    let pulled = 0;
    const { body, stopped } = source(() => {
      if (++pulled === 3) abort.abort();
      return bytes('x');
    });
    await ask(() => Promise.resolve(answer(body)), { abort });
    expect(pulled).toBe(3);
    await vi.waitFor(() => expect(stopped).toHaveBeenCalled());
  });

  test('is let go of on abort while nothing comes of it', async () => {
    const abort = new AbortController();
    const { body, stopped } = source(() => bytes('x'));
    const read = vi.fn(() => new Promise<never>(() => undefined));
    const reader = { read, cancel: () => Promise.resolve(stopped()) };
    const iterator = { next: read, return: () => Promise.resolve(stopped()) };
    const silent = {
      ...('getReader' in body && { getReader: () => reader }),
      ...(Symbol.asyncIterator in body && { [Symbol.asyncIterator]: () => iterator }),
      ...('destroy' in body && { destroy: stopped }),
    };
    void ask(() => Promise.resolve(answer(silent)), { abort });
    await vi.waitFor(() => expect(read).toHaveBeenCalledOnce());
    abort.abort();
    expect(stopped).toHaveBeenCalledOnce();
  });

  test('is not even begun after one', async () => {
    const abort = new AbortController();
    let pulled = 0;
    const { body, stopped } = source(() => (pulled++, bytes('x')));
    const fetch: FetchLike = () => {
      abort.abort();
      return Promise.resolve(answer(body));
    };
    await ask(fetch, { abort });
    expect(pulled).toBe(0);
    await vi.waitFor(() => expect(stopped).toHaveBeenCalled());
  });
});

describe('a body', () => {
  test('in pieces of text is read like one of bytes', async () => {
    async function* text(): AsyncGenerator<string> {
      await Promise.resolve();
      yield '"run';
      yield 'ning €"';
    }
    expect((await ask(() => Promise.resolve(answer(text())))).body).toBe('"running €"');
  });

  test('is what was given before its end, not what comes with that', async () => {
    async function* text(): AsyncGenerator<string, string> {
      await Promise.resolve();
      yield '"running"';
      return ' and no more';
    }
    expect((await ask(() => Promise.resolve(answer(text())))).body).toBe('"running"');
  });

  test('that cannot be read in pieces is read as a whole, and not after an abort', async () => {
    const abort = new AbortController();
    const text = vi.fn(() => Promise.resolve('"running"'));
    const fetch: FetchLike = () => Promise.resolve({ ...answer('"running"'), text });
    expect((await ask(fetch, { abort })).body).toBe('"running"');
    abort.abort();
    await ask(fetch, { abort });
    expect(text).toHaveBeenCalledOnce();
  });

  test('that fails on the way fails the request', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error('cut off')),
    });
    await expect(ask(() => Promise.resolve(answer(body)))).rejects.toThrow('cut off');
  });

  test('that cannot be let go of keeps it to itself', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', note);
    const abort = new AbortController();
    const reader = {
      read: () => Promise.resolve({ done: false, value: bytes('x') }),
      cancel: () => Promise.reject(new Error('stuck')),
    };
    const fetch: FetchLike = () => {
      abort.abort();
      return Promise.resolve(answer({ getReader: () => reader }));
    };
    await ask(fetch, { abort });
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
  });

  test('of exactly the limit is whole where it cannot be read in pieces', async () => {
    const fetch = () => Promise.resolve(answer(null, 'x'.repeat(LIMIT)));
    expect((await ask(fetch)).body).toHaveLength(LIMIT);
  });

  test('may have pieces without anything in them', async () => {
    const pieces = [{ value: 'a' }, {}, { value: 'b' }, { done: true }];
    const next = () => Promise.resolve(pieces.shift());
    const body = { [Symbol.asyncIterator]: () => ({ next }) };
    expect((await ask(() => Promise.resolve(answer(body)))).body).toBe('ab');
  });

  test('that is too long may have no way to be let go of', async () => {
    const next = () => Promise.resolve({ value: 'x'.repeat(LIMIT) });
    const body = { [Symbol.asyncIterator]: () => ({ next }) };
    const { body: text } = await ask(() => Promise.resolve(answer(body)));
    expect(text.length).toBeGreaterThan(LIMIT);
  });
});
