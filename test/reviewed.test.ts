import {
  concat,
  defer,
  delay,
  finalize,
  lastValueFrom,
  NEVER,
  of,
  Subject,
  take,
  tap,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  createTaskStatusPool,
  fetchTransport,
  requireFinished,
  taskPolls$,
  taskStatus$,
  toStatus,
  type StatusResponse,
} from 'rxjs-task-status';
import { expect, test, vi } from 'vitest';

const answer = (body: string, status = 200): StatusResponse => ({
  status,
  body,
  headers: { get: () => null },
});
const RUNNING = answer('"running"');

async function messageOf(statuses$: ReturnType<typeof taskStatus$>): Promise<string> {
  return lastValueFrom(statuses$).then(
    () => 'no error',
    (error: unknown) => String(error),
  );
}

test('law 12: what a transport does while it is let go of takes effect after the answer', () => {
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 12_000;
  const pause$ = new Subject<boolean>();
  const log: string[] = [];
  let live = 0;
  let most = 0;
  const watch = taskStatus$('task_1', {
    scheduler,
    pauseWhile: pause$,
    backoff: { jitter: 0 },
    transport: () =>
      defer(() => {
        log.push(`request at ${scheduler.now()}`);
        most = Math.max(most, ++live);
        return of(RUNNING).pipe(
          delay(log.length === 1 ? 500 : 5_000, scheduler),
          finalize(() => {
            live--;
            pause$.next(false);
          }),
        );
      }),
  }).subscribe((status) => log.push(status));
  scheduler.schedule(() => pause$.next(true), 100);
  scheduler.flush();
  watch.unsubscribe();
  expect(log.slice(0, 3)).toEqual(['request at 0', 'running', 'request at 500']);
  expect(most).toBe(1);
  expect(live).toBe(0);
});

test('law 7: take(1) after toStatus() ends a watch that is asked again within next', () => {
  const scheduler = new VirtualTimeScheduler();
  const pause$ = new Subject<boolean>();
  let requests = 0;
  const toggle = (): void => {
    pause$.next(true);
    pause$.next(false);
  };
  const transport = () => {
    requests++;
    return of(RUNNING);
  };
  taskPolls$('task_1', { scheduler, transport, pauseWhile: pause$ })
    .pipe(toStatus(), tap(toggle), take(1))
    .subscribe();
  expect(requests).toBe(1);
});

test('requireFinished() pulls no more of a synchronous source than is taken', () => {
  const seen: string[] = [];
  of('created' as const, 'running' as const)
    .pipe(
      tap((status) => seen.push(status)),
      requireFinished(),
      take(1),
    )
    .subscribe();
  expect(seen).toEqual(['created']);
});

test('law 18: a transport that answers with a text does not make an error show it', async () => {
  const apiKey = 'bu_secretsecret';
  const transport = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
    of(`echo ${headers.Authorization ?? ''}`) as never;
  const message = await messageOf(taskStatus$('task_1', { apiKey, transport }));
  expect(message).toMatch(/^TypeError: transport must answer/);
  expect(message).not.toContain(apiKey);
});

test.each(['options', 'headers'])('law 18: a key in the place of %s is not shown', (name) => {
  const key: unknown = 'bu_secretsecret';
  const misuse = () =>
    taskStatus$('task_1', (name === 'options' ? key : { headers: key }) as never);
  expect(misuse).toThrow(new RegExp(`^${name} must be a plain object, got a string`));
});

test('law 18: a header that holds the key is blotted out whole', async () => {
  const headers = { 'x-proxy': 'Basic-key1-hunter2hunter2' };
  const transport = () => of(answer('{"detail":"got Basic-key1-hunter2hunter2"}', 400));
  const message = await messageOf(taskStatus$('task_1', { apiKey: 'key1', headers, transport }));
  expect(message).toContain('got ***');
  expect(message).not.toContain('hunter2');
});

test.each(['a%21b%2ac%28d%29%7Ee', '%61!b*c(d)~e'])(
  'law 18: a key URL-encoded as %s is blotted out',
  async (echo) => {
    const transport = () => of(answer(JSON.stringify({ detail: `no ${echo}` }), 400));
    const message = await messageOf(taskStatus$('task_1', { apiKey: 'a!b*c(d)~e', transport }));
    expect(message).toMatch(/no \*\*\*$/);
  },
);

test('law 11: a pause that takes back the last look from the queue of a pool ends the watch', () => {
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 1_000;
  const pause$ = new Subject<boolean>();
  const errors: unknown[] = [];
  const pool = createTaskStatusPool({ scheduler, maxConcurrent: 1, transport: () => NEVER });
  pool.status$('task_1').subscribe();
  pool.status$('task_2', { timeout: 100, pauseWhile: pause$ }).subscribe({
    error: (error: unknown) => errors.push(error),
  });
  scheduler.schedule(() => pause$.next(true), 200);
  scheduler.flush();
  expect(errors).toMatchObject([{ code: 'timeout', attempts: 0 }]);
  pool.close();
});

test('law 14: a clock that jumps ahead does not keep a last look alive', () => {
  const scheduler = new VirtualTimeScheduler();
  let ahead = 0;
  const clock = {
    now: () => scheduler.now() + ahead,
    schedule: scheduler.schedule.bind(scheduler),
  };
  let endedAt = 0;
  taskStatus$('task_1', {
    scheduler: clock,
    timeout: 10_000,
    requestTimeout: 3_600_000,
    transport: () => NEVER,
  }).subscribe({ error: () => (endedAt = scheduler.now()) });
  scheduler.schedule(() => (ahead = 3_600_000), 5_000);
  scheduler.flush();
  expect(endedAt).toBe(40_000);
});

test('law 8: where a body cannot be read in pieces, its bytes are counted', async () => {
  const body = `"${'é'.repeat(40_000)}"`;
  const fetch = () =>
    Promise.resolve({
      status: 200,
      headers: { get: () => null },
      text: () => Promise.resolve(body),
    });
  const message = await messageOf(
    taskStatus$('task_1', { transport: fetchTransport(fetch), unknownStatus: 'ignore' }),
  );
  expect(message).toMatch(/^UnexpectedResponseError/);
});

test('the default random is whatever Math.random is at the time', () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  try {
    const scheduler = new VirtualTimeScheduler();
    scheduler.maxFrames = 1_000;
    const delays: unknown[] = [];
    taskPolls$('task_1', { scheduler, transport: () => concat(of(RUNNING), NEVER) })
      .pipe(take(1))
      .subscribe(({ nextDelay }) => delays.push(nextDelay));
    expect(delays).toEqual([1_000]);
  } finally {
    random.mockRestore();
  }
});

test.each([5, 'x', null])('api: %s is a misuse that names api', (api) => {
  expect(() => taskStatus$('task_1', { api: api as never })).toThrow(/^api must be a TaskApi/);
});
