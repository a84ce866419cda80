import { concat, NEVER, of, type Observable } from 'rxjs';
import type { TaskPoll } from 'rxjs-task-status';
import { learnedDelay } from 'rxjs-task-status/learned';
import { describe, expect, test } from 'vitest';

const SECOND = 1_000;

/** The polls of a task that is running until `ended`, seconds. */
function polls(taskId: string, ended: number): TaskPoll<string>[] {
  const facts = { taskId, duration: 0 };
  const running = { ...facts, status: 'running', nextDelay: 10 * SECOND };
  return [
    { ...running, attempt: 1, at: 0, changed: true },
    { ...running, attempt: 2, at: (ended - 1) * SECOND, changed: false },
    { ...facts, attempt: 3, at: ended * SECOND, changed: true, status: 'finished' },
  ];
}

describe('the key of a task', () => {
  test('is asked for once in a status, so that it may change or be forgotten meanwhile', () => {
    const kinds = new Map([['task_1', 'short']]);
    let calls = 0;
    const learned = learnedDelay({
      key: (taskId) => {
        calls++;
        const kind = kinds.get(taskId);
        if (kind === undefined) throw new Error('forgotten');
        return kind;
      },
    });
    const [first, second, last] = polls('task_1', 60);
    const source: Observable<TaskPoll<string>> = of(first!, second!, last!);
    const errors: unknown[] = [];
    source.pipe(learned.learn()).subscribe({
      next: () => kinds.clear(),
      error: (error: unknown) => errors.push(error),
    });
    expect(errors).toEqual([]);
    expect(calls).toBe(1);
    expect(learned.toJSON().keys['short']?.['running']?.[1]).not.toBe('');
  });

  test('is not needed to end a watch, so every task is counted when the polls end', () => {
    const kinds = new Map([1, 2, 3].map((n) => [`task_${n}`, `kind ${n}`]));
    const learned = learnedDelay({ key: (taskId) => kinds.get(taskId)! });
    const running = [...kinds.keys()].map((taskId) => polls(taskId, 60)[0]!);
    const subscription = concat(of(...running), NEVER)
      .pipe(learned.learn())
      .subscribe();
    kinds.clear();
    expect(() => subscription.unsubscribe()).not.toThrow();
    for (const n of [1, 2, 3]) {
      expect(learned.toJSON().keys[`kind ${n}`]?.['running']?.[2]).not.toBe('');
    }
  });
});
