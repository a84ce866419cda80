import { lastValueFrom, take, toArray, VirtualTimeScheduler } from 'rxjs';
import { fetchTransport, taskPolls$, taskStatus$, type FetchLike } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { expect, test } from 'vitest';

import { scriptedApi } from '../support/scripted-api.js';

test.each([null, true, [], '500', 5n, Number.NaN, undefined])(
  'a backoff.delay of %s is not a number and counts as maxDelay',
  async (garbage) => {
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi({ task_1: [['running', 0]] }, { scheduler });
    const poll = lastValueFrom(
      taskPolls$('task_1', {
        transport,
        scheduler,
        backoff: { jitter: 0, delay: () => garbage as number },
      }).pipe(take(1)),
    );
    expect((await poll).nextDelay).toBe(5_000);
  },
);

test('an error that only names a host called cache is not taken for a rejected cache option', async () => {
  const caches: unknown[] = [];
  const fetch: FetchLike = (_, init) => {
    caches.push(init.cache);
    return Promise.reject(new Error('request to http://cache.local/ failed, reason: ECONNREFUSED'));
  };
  const statuses = taskStatus$('task_1', { fetch, retry: false }).pipe(toArray());
  await expect(lastValueFrom(statuses)).rejects.toThrow('ECONNREFUSED');
  // no second request without the option
  expect(caches).toEqual(['no-store']);
});

test('a key that apiKey() has replaced is hidden in later errors too', async () => {
  const keys = ['firstkey-1', 'secondkey-2'];
  const { transport } = scriptedApi({
    task_1: [{ status: 503 }, { status: 404, body: '{"detail":"token firstkey-1 expired"}' }],
  });
  const statuses = taskStatus$('task_1', {
    transport,
    apiKey: () => keys.shift() ?? '',
    retry: { initialDelay: 0 },
  });
  await expect(lastValueFrom(statuses)).rejects.toThrow('token *** expired');
});

test('unsubscribing cancels a body of which nothing has arrived', async () => {
  let cancelled = 0;
  const body = new ReadableStream({
    pull: () => new Promise<void>(() => undefined),
    cancel: () => {
      cancelled++;
    },
  });
  // this fetch ignores the signal
  const transport = fetchTransport(() => Promise.resolve(new Response(body)));
  const watch = taskStatus$('task_1', { transport }).subscribe();
  await new Promise((resolve) => setTimeout(resolve, 5));
  watch.unsubscribe();
  await Promise.resolve();
  expect(cancelled).toBe(1);
});

test('the error for a baseUrl does not show its password, of any length', () => {
  const password = 'p'.repeat(120);
  for (const baseUrl of [`https://u:${password}@h`, 'https:u:pppppp@h']) {
    expect(() => taskStatus$('task_1', { baseUrl })).toThrow(/^baseUrl(?!.*pppp)/);
  }
});
