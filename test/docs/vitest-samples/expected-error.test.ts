// #region recipe
import { firstValueFrom } from 'rxjs';
import { taskResult$, TaskUnsuccessfulError } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a failed task is an error', async () => {
  const { fetch } = fakeTaskApi({
    task_1: [
      ['running', 0],
      ['failed', 4_000],
    ],
  });
  const result = firstValueFrom(taskResult$('task_1', { fetch }));
  // before the clock advances, without await
  const done = expect(result).rejects.toThrow(TaskUnsuccessfulError);
  await vi.advanceTimersByTimeAsync(60_000);
  await done;
});
// #endregion
