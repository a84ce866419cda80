import type * as Rxjs from 'rxjs';
import type * as Library from 'rxjs-task-status';
import type { StatusTransport } from 'rxjs-task-status';
import type * as NodeEntry from 'rxjs-task-status/node';
import type * as Testing from 'rxjs-task-status/testing';
import { collect, type Report } from '../http/collect.js';
import type { Part } from '../http/script.js';
import { assertEqual, assertThat, httpSuite, type Check, type Fixture } from '../http/suite.js';

/** What the program has loaded of the packages that are installed. */
export interface Modules {
  readonly rxjs: typeof Rxjs;
  readonly library: typeof Library;
  readonly testing: typeof Testing;
  /** Where the runtime has `node:events`. */
  readonly node?: typeof NodeEntry;
}

/** What is plain data of the fixture, and so can be handed to another process. */
export type Traits = Omit<Fixture, 'library' | 'control' | 'fetch'>;

/** What a program tells when all is over. */
export interface Outcome extends Report {
  /** What the runtime calls itself. */
  readonly itself: string;
  readonly hasFetch: boolean;
  /** What was thrown, or rejected, and nobody caught. */
  readonly uncaught: readonly string[];
}

/** The checks that the built package passes in every runtime. */
export async function runChecks(
  modules: Modules,
  traits: Traits,
  control: Fixture['control'],
): Promise<Report> {
  const { check, run } = collect();
  httpSuite(check, { ...traits, control, library: modules.library });
  checkEntries(check, modules, traits, control);
  return run();
}

/** What needs the runtime's timers, signals and globals, and the other entries. */
function checkEntries(
  check: Check,
  { rxjs, library, testing, node }: Modules,
  { origin }: Traits,
  control: Fixture['control'],
): void {
  const { taskPolls$, taskStatus$ } = library;

  check('waits are those of the schedule', async () => {
    const polls = await rxjs.lastValueFrom(
      taskPolls$('task_1', {
        transport: saying('running', 'running', 'running', 'finished'),
        backoff: { initialDelay: 40, factor: 2, maxDelay: 100, jitter: 0 },
      }).pipe(rxjs.toArray()),
    );
    const delays = polls.map(({ nextDelay }) => nextDelay);
    assertEqual(delays, [40, 80, 100, undefined]);
    polls.slice(1).forEach(({ at }, before) => {
      const { at: left, nextDelay = 0 } = polls[before] ?? { at: 0 };
      // a timer may be a millisecond early by the clock
      assertThat(at - left >= nextDelay - 2, `a wait of ${nextDelay} ms, not ${at - left}`);
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

  check('a signal of the runtime ends a watch by its own reason', async () => {
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

  check('an unsuccessful task rejects, and its error can be told and written', async () => {
    const { transport } = testing.fakeTaskApi({ task_1: [['failed', 0]] });
    const error = await errorOf(
      taskStatus$('task_1', { transport }).pipe(library.requireFinished('task_1')),
    );
    assertThat(error instanceof library.TaskUnsuccessfulError, 'a TaskUnsuccessfulError');
    assertThat(error instanceof Error && !library.isTaskStatusError(error), 'an Error of its own');
    assertEqual(String(error), 'TaskUnsuccessfulError: Task "task_1" ended as failed');
  });

  check('a pool asks no more at once than it may', async () => {
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
    // not every runtime has the symbol
    const { dispose } = Symbol as { dispose?: symbol };
    if (dispose === undefined) pool.close();
    else (Reflect.get(pool, dispose) as () => void)();
    assertThat(completed, 'a stream that is complete');
    return Promise.resolve();
  });

  check('whether the page is hidden is told in a page, and elsewhere it is not', () => {
    const told = tell(library.whileHidden());
    assertEqual(told, typeof document === 'object' ? [false] : [false, 'complete']);
    return Promise.resolve();
  });

  check('whether the browser is offline is told in a browser, and elsewhere it is not', () => {
    const told = tell(library.whileOffline());
    // nothing here has a reason to be offline
    assertThat(told[0] === false && told.length <= 2, `"not offline", not ${JSON.stringify(told)}`);
    if (typeof document === 'object') assertEqual(told, [false]);
    return Promise.resolve();
  });

  check('a clone of an error keeps what an error is', async () => {
    if (typeof structuredClone !== 'function') return;
    const { transport } = testing.fakeTaskApi({});
    const error = await errorOf(taskStatus$('task_1', { transport }));
    const clone = structuredClone(error) as Error;
    assertEqual(clone.message, 'Task "task_1" was not found (404): Task not found');
  });

  if (!node) return;

  check('an emitter tells each status, and the end', async () => {
    const told: unknown[] = [];
    await new Promise<void>((resolve) => {
      node
        .taskStatusEmitter('task_1', {
          transport: saying('created', 'finished'),
          backoff: { initialDelay: 5 },
        })
        .on('status', (status) => told.push(status))
        .on('finished', () => told.push('it is finished'))
        .on('end', resolve);
    });
    assertEqual(told, ['created', 'finished', 'it is finished']);
  });

  check('an emitter has the classes of the main entry', async () => {
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

/** Answers each request at once, whatever time has passed. */
function saying(...statuses: readonly string[]): StatusTransport {
  const left = statuses.map((status) => JSON.stringify(status));
  return () =>
    Promise.resolve({ status: 200, headers: { get: () => null }, body: left.shift() ?? '' });
}

/** Everything that comes of an Observable at once. */
function tell(source: Rxjs.Observable<unknown>): unknown[] {
  const told: unknown[] = [];
  source
    .subscribe({ next: (value) => told.push(value), complete: () => told.push('complete') })
    .unsubscribe();
  return told;
}

/** What an Observable ends with, unless it completes. */
function errorOf(source: Rxjs.Observable<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    source.subscribe({ error: resolve, complete: () => reject(new Error('It completed')) });
  });
}
