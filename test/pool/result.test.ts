import { NEVER, of, Subject, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import {
  createTaskStatusPool,
  type StatusRequest,
  type StatusResponse,
  type StatusTransport,
  type TaskStatusPoolOptions,
} from '../../src/index.js';
import { fieldOf } from '../../src/api/guards.js';

const json = (value: unknown, status = 200): StatusResponse => ({
  status,
  headers: {},
  body: JSON.stringify(value),
});

/** A pool whose tasks end with the second poll, and whose results are given by hand. */
function setup(given: Partial<TaskStatusPoolOptions> = {}) {
  const scheduler = new VirtualTimeScheduler();
  const results: { request: StatusRequest; answer$: Subject<StatusResponse> }[] = [];
  const urls: string[] = [];
  const transport: StatusTransport = (request) => {
    urls.push(request.url.replace(/.*\/task/, ''));
    if (request.url.endsWith('/status')) {
      return of(json(urls.length === 1 ? 'running' : 'finished'));
    }
    const answer$ = new Subject<StatusResponse>();
    results.push({ request: { ...request }, answer$ });
    return answer$;
  };
  const pool = createTaskStatusPool({
    transport,
    scheduler,
    requestTimeout: Infinity,
    ...given,
  });
  const seen: unknown[] = [];
  const watch = (name: string, overrides?: Parameters<typeof pool.result$>[1]) =>
    pool.result$('t', overrides).subscribe({
      next: ({ result }) => seen.push([name, fieldOf(result, 'output')]),
      error: (error: unknown) => seen.push([name, error]),
      complete: () => seen.push([name, 'complete']),
    });
  return { pool, scheduler, results, urls, seen, watch };
}

const unsuccessful = (taskStatus?: string) =>
  expect.objectContaining({
    code: 'unsuccessful',
    taskId: 't',
    ...(taskStatus !== undefined && { taskStatus }),
  }) as unknown;

describe('pool.result$', () => {
  test('all subscribers share the polls and the request of the result', () => {
    const { scheduler, results, urls, seen, watch } = setup();
    watch('a');
    watch('b');
    scheduler.flush();
    expect(urls).toEqual(['/t/status', '/t/status', '/t']);
    results[0]?.answer$.next(json({ output: 'x' }));
    expect(seen).toEqual([
      ['a', 'x'],
      ['b', 'x'],
      ['a', 'complete'],
      ['b', 'complete'],
    ]);
  });

  test('the request is aborted when the last subscriber leaves, not before', () => {
    const { scheduler, results, watch } = setup();
    const subscriptions = [watch('a'), watch('b')];
    scheduler.flush();
    subscriptions[0]?.unsubscribe();
    expect(results[0]?.request.signal.aborted).toBe(false);
    subscriptions[1]?.unsubscribe();
    expect(results[0]?.request.signal.aborted).toBe(true);
  });

  test('a failure of the request is the error of all, and is retried by none', () => {
    const { scheduler, results, seen, watch } = setup();
    watch('a');
    watch('b');
    scheduler.flush();
    results[0]?.answer$.next(json({ detail: 'gone' }, 404));
    scheduler.flush();
    const error = expect.objectContaining({ code: 'not-found' }) as unknown;
    expect(seen).toEqual([
      ['a', error],
      ['b', error],
    ]);
    expect(results).toHaveLength(1);
  });

  test('closing the pool is an error, during the polls and during the request', () => {
    for (const isEarly of [true, false]) {
      const { pool, scheduler, results, seen, watch } = setup();
      watch('a');
      if (!isEarly) scheduler.flush();
      pool.close();
      expect(seen).toEqual([['a', unsuccessful(isEarly ? 'running' : 'finished')]]);
      expect(results.map(({ request }) => request.signal.aborted)).toEqual(isEarly ? [] : [true]);
      watch('late');
      expect(seen.slice(1)).toEqual([['late', unsuccessful()]]);
    }
  });

  test('closing the pool inside the last poll sends no further request', () => {
    const { pool, scheduler, seen, urls, watch } = setup();
    watch('a');
    pool.polls$('t').subscribe(({ status }) => status === 'finished' && pool.close());
    scheduler.flush();
    expect(urls).toEqual(['/t/status', '/t/status']);
    expect(seen).toEqual([['a', unsuccessful('finished')]]);
  });

  test('closing the pool when the task has ended sends no further request', () => {
    const { pool, scheduler, seen, urls, watch } = setup();
    pool.status$('t').subscribe({ complete: () => pool.close() });
    watch('a');
    scheduler.flush();
    expect(urls).toEqual(['/t/status', '/t/status']);
    expect(seen).toEqual([['a', unsuccessful('finished')]]);
  });

  test('a transport that closes the pool aborts its own request', () => {
    const signals: AbortSignal[] = [];
    const { pool, scheduler, seen, watch } = setup({
      transport: ({ url, signal }) => {
        if (url.endsWith('/status')) return of(json('finished'));
        signals.push(signal);
        pool.close();
        return NEVER;
      },
    });
    watch('a');
    scheduler.flush();
    expect(seen).toEqual([['a', unsuccessful('finished')]]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test("the pool's signal ends the request with its reason", () => {
    const abort = new AbortController();
    const { scheduler, results, seen, watch } = setup({ signal: abort.signal });
    watch('a');
    scheduler.flush();
    abort.abort('enough');
    expect(seen).toEqual([['a', 'enough']]);
    expect(results[0]?.request.signal.aborted).toBe(true);
  });

  test('the request has the options of the watch, not those of a later subscriber', () => {
    const { pool, scheduler, results, watch } = setup();
    pool.status$('t', { headers: { 'x-who': 'first' } }).subscribe();
    watch('a', { headers: { 'x-who': 'second' } });
    scheduler.flush();
    expect(results.map(({ request }) => request.headers)).toEqual([{ 'x-who': 'first' }]);
  });
});
