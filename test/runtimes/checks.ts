import type * as Rxjs from 'rxjs';
import type * as Library from 'rxjs-task-status';
import type { StatusTransport } from 'rxjs-task-status';
import type * as NodeEntry from 'rxjs-task-status/node';
import type * as Testing from 'rxjs-task-status/testing';
import { collect, type Report } from '../http/collect.js';
import type { Part } from '../http/script.js';
import { checkRxjs9, type Rxjs9 } from './rxjs9-checks.js';
import { assertEqual, assertThat, httpSuite, type Check, type Fixture } from '../http/suite.js';

/** The modules that a program has loaded. */
export interface Modules {
  readonly rxjs: typeof Rxjs;
  readonly library: typeof Library;
  readonly testing: typeof Testing;
  /** Present if RxJS 9 is installed beside RxJS 7. */
  readonly rxjs9?: Rxjs9;
  /** Present if the runtime has `node:events`. */
  readonly node?: typeof NodeEntry;
}

/** The plain data of the fixture, which can be sent to another process. */
export type Traits = Omit<Fixture, 'library' | 'control' | 'fetch'> & {
  /** RxJS 9 is installed beside RxJS 7. */
  readonly withRxjs9?: boolean;
};

/** The results of a program. */
export interface Outcome extends Report {
  /** The name that the runtime reports. */
  readonly reportedName: string;
  readonly hasFetch: boolean;
  /** Uncaught exceptions and unhandled rejections. */
  readonly uncaught: readonly string[];
}

/** Runs the checks that the built package must pass in every runtime. */
export async function runChecks(
  modules: Modules,
  traits: Traits,
  control: Fixture['control'],
): Promise<Report> {
  const { check, run } = collect();
  httpSuite(check, { ...traits, control, library: modules.library });
  checkEntries(check, modules, traits, control);
  if (modules.rxjs9) checkRxjs9(check, modules.library, modules.rxjs9);
  return run();
}

/** Checks that need the runtime's timers, signals and globals, and checks of the other entry points. */
function checkEntries(
  check: Check,
  { rxjs, library, testing, node }: Modules,
  { origin }: Traits,
  control: Fixture['control'],
): void {
  const { taskPolls$, taskStatus$ } = library;

  check('delays follow the schedule', async () => {
    const polls = await rxjs.lastValueFrom(
      taskPolls$('task_1', {
        transport: answering('running', 'running', 'running', 'finished'),
        backoff: { initialDelay: 40, factor: 2, maxDelay: 100, jitter: 0 },
      }).pipe(rxjs.toArray()),
    );
    const delays = polls.map(({ nextDelay }) => nextDelay);
    assertEqual(delays, [40, 80, 100, undefined]);
    polls.slice(1).forEach(({ at }, before) => {
      const { at: sentAt, nextDelay = 0 } = polls[before] ?? { at: 0 };
      // by the clock a timer may fire a millisecond early
      assertThat(at - sentAt >= nextDelay - 2, `a delay of ${nextDelay} ms, not ${at - sentAt}`);
    });
  });

  check('the fake API answers by its fetch', async () => {
    const { fetch, requests } = testing.fakeTaskApi({ task_1: [['finished', 0]] });
    const statuses = await rxjs.lastValueFrom(
      taskStatus$('task_1', { fetch, apiKey: 'bu_key' }).pipe(rxjs.toArray()),
    );
    assertEqual([statuses, requests.map(({ taskId }) => taskId)], [['finished'], ['task_1']]);
  });

  check('a whole watch runs in virtual time', () => {
    const scheduler = new rxjs.VirtualTimeScheduler();
    const { transport } = testing.fakeTaskApi(
      {
        task_1: [
          ['created', 0],
          ['running', 5_000],
          ['finished', 3_600_000],
        ],
      },
      { scheduler },
    );
    const seen: unknown[] = [];
    taskStatus$('task_1', { transport, scheduler }).subscribe({
      next: (status) => seen.push(status),
      complete: () => seen.push('complete'),
    });
    scheduler.flush();
    assertEqual(seen, ['created', 'running', 'finished', 'complete']);
    return Promise.resolve();
  });

  check('a signal of the runtime ends a watch with its reason', async () => {
    const { transport } = testing.fakeTaskApi({ task_1: [['running', 0]] });
    const signal = AbortSignal.timeout(30);
    const error = await errorOf(taskStatus$('task_1', { transport, signal }));
    assertThat(error === signal.reason, `the signal's reason, not ${String(error)}`);
    assertEqual((error as Error).name, 'TimeoutError');
  });

  check('the deadline ends a watch', async () => {
    const { transport } = testing.fakeTaskApi({ task_1: [['running', 0]] });
    const error = await errorOf(taskStatus$('task_1', { transport, timeout: 50 }));
    assertThat(
      error instanceof library.TaskTimeoutError,
      `a TaskTimeoutError, not ${String(error)}`,
    );
  });

  check('an unsuccessful task is an error with a message', async () => {
    const { transport } = testing.fakeTaskApi({ task_1: [['failed', 0]] });
    const error = await errorOf(
      taskStatus$('task_1', { transport }).pipe(library.requireFinished('task_1')),
    );
    assertThat(error instanceof library.TaskUnsuccessfulError, 'a TaskUnsuccessfulError');
    assertThat(
      error instanceof Error && !library.isTaskStatusError(error),
      'an Error that is not a TaskStatusError',
    );
    assertEqual(String(error), 'TaskUnsuccessfulError: Task "task_1" ended as failed');
  });

  check('a pool keeps to maxConcurrent', async () => {
    const { path } = (await control('/scripts', [{ body: '"finished"', splitAt: 4 }])) as Part;
    const pool = library.createTaskStatusPool({ baseUrl: origin + path, maxConcurrent: 2 });
    const inFlight: number[] = [];
    const figures = pool.stats$.subscribe((stats) => inFlight.push(stats.inFlight));
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const ends = await rxjs.lastValueFrom(pool.statuses$(ids).pipe(rxjs.toArray()));
    figures.unsubscribe();
    pool.close();
    assertEqual(ends.map(({ taskId, status }) => [taskId, status]).sort(), [
      ...ids.map((id) => [id, 'finished']),
    ]);
    assertEqual(Math.max(...inFlight), 2);
  });

  check('a pool can be disposed of', () => {
    const pool = library.createTaskStatusPool({ transport: () => rxjs.NEVER });
    let completed = false;
    pool.status$('task_1').subscribe({ complete: () => (completed = true) });
    // some runtimes have no Symbol.dispose
    const { dispose } = Symbol as { dispose?: symbol };
    if (dispose === undefined) pool.close();
    else (Reflect.get(pool, dispose) as () => void)();
    assertThat(completed, 'a stream that is complete');
    return Promise.resolve();
  });

  check('whileHidden() emits false, and completes outside a page', () => {
    const events = syncEvents(library.whileHidden());
    assertEqual(events, typeof document === 'object' ? [false] : [false, 'complete']);
    return Promise.resolve();
  });

  check('whileOffline() emits false, and only a browser keeps it open', () => {
    const events = syncEvents(library.whileOffline());
    // nothing is offline here
    assertThat(
      events[0] === false && events.length <= 2,
      `"not offline", not ${JSON.stringify(events)}`,
    );
    if (typeof document === 'object') assertEqual(events, [false]);
    return Promise.resolve();
  });

  check('a structured clone of an error keeps its message', async () => {
    if (typeof structuredClone !== 'function') return;
    const { transport } = testing.fakeTaskApi({});
    const error = await errorOf(taskStatus$('task_1', { transport }));
    const clone = structuredClone(error) as Error;
    assertEqual(clone.message, 'Task "task_1" was not found (404): Task not found');
  });

  if (!node) return;

  check('an emitter emits each status and the end', async () => {
    const events: unknown[] = [];
    await new Promise<void>((resolve) => {
      node
        .taskStatusEmitter('task_1', {
          transport: answering('created', 'finished'),
          backoff: { initialDelay: 5 },
        })
        .on('status', (status) => events.push(status))
        .on('finished', () => events.push('it is finished'))
        .on('end', () => resolve());
    });
    assertEqual(events, ['created', 'finished', 'it is finished']);
  });

  check('an emitter uses the error classes of the main entry point', async () => {
    const { transport } = testing.fakeTaskApi({});
    const error = await new Promise((resolve) => {
      node.taskStatusEmitter('task_1', { transport }).on('error', resolve);
    });
    assertThat(
      error instanceof library.TaskNotFoundError,
      `a TaskNotFoundError, not ${String(error)}`,
    );
  });
}

/** Answers each request at once with the next status. */
function answering(...statuses: readonly string[]): StatusTransport {
  const bodies = statuses.map((status) => JSON.stringify(status));
  return () =>
    Promise.resolve({ status: 200, headers: { get: () => null }, body: bodies.shift() ?? '' });
}

/** Everything that an Observable emits synchronously. */
function syncEvents(source: Rxjs.Observable<unknown>): unknown[] {
  const events: unknown[] = [];
  source
    .subscribe({ next: (value) => events.push(value), complete: () => events.push('complete') })
    .unsubscribe();
  return events;
}

/** The error of an Observable. Rejects if it completes. */
function errorOf(source: Rxjs.Observable<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    source.subscribe({ error: resolve, complete: () => reject(new Error('It completed')) });
  });
}
