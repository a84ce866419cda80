import type { TaskStatus } from 'rxjs-task-status';
import {
  fakeTaskApi,
  type FakeAnswer,
  type FakeTaskApi,
  type FakeTimeline,
} from 'rxjs-task-status/testing';

type Answer = TaskStatus | FakeAnswer;

/** For programs of their own speed: a task API that goes by requests and not by time. */
export interface ScriptedApi extends FakeTaskApi {
  /** What each task answers, request by request, the last for ever; may be exchanged. */
  readonly scripts: Record<string, readonly Answer[]>;
}

/** `POST /run-task` starts `task_1`, `task_2`, …, which answer as their scripts say. */
export function scriptedApi(scripts: Record<string, readonly Answer[]>): ScriptedApi {
  const tasks: Record<string, FakeTimeline> = {};
  const api = fakeTaskApi(tasks);
  const asked = new Map<readonly Answer[], number>();
  let started = 0;
  return {
    ...api,
    scripts,
    fetch: (url, init) => {
      if (url === '/run-task') {
        started += 1;
        const body = JSON.stringify({ id: `task_${started}` });
        const headers = { get: () => null };
        return Promise.resolve({ status: 200, headers, text: () => Promise.resolve(body) });
      }
      const taskId = /([^/]+)\/status$/.exec(url)?.[1] ?? '';
      const script = scripts[taskId] ?? [];
      const count = asked.get(script) ?? 0;
      asked.set(script, count + 1);
      const answer = script[Math.min(count, script.length - 1)];
      if (answer !== undefined) tasks[taskId] = [[answer, 0]];
      return api.fetch(url, init);
    },
  };
}
