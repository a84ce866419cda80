import {
  browserUseV1,
  HttpStatusError,
  NetworkError,
  type TaskPoll,
  type TaskStatusError,
} from 'rxjs-task-status';
import { TaskProgress } from '../../src/cli/task-progress.js';

/** The clock at the start of every test. */
export const NOW = 100_000;

const FACTS = { taskId: 'task_1', attempts: 1, elapsed: 0 };

export const unavailable = new HttpStatusError({
  ...FACTS,
  status: 503,
  detail: 'Service unavailable',
});
export const lost = new NetworkError({ ...FACTS, reason: 'connection lost' });

interface PollFacts {
  readonly attempt?: number;
  readonly at?: number;
  readonly duration?: number;
  readonly nextDelay?: number;
  readonly changed?: boolean;
}

export function pollOf(
  answer: { readonly status: string } | { readonly error: TaskStatusError },
  facts: PollFacts = {},
): TaskPoll<string> {
  const changed = 'status' in answer;
  return { taskId: 'task_1', attempt: 1, at: NOW, duration: 0, changed, ...facts, ...answer };
}

/** A task that was started at `NOW`, sent a request for each poll, and has seen these polls. */
export function taskOf(taskId: string, ...polls: readonly TaskPoll<string>[]): TaskProgress {
  const task = new TaskProgress(taskId, browserUseV1, NOW);
  for (const poll of polls) {
    task.requests = poll.attempt;
    task.onPoll({ ...poll, taskId });
  }
  return task;
}

/** A stream that records what is written to it, in the size of a terminal. */
export function fakeStream(columns = 80, rows = 24) {
  const written: string[] = [];
  const stream = {
    isTTY: true,
    columns,
    rows,
    writableNeedDrain: false,
    write: (text: string) => {
      written.push(text);
      return true;
    },
  };
  return { stream, stdout: stream as unknown as NodeJS.WriteStream, written };
}
