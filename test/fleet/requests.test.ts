import { UnrecoverableError, WaitingError } from 'bullmq';
import { asyncScheduler, of, Subject, VirtualTimeScheduler } from 'rxjs';
import { RateLimitError, AuthenticationError, type StatusRequest } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { Admission } from '../../src/fleet/admission.js';
import { fleetTransport } from '../../src/fleet/fleet-transport.js';
import { Gate } from '../../src/fleet/gate.js';
import { handBack } from '../../src/fleet/hand-back.js';
import { fleetKeys } from '../../src/fleet/keys.js';
import { ThrottledLogger } from '../../src/fleet/logger.js';
import { RedisRetry } from '../../src/fleet/redis-retry.js';
import { TaskRunner } from '../../src/fleet/task-runner.js';
import { resolveWorkerOptions } from '../../src/fleet/worker-options.js';
import { memoryLogger, responseOf } from './fixture.js';

const keys = fleetKeys('p');

/** A Redis whose scripts return what the test says. */
function fakeStore(answer: (keyCount: number, ...values: unknown[]) => unknown) {
  const scheduler = new VirtualTimeScheduler();
  const logger = memoryLogger();
  const log = new ThrottledLogger(logger, scheduler);
  const retry = new RedisRetry(scheduler, log);
  const evalsha = (_: string, ...values: [number, ...unknown[]]) =>
    Promise.resolve().then(() => answer(...values));
  return { redis: { evalsha } as never, keys, retry, log, logger, scheduler };
}

/** Lets promises settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

describe('the admission of requests', () => {
  function setUp(...answers: [number, number, number, number[]][]) {
    const sizes: number[] = [];
    const store = fakeStore((keyCount) => {
      sizes.push(keyCount - 2);
      return answers.shift() ?? [keyCount - 2, 0, 0, []];
    });
    const changes: string[] = [];
    const admission: Admission = new Admission({
      ...store,
      requestsPerSecond: undefined,
      onChange: () => changes.push(admission.state),
    });
    const done: string[] = [];
    const controllers = new Map<string, AbortController>();
    const request = (taskId: string) => {
      const controller = new AbortController();
      controllers.set(taskId, controller);
      const owner = { taskId, owner: '1', onLost: () => done.push(`${taskId} lost`) };
      admission.request(owner, controller.signal).then(
        () => done.push(taskId),
        () => done.push(`${taskId} aborted`),
      );
    };
    return { ...store, admission, request, done, sizes, changes, controllers };
  }

  test('asks once for many requests', async () => {
    const { request, done, sizes } = setUp();
    for (const taskId of ['a', 'b', 'c']) request(taskId);
    await settle();
    expect(done).toEqual(['a', 'b', 'c']);
    expect(sizes).toEqual([1, 2]);
  });

  test('sends no request of a task with another owner, and none that was aborted', async () => {
    const { request, done, controllers, scheduler } = setUp([0, 500, 1, []], [1, 100, 0, [0]]);
    for (const taskId of ['a', 'b', 'c']) request(taskId);
    await settle();
    controllers.get('a')?.abort();
    await settle();
    scheduler.flush();
    await settle();
    controllers.get('c')?.abort();
    await settle();
    scheduler.flush();
    await settle();
    expect(done).toEqual(['a aborted', 'b lost', 'c aborted']);
  });

  test('asks again after a hold, and then sends the requests one after the other', async () => {
    const { request, done, scheduler, changes, admission } = setUp([0, 500, 1, []]);
    for (const taskId of ['a', 'b']) request(taskId);
    await settle();
    expect(admission).toMatchObject({ state: 'held', heldUntil: 500, queued: 2 });
    scheduler.flush();
    await settle();
    expect(done).toEqual(['a']);
    scheduler.flush();
    await settle();
    expect(done).toEqual(['a', 'b']);
    expect(changes).toEqual(['held', 'open']);
    expect(scheduler.now()).toBe(520);
  });

  test('asks again if a slot was missed because the process was frozen', async () => {
    const { request, done, scheduler, sizes } = setUp([1, 100, 0, []]);
    request('a');
    await settle();
    // the timer is due at 100, and the process runs again at 5,000
    const frozen = scheduler.now;
    scheduler.now = () => 5_000;
    scheduler.flush();
    expect(done).toEqual([]);
    await settle();
    scheduler.now = frozen;
    expect(sizes).toEqual([1, 1]);
    expect(done).toEqual(['a']);
  });

  test('sends no request after the worker is closed', async () => {
    const { request, done, retry } = setUp();
    const failing = fakeStore(() => {
      throw new Error('Connection is closed.');
    });
    const admission = new Admission({
      ...failing,
      requestsPerSecond: 5,
      onChange: () => undefined,
    });
    failing.retry.close();
    void admission
      .request({ taskId: 'a', owner: '1', onLost: () => undefined }, new AbortController().signal)
      .then(() => done.push('sent'));
    await settle();
    expect(done).toEqual([]);
    expect(admission.queued).toBe(1);
    retry.close();
    request('b');
  });
});

describe('the gate', () => {
  const facts = { taskId: 'a', attempts: 1, elapsed: 0, detail: '' };
  const poll = (outcome: object) =>
    ({ taskId: 'a', attempt: 1, at: 0, duration: 0, changed: false, ...outcome }) as never;

  test('logs neither a shorter hold, nor a pause that others have begun or ended', async () => {
    const store = fakeStore(() => 0);
    const gate = new Gate({ ...store, admission: { state: 'paused' } });
    await gate.onPoll(poll({ error: new RateLimitError({ ...facts, status: 429 }) }), 0);
    await gate.onPoll(poll({ error: new AuthenticationError({ ...facts, status: 401 }) }), 0);
    await gate.onPoll(poll({ status: 'running' }), 0);
    expect(store.logger.lines).toEqual([]);
  });

  test('holds for at most 100 years, which the numbers of Redis can represent', async () => {
    const held: unknown[] = [];
    const store = fakeStore((_, ...[, ms]) => {
      held.push(ms);
      return 1;
    });
    const gate = new Gate({ ...store, admission: { state: 'open' } });
    for (const retryAfter of [Infinity, 1e19, 86_400_000]) {
      await gate.onPoll(
        poll({ error: new RateLimitError({ ...facts, status: 429, retryAfter }) }),
        0,
      );
    }
    expect(held).toEqual([3_155_760_000_000, 3_155_760_000_000, 86_400_000]);
  });

  test('does not hold after a Retry-After of 0', async () => {
    const store = fakeStore(() => 1);
    const gate = new Gate({ ...store, admission: { state: 'open' } });
    const error = new RateLimitError({ ...facts, status: 429, retryAfter: 0 });
    await gate.onPoll(poll({ error }), 0);
    expect(store.logger.lines).toEqual([]);
  });

  test('asks nothing of Redis after a good answer while there is no pause', async () => {
    const store = fakeStore(() => {
      throw new Error('asked');
    });
    const gate = new Gate({ ...store, admission: { state: 'open' } });
    await gate.onPoll(poll({ status: 'running' }), 0);
  });
});

describe('a job of a worker', () => {
  function setUp(answer: (runner: TaskRunner, values: unknown[]) => unknown) {
    const store = fakeStore((_, ...values) => answer(runner, values));
    const options = resolveWorkerOptions({ connection: {}, watch: {} });
    const errors: unknown[] = [];
    const runner: TaskRunner = new TaskRunner({
      ...options,
      ...store,
      store,
      onError: (error) => errors.push(error),
    });
    let moved = 0;
    const job = {
      id: 'job',
      data: { taskId: 'task_1', generation: '1' },
      moveToWait: () => Promise.resolve((moved += 1)),
    };
    const process = () => runner.process(job as never, 'token', 'wait');
    return { runner, process, errors, moved: () => moved };
  }
  const claimed = ['7', '0', '', '', '', '0', '0', '0', '0'];

  test('is done if the task was added again, or has ended', async () => {
    await setUp(() => ['0']).process();
    await setUp(() => ['7', '2', 'status', 'finished', '1', '0', '0', '0', '0']).process();
  });

  test('is handed back if the worker stops, before and during the claim', async () => {
    const before = setUp(() => 1);
    before.runner.stop();
    await expect(before.process()).rejects.toThrow(WaitingError);
    const during = setUp((runner, values) => {
      if (values.length > 2) return 1;
      runner.stop();
      return claimed;
    });
    await expect(during.process()).rejects.toThrow(WaitingError);
    expect([before.moved(), during.moved()]).toEqual([1, 1]);
  });

  test('is handed back at once if the worker stops during the claim of a task that is due later', async () => {
    const { process, moved } = setUp((runner, values) => {
      if (values.length > 2) return 1;
      runner.stop();
      // due in an hour
      return ['7', '0', '', '', '', '0', '3600000', '0', '0'];
    });
    await expect(process()).rejects.toThrow(WaitingError);
    expect(moved()).toBe(1);
  });

  test('is left to the new owner if there is one when the slot is given back', async () => {
    const { process, runner, moved, errors } = setUp((runner, values) => {
      if (values.length > 2) return 0;
      runner.stop();
      return claimed;
    });
    await expect(process()).rejects.toThrow(WaitingError);
    expect(moved()).toBe(0);
    expect(errors).toEqual([]);
    expect(runner.stats().lost).toBe(1);
  });
});

describe('a job that is handed back', () => {
  test('is not moved if another worker has it', async () => {
    const moved: unknown[] = [];
    const store = fakeStore((...values) => moved.push(values));
    const lost = Object.assign(new UnrecoverableError('Missing lock'), { code: -2 });
    const job = { id: 'job', moveToWait: () => Promise.reject(lost) };
    await handBack(store, job as never, 'token', 'wait');
    expect(moved).toEqual([[1, 'wait', 'job']]);
  });

  test('is moved when Redis accepts it', async () => {
    const errors: unknown[] = [
      new Error('OOM'),
      Object.assign(new Error('x'), { code: 'EPIPE' }),
      5,
    ];
    const store = fakeStore(() => 1);
    const retry = new RedisRetry(asyncScheduler, store.log);
    const job = {
      id: 'job',
      moveToWait: () => (errors.length > 0 ? Promise.reject(errors.shift()) : Promise.resolve()),
    };
    await handBack({ ...store, retry }, job as never, 'token', 'wait');
    expect(errors).toEqual([]);
  });
});

describe('the transport of a fleet', () => {
  const request = (signal: AbortSignal): StatusRequest => ({
    taskId: 'a',
    url: '',
    method: 'GET',
    headers: {},
    signal,
  });
  const options = {
    admit: () => Promise.resolve(),
    onSend: () => undefined,
    onEnd: () => undefined,
    requestTimeout: Infinity,
    scheduler: asyncScheduler,
  };

  test('waits for the answer without a limit', async () => {
    const send = fleetTransport({ ...options, send: () => of(responseOf('running')) });
    expect(await send(request(new AbortController().signal))).toMatchObject({ status: 200 });
  });

  test('rejects if the transport completes without an answer', async () => {
    const answer$ = new Subject<never>();
    const send = fleetTransport({ ...options, send: () => answer$ });
    const sent = send(request(new AbortController().signal)) as Promise<unknown>;
    await settle();
    answer$.complete();
    await expect(sent).rejects.toThrow('no elements');
  });

  test('sends nothing if the request is aborted when it may be sent', async () => {
    const controller = new AbortController();
    const admit = () => {
      controller.abort();
      return Promise.resolve();
    };
    const sent: string[] = [];
    const send = fleetTransport({
      ...options,
      admit,
      send: ({ taskId }) => {
        sent.push(taskId);
        return of(responseOf('running'));
      },
    });
    await expect(send(request(controller.signal))).rejects.toThrow('aborted');
    expect(sent).toEqual([]);
  });

  test('unsubscribes from the transport when the request is aborted', async () => {
    const answer$ = new Subject<never>();
    const controller = new AbortController();
    const send = fleetTransport({ ...options, send: () => answer$ });
    const sent = send(request(controller.signal)) as Promise<unknown>;
    await settle();
    expect(answer$.observed).toBe(true);
    controller.abort();
    await expect(sent).rejects.toThrow('aborted');
    expect(answer$.observed).toBe(false);
  });
});
