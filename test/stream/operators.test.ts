import { concat, EMPTY, NEVER, type Observable, of, Subject, take, tap, throwError } from 'rxjs';
import {
  browserUseV4,
  isTaskStatusError,
  NetworkError,
  requireFinished,
  TASK_STATUSES,
  type TaskPoll,
  TaskUnsuccessfulError,
  toStatus,
} from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';

const reason = new Error('no more');

/** What an Observable that tells all at once tells. */
function told(source: Observable<unknown>): unknown[] {
  const events: unknown[] = [];
  source.subscribe({
    next: (value) => events.push(value),
    error: (error: unknown) => events.push('error', error),
    complete: () => events.push('complete'),
  });
  return events;
}

describe('toStatus', () => {
  const facts = { taskId: 'task_1', attempt: 1, at: 0, duration: 0 };
  const error = new NetworkError({
    ...facts,
    attempts: 1,
    elapsed: 0,
    reason: '',
  });
  const polls: TaskPoll[] = [
    { ...facts, changed: true, status: 'created' },
    { ...facts, changed: false, status: 'created' },
    { ...facts, changed: false, error },
    // no watch says so, but a source of one's own may
    { ...facts, changed: true, error },
    { ...facts, changed: true, status: 'finished' },
  ];

  test('takes the changed statuses, and completes', () => {
    expect(told(of(...polls).pipe(toStatus()))).toEqual(['created', 'finished', 'complete']);
  });

  test('errors with the source', () => {
    const source = concat(
      of(...polls),
      throwError(() => reason),
    );
    expect(told(source.pipe(toStatus()))).toEqual(['created', 'finished', 'error', reason]);
  });

  test('leaves the source with its subscriber', () => {
    const polls$ = new Subject<TaskPoll>();
    const subscription = polls$.pipe(toStatus()).subscribe();
    expect(polls$.observed).toBe(true);
    subscription.unsubscribe();
    expect(polls$.observed).toBe(false);
  });
});

describe('requireFinished', () => {
  test('lets pass what is no unsuccessful end', () => {
    const statuses = ['created', 'running', 'paused', 'finished'] as const;
    expect(told(of(...statuses).pipe(requireFinished()))).toEqual([...statuses, 'complete']);
  });

  test('lets pass a completion without a status, of a task whose end was known', () => {
    expect(told(EMPTY.pipe(requireFinished()))).toEqual(['complete']);
  });

  test.each(['failed', 'stopped'] as const)('turns %s into an error', (status) => {
    const [last, error, ...rest] = told(concat(of(status), NEVER).pipe(requireFinished('a "b"')));
    expect([last, ...rest]).toEqual(['error']);
    expect(error).toBeInstanceOf(TaskUnsuccessfulError);
    expect(error).toMatchObject({
      name: 'TaskUnsuccessfulError',
      message: `Task "a \\"b\\"" ended as ${status}`,
      code: 'unsuccessful',
      taskStatus: status,
      taskId: 'a "b"',
    });
    expect(isTaskStatusError(error)).toBe(false);
  });

  test.each(['created', 'running', 'paused'] as const)(
    'turns a completion after %s into an error, at each subscription',
    (status) => {
      const source$ = of(status).pipe(requireFinished('task_1'));
      for (const events of [told(source$), told(source$)]) {
        expect(events).toEqual([status, 'error', expect.any(TaskUnsuccessfulError)]);
        expect(events[2]).toMatchObject({ taskStatus: status, taskId: 'task_1' });
      }
    },
  );

  test('turns a completion after a status of another API into an error', () => {
    const source$ = of('queued', 'dispatching').pipe(
      requireFinished<string>('run_1', browserUseV4),
    );
    expect(told(source$).slice(0, 3)).toEqual(['queued', 'dispatching', 'error']);
  });

  test('does without an id', () => {
    const [, error] = told(of('failed' as const).pipe(requireFinished()));
    expect(error).toMatchObject({ message: 'Task ended as failed', taskStatus: 'failed' });
    expect(error).not.toHaveProperty('taskId');
  });

  test('errors with the source', () => {
    const source = throwError(() => reason).pipe(requireFinished());
    expect(told(source)).toEqual(['error', reason]);
  });

  test('leaves the source with its subscriber, and after an error', () => {
    const statuses$ = new Subject<(typeof TASK_STATUSES)[number]>();
    const subscription = statuses$.pipe(requireFinished()).subscribe();
    expect(statuses$.observed).toBe(true);
    subscription.unsubscribe();
    expect(statuses$.observed).toBe(false);
    statuses$.pipe(requireFinished()).subscribe({ error: () => undefined });
    statuses$.next('failed');
    expect(statuses$.observed).toBe(false);
  });

  test('stops a synchronous source with its subscriber', () => {
    const seen: string[] = [];
    of('created' as const, 'running' as const)
      .pipe(
        tap((status) => seen.push(status)),
        requireFinished(),
        take(1),
      )
      .subscribe();
    expect(seen).toEqual(['created']);
  });

  test.each([
    ['completed', true],
    ['failed', false],
    ['cancelled', false],
    ['running', true],
    // a word of another API's
    ['stopped', true],
  ])('%s, in the words of another API, passes: %s', (status, passes) => {
    const events = told(of(status).pipe(requireFinished<string>('run_1', browserUseV4)));
    expect(events[0]).toBe(passes ? status : 'error');
  });
});
