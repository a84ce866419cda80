import { firstValueFrom, Observable, Subject, throwError, toArray } from 'rxjs';
import { taskPolls$, taskResult$, taskStatus$, type StatusResponse } from 'rxjs-task-status';
import { expect, test } from 'vitest';
import { iterable } from '../../src/stream/iterable.js';

/** Answers with each status in turn; the last one is repeated. */
function tasks(...words: string[]) {
  const sent: { readonly signal: { readonly aborted: boolean } }[] = [];
  const transport = (request: (typeof sent)[number]): Promise<StatusResponse> => {
    const word = words[Math.min(sent.push(request), words.length) - 1];
    return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(word) });
  };
  return { sent, options: { transport, backoff: { initialDelay: 0 } } };
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

test('a loop sees what a subscriber sees, and ends with the task', async () => {
  const { options, sent } = tasks('created', 'running', 'running', 'finished');
  const status$ = taskStatus$('t', options);
  expect(await collect(status$)).toEqual(['created', 'running', 'finished']);
  expect(sent).toHaveLength(4);
});

test('an error is thrown into the loop', async () => {
  const seen: string[] = [];
  const loop = async () => {
    for await (const status of taskStatus$('t', tasks('running', 'nonsense').options))
      seen.push(status);
  };
  await expect(loop()).rejects.toMatchObject({ code: 'unexpected-response' });
  expect(seen).toEqual(['running']);
});

test.each(['break', 'throw', 'return'])('leaving the loop by %s unsubscribes', async (by) => {
  const { options, sent } = tasks('created', 'running');
  const loop = async () => {
    for await (const status of taskStatus$('t', options)) {
      if (status !== 'running') continue;
      if (by === 'throw') throw new Error('enough');
      if (by === 'return') return;
      break;
    }
  };
  await loop().catch(() => undefined);
  const { length } = sent;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(sent).toHaveLength(length);
});

test('return() while next() waits aborts the request and ends both', async () => {
  const signals: { readonly aborted: boolean }[] = [];
  const iterator = taskStatus$('t', {
    transport: ({ signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  })[Symbol.asyncIterator]();
  const next = iterator.next();
  await iterator.return?.();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  await expect(next).resolves.toEqual({ done: true, value: undefined });
  await expect(iterator.next()).resolves.toEqual({ done: true, value: undefined });
  expect(signals).toHaveLength(1);
});

test('nothing is requested before the first next(), nor after a return() before it', async () => {
  const { options, sent } = tasks('finished');
  const iterator = taskStatus$('t', options)[Symbol.asyncIterator]();
  await iterator.return?.();
  await expect(iterator.next()).resolves.toEqual({ done: true, value: undefined });
  expect(sent).toHaveLength(0);
});

test('two loops at once are two watches', async () => {
  const { options, sent } = tasks('finished');
  const status$ = taskStatus$('t', options);
  expect(await Promise.all([collect(status$), collect(status$)])).toEqual([
    ['finished'],
    ['finished'],
  ]);
  expect(sent).toHaveLength(2);
});

test('what is emitted between two calls of next() is kept in order, an error after it', async () => {
  const subject = new Subject<number>();
  const source = iterable(new Observable<number>((subscriber) => subject.subscribe(subscriber)));
  const iterator = source[Symbol.asyncIterator]();
  const first = iterator.next();
  for (const value of [1, 2, 3]) subject.next(value);
  subject.error(new Error('late'));
  const done = (value?: number) => ({ done: value === undefined, value });
  await expect(first).resolves.toEqual(done(1));
  await expect(iterator.next()).resolves.toEqual(done(2));
  await expect(iterator.next()).resolves.toEqual(done(3));
  await expect(iterator.next()).rejects.toThrow('late');
  await expect(iterator.next()).resolves.toEqual(done());
});

test('calls of next() that overlap are answered in their order', async () => {
  const subject = new Subject<number>();
  const source = iterable(new Observable<number>((subscriber) => subject.subscribe(subscriber)));
  const iterator = source[Symbol.asyncIterator]();
  const calls = [iterator.next(), iterator.next(), iterator.next()];
  subject.next(1);
  subject.next(2);
  subject.complete();
  expect((await Promise.all(calls)).map(({ done }) => done)).toEqual([false, false, true]);
});

test('an error without a value is thrown at the first next()', async () => {
  const failing = iterable(throwError(() => new Error('no')));
  await expect(collect(failing)).rejects.toThrow('no');
});

test('polls and results are async iterables too', async () => {
  const { options } = tasks('running', 'finished');
  expect((await collect(taskPolls$('t', options))).map(({ status }) => status)).toEqual([
    'running',
    'finished',
  ]);
  const results = await collect(taskResult$('t', tasks('finished').options));
  expect(results).toEqual(
    await firstValueFrom(taskResult$('t', tasks('finished').options).pipe(toArray())),
  );
});

test('return() inside the first request leaves no subscription', async () => {
  const signals: AbortSignal[] = [];
  const iterator = taskStatus$('t', {
    transport: ({ signal }) => {
      signals.push(signal);
      void iterator.return?.();
      return new Promise(() => undefined);
    },
  })[Symbol.asyncIterator]();
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});
