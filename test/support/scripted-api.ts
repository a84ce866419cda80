import type { TaskStatus } from 'rxjs-task-status';
import {
  fakeTaskApi,
  type FakeAnswer,
  type FakeTaskApi,
  type FakeTaskApiOptions,
  type FakeTimeline,
} from 'rxjs-task-status/testing';

type Answer = TaskStatus | FakeAnswer;

/** A task API whose answers depend on the number of requests and not on time. */
export interface ScriptedApi extends FakeTaskApi {
  /** The answers of each task, one for each request, then always the last one. Can be replaced. */
  readonly scripts: Record<string, readonly Answer[]>;
}

/** `POST /run-task` starts `task_1`, `task_2`, …, which answer by their scripts. */
export function scriptedApi(
  scripts: Record<string, readonly Answer[]>,
  options?: FakeTaskApiOptions,
): ScriptedApi {
  const tasks: Record<string, FakeTimeline> = {};
  const api = fakeTaskApi(tasks, options);
  const requestCounts = new Map<readonly Answer[], number>();
  let started = 0;
  const takeTurn = (taskId: string) => {
    const script = scripts[taskId] ?? [];
    const count = requestCounts.get(script) ?? 0;
    requestCounts.set(script, count + 1);
    const answer = script[Math.min(count, script.length - 1)];
    if (answer !== undefined) tasks[taskId] = [[answer, 0]];
  };
  return {
    ...api,
    scripts,
    transport: (request) => {
      takeTurn(request.taskId);
      return api.transport(request);
    },
    fetch: (url, init) => {
      if (url.endsWith('/run-task')) {
        started += 1;
        const body = JSON.stringify({ id: `task_${started}` });
        const headers = { get: () => null };
        return Promise.resolve({ status: 200, headers, text: () => Promise.resolve(body) });
      }
      takeTurn(/([^/]+)\/status$/.exec(url)?.[1] ?? '');
      return api.fetch(url, init);
    },
  };
}
