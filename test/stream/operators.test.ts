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

/** The notifications of a synchronous Observable. */
function notificationsOf(source: Observable<unknown>): unknown[] {
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
    // no watch emits this, but another source may
    { ...facts, changed: true, error },
    { ...facts, changed: true, status: 'finished' },
  ];

  test('emits the changed statuses, and completes', () => {
    expect(notificationsOf(of(...polls).pipe(toStatus()))).toEqual([
      'created',
      'finished',
      'complete',
    ]);
  });

  test('errors with the source', () => {
    const source = concat(
      of(...polls),
      throwError(() => reason),
    );
    expect(notificationsOf(source.pipe(toStatus()))).toEqual([
      'created',
      'finished',
      'error',
      reason,
    ]);
  });

  test('unsubscribes from the source with its subscriber', () => {
    const polls$ = new Subject<TaskPoll>();
    const subscription = polls$.pipe(toStatus()).subscribe();
    expect(polls$.observed).toBe(true);
    subscription.unsubscribe();
    expect(polls$.observed).toBe(false);
  });
});

describe('requireFinished', () => {
  test('passes every status that is not an unsuccessful end', () => {
    const statuses = ['created', 'running', 'paused', 'finished'] as const;
    expect(notificationsOf(of(...statuses).pipe(requireFinished()))).toEqual([
      ...statuses,
      'complete',
    ]);
  });

  test('passes a completion without a status, of a task whose end was known', () => {
    expect(notificationsOf(EMPTY.pipe(requireFinished()))).toEqual(['complete']);
  });

  test.each(['failed', 'stopped'] as const)('turns %s into an error', (status) => {
    const [last, error, ...rest] = notificationsOf(
      concat(of(status), NEVER).pipe(requireFinished('a "b"')),
    );
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
      for (const events of [notificationsOf(source$), notificationsOf(source$)]) {
        expect(events).toEqual([status, 'error', expect.any(TaskUnsuccessfulError)]);
        expect(events[2]).toMatchObject({ taskStatus: status, taskId: 'task_1' });
      }
    },
  );

  test('turns a completion after a status of another API into an error', () => {
    const source$ = of('queued', 'dispatching').pipe(
      requireFinished<string>('run_1', browserUseV4),
    );
    expect(notificationsOf(source$).slice(0, 3)).toEqual(['queued', 'dispatching', 'error']);
  });

  test('works without an id', () => {
    const [, error] = notificationsOf(of('failed' as const).pipe(requireFinished()));
    expect(error).toMatchObject({ message: 'Task ended as failed', taskStatus: 'failed' });
    expect(error).not.toHaveProperty('taskId');
  });

  test('errors with the source', () => {
    const source = throwError(() => reason).pipe(requireFinished());
    expect(notificationsOf(source)).toEqual(['error', reason]);
  });

  test('unsubscribes from the source with its subscriber and after an error', () => {
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
  ])('%s is judged by the statuses of its API: passes %s', (status, passes) => {
    const events = notificationsOf(of(status).pipe(requireFinished<string>('run_1', browserUseV4)));
    expect(events[0]).toBe(passes ? status : 'error');
  });
});
