import { lastValueFrom, of, take, toArray, VirtualTimeScheduler } from 'rxjs';
import { fetchTransport, taskPolls$, taskStatus$, type FetchLike } from 'rxjs-task-status';
import { expect, test } from 'vitest';

const running = { status: 200, headers: { get: () => null }, body: '"running"' };

test.each([null, true, [], '500', 5n, Number.NaN, undefined])(
  'a backoff.delay of %s is no number and counts as maxDelay',
  async (garbage) => {
    const scheduler = new VirtualTimeScheduler();
    const poll = lastValueFrom(
      taskPolls$('task_1', {
        scheduler,
        backoff: { jitter: 0, delay: () => garbage as number },
        transport: () => of(running),
      }).pipe(take(1)),
    );
    expect((await poll).nextDelay).toBe(5_000);
  },
);

test('an error that only names a host called cache makes no second request', async () => {
  const asked: unknown[] = [];
  const fetch: FetchLike = (_, init) => {
    asked.push(init.cache);
    return Promise.reject(new Error('request to http://cache.local/ failed, reason: ECONNREFUSED'));
  };
  const statuses = taskStatus$('task_1', { fetch, retry: false }).pipe(toArray());
  await expect(lastValueFrom(statuses)).rejects.toThrow('ECONNREFUSED');
  expect(asked).toEqual(['no-store']);
});

test('a key that was changed is in no error either', async () => {
  const keys = ['firstkey-1', 'secondkey-2'];
  const answers = [
    { ...running, status: 503, body: '' },
    { ...running, status: 404, body: '{"detail":"token firstkey-1 expired"}' },
  ];
  const statuses = taskStatus$('task_1', {
    apiKey: () => keys.shift() ?? '',
    retry: { initialDelay: 0 },
    transport: () => of(answers.shift() ?? running),
  });
  await expect(lastValueFrom(statuses)).rejects.toThrow('token *** expired');
});

test('a body without a word is let go when nobody waits for it any more', async () => {
  let cancelled = 0;
  const body = new ReadableStream({
    pull: () => new Promise<void>(() => undefined),
    cancel: () => {
      cancelled++;
    },
  });
  // it does not heed the signal
  const transport = fetchTransport(() => Promise.resolve(new Response(body)));
  const watch = taskStatus$('task_1', { transport }).subscribe();
  await new Promise((resolve) => setTimeout(resolve, 5));
  watch.unsubscribe();
  await Promise.resolve();
  expect(cancelled).toBe(1);
});

test('no password of a baseUrl is shown, however long', () => {
  const password = 'p'.repeat(120);
  for (const baseUrl of [`https://u:${password}@h`, 'https:u:pppppp@h']) {
    expect(() => taskStatus$('task_1', { baseUrl })).toThrow(/^baseUrl(?!.*pppp)/);
  }
});
