import { asyncScheduler } from 'rxjs';
import type { TaskStatus } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';

/** The timeline of a task that `POST /run-task` has started. */
const STARTED: FakeTimeline = [
  ['created', 0],
  ['running', 2_000],
  ['finished', 12_000],
];

/** The settings of {@link startableTasks}. */
export interface StartableTasksOptions {
  /** The results of the tasks that have timelines. */
  readonly results: Readonly<Record<string, unknown>>;
  /** How many times faster than their timelines the tasks are. */
  readonly speed: number;
  /** Gets a line for each answer. */
  readonly log: (line: string) => void;
}

/**
 * A fake API whose tasks start when they are first requested, not when the server starts.
 *
 * `POST …/run-task` starts another task and answers with its id. `PUT …/stop-task?task_id=…` stops a task.
 */
export function startableTasks(
  timelines: Readonly<Record<string, FakeTimeline>>,
  { results, speed, log }: StartableTasksOptions,
): Pick<FakeTaskApi, 'fetch'> {
  if (!(speed > 0)) throw new RangeError(`--speed must be a number above 0, got ${speed}`);
  const tasks: Record<string, FakeTimeline> = {};
  const allResults: Record<string, unknown> = { ...results };
  const fake = fakeTaskApi(tasks, { results: allResults });
  const createdAt = asyncScheduler.now();
  let posted = 0;

  const start = (taskId: string, timeline: FakeTimeline) => {
    const now = asyncScheduler.now() - createdAt;
    tasks[taskId] = timeline.map(([answer, at]) => [answer, now + at / speed]);
  };

  const post = (body = '{}'): Answer => {
    const { task } = JSON.parse(body) as { task?: unknown };
    if (typeof task !== 'string') return NO_TASK;
    posted += 1;
    const id = `task_posted_${posted}`;
    start(id, STARTED);
    allResults[id] = { id, task, output: `Done: ${task}`, steps: [] };
    return { status: 200, json: { id } };
  };

  const stop = (taskId: string): Answer => {
    if (!tasks[taskId]) return { status: 404, json: { detail: 'Task not found' } };
    start(taskId, [['stopped' satisfies TaskStatus, 0]]);
    return { status: 200, json: {} };
  };

  const answer: FakeTaskApi['fetch'] = (url, init = {}) => {
    const { pathname, searchParams } = new URL(url);
    if (init.method === 'POST' && pathname.endsWith('/run-task')) return respond(post(init.body));
    if (init.method === 'PUT' && pathname.endsWith('/stop-task')) {
      return respond(stop(searchParams.get('task_id') ?? ''));
    }
    const [, taskId = ''] = /\/task\/([^/]+)/.exec(pathname) ?? [];
    const timeline = timelines[taskId];
    if (timeline && !tasks[taskId]) start(taskId, timeline);
    return fake.fetch(url, init);
  };

  return {
    fetch: async (url, init) => {
      const response = await answer(url, init);
      const body = await response.text();
      log(`${init?.method ?? 'GET'} ${url} ${response.status} ${body}`);
      return { ...response, text: () => Promise.resolve(body) };
    },
  };
}

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** In FastAPI's words. */
const NO_TASK: Answer = {
  status: 422,
  json: { detail: [{ loc: ['body', 'task'], msg: 'field required', type: 'value_error.missing' }] },
};

function respond({ status, json }: Answer): ReturnType<FakeTaskApi['fetch']> {
  return Promise.resolve({
    status,
    headers: new Headers({ 'content-type': 'application/json' }),
    text: () => Promise.resolve(JSON.stringify(json)),
  });
}
