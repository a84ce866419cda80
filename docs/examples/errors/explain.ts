// #region recipe
import { isTaskStatusError } from 'rxjs-task-status';

/** A message for the user who waits for the task. */
export function explain(error: unknown): string {
  if (!isTaskStatusError(error)) return 'There is a bug in the program.';
  switch (error.code) {
    case 'not-found':
      return 'This task does not exist.';
    case 'invalid':
      return `The task id is invalid: ${error.issues.map(({ msg }) => msg).join(', ')}.`;
    case 'unauthorized':
      return 'Your API key does not give access to this task.';
    case 'rate-limited':
      return 'There are too many requests. Try again later.';
    case 'timeout':
      return `The task has not ended after ${error.timeout / 1_000} s. Last status: ${error.lastStatus ?? 'none'}.`;
    case 'network':
    case 'request-timeout':
    case 'http':
    case 'unexpected-response':
      return `The status could not be read (attempts: ${error.attempts}).`;
  }
}
// #endregion

import { throwError, VirtualTimeScheduler } from 'rxjs';
import { taskStatus$, type TaskStatusOptions } from 'rxjs-task-status';
import { fakeTaskApi, type FakeAnswer } from 'rxjs-task-status/testing';

const issue = { loc: ['path', 'task_id'], msg: 'value is not a valid id', type: 'value_error' };
const answers: Record<string, FakeAnswer> = {
  task_401: { status: 401, body: '{"detail": "Invalid API key"}' },
  task_404: { status: 404, body: '{"detail": "Task not found"}' },
  task_422: { status: 422, body: JSON.stringify({ detail: [issue] }) },
  task_429: { status: 429, headers: { 'Retry-After': '7' }, body: '{"detail": "Slow down"}' },
  task_502: { status: 502, body: '<h1>Bad Gateway</h1>' },
  task_html: { status: 200, body: '<h1>Please log in to the network</h1>' },
  task_word: { status: 200, body: '"archived"' },
};

for (const [taskId, answer] of Object.entries(answers)) explainEnd(taskId, [answer, 0], {});
explainEnd('task_lost', ['running', 0], {
  transport: () => throwError(() => new Error('ECONNRESET')),
});
explainEnd('task_slow', ['running', 0], {}, Infinity);
explainEnd('task_long', ['running', 0], { timeout: 60_000 });

function explainEnd(
  taskId: string,
  entry: readonly ['running' | FakeAnswer, number],
  options: TaskStatusOptions,
  latency = 0,
): void {
  const scheduler = new VirtualTimeScheduler();
  const { transport } = fakeTaskApi({ [taskId]: [entry] }, { scheduler, latency });
  taskStatus$(taskId, { transport, scheduler, retry: false, ...options }).subscribe({
    error: (error: unknown) => {
      console.log(`${String(error)}\n  ${explain(error)}`);
    },
  });
  scheduler.flush();
}
