import {
  browserUseV2,
  browserUseV3,
  browserUseV4,
  createTaskStatusPool,
  taskPolls$,
  type TaskPoll,
} from 'rxjs-task-status';
import { learnedDelay } from 'rxjs-task-status/learned';
import type { Observable } from 'rxjs';
import { expect, expectTypeOf, test } from 'vitest';

test('a learned schedule fits the statuses of every task API, and keeps the type of polls', () => {
  const learned = learnedDelay();
  const backoff = { delay: learned.delay, maxDelay: 60_000 };

  const v1 = taskPolls$('task_1', { backoff });
  const learnedV1 = v1.pipe(learned.learn());
  expectTypeOf(learnedV1).toEqualTypeOf<Observable<TaskPoll>>();

  const v2 = taskPolls$('task_1', { api: browserUseV2, backoff });
  const learnedV2 = v2.pipe(learned.learn());
  expectTypeOf(learnedV2).toEqualTypeOf(v2.pipe());
  const v3 = taskPolls$('task_1', { api: browserUseV3, backoff }).pipe(learned.learn());
  expectTypeOf(v3).toExtend<Observable<TaskPoll<(typeof browserUseV3.statuses)[number]>>>();
  const v4 = taskPolls$('task_1', { api: browserUseV4, backoff }).pipe(learned.learn());
  expectTypeOf(v4).toExtend<Observable<TaskPoll<(typeof browserUseV4.statuses)[number]>>>();

  const pool = createTaskStatusPool({ api: browserUseV2, backoff });
  const polls = pool.allPolls$.pipe(learned.learn());
  expectTypeOf(polls).toEqualTypeOf(pool.allPolls$.pipe());
  expect(pool.stats().watching).toBe(0);
  pool.close();
});
