import { firstValueFrom, from, NEVER, of, Subject, throwError, toArray, concat } from 'rxjs';
import type { MessageEvent } from '@nestjs/common';
import {
  browserUseV1,
  browserUseV2,
  createTaskStatusPool,
  TaskNotFoundError,
  taskPolls$,
  type StatusResponse,
  type TaskStatus,
} from 'rxjs-task-status';
import { toMessageEvents } from 'rxjs-task-status/nest';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect, test } from 'vitest';

const missing = new TaskNotFoundError({
  taskId: 'task_1',
  attempts: 1,
  elapsed: 10,
  status: 404,
  detail: 'gone',
});

const FAILURE = JSON.stringify({ code: 'not-found', message: missing.message });

function parse(event: MessageEvent | undefined): unknown {
  expect(event?.data).toBeTypeOf('string');
  return JSON.parse(event?.data as string);
}

describe('toMessageEvents', () => {
  test('maps statuses to messages with the status as data and id, and ends with end', async () => {
    const events$ = of<TaskStatus[]>('created', 'finished').pipe(toMessageEvents(), toArray());
    expect(await firstValueFrom(events$)).toEqual([
      { id: 'created', data: 'created' },
      { id: 'finished', data: 'finished' },
      { id: 'finished', type: 'end', data: 'finished' },
    ]);
  });

  test('maps polls to JSON with the latest status as id', async () => {
    const answers: StatusResponse[] = [
      { status: 503, headers: {}, body: '' },
      { status: 200, headers: {}, body: '"finished"' },
    ];
    const polls$ = taskPolls$('task_1', {
      transport: () => from(answers.splice(0, 1)),
      retry: { initialDelay: 0 },
    });
    const events$ = polls$.pipe(toMessageEvents({ api: browserUseV1 }), toArray());
    const [failed, finished, end] = await firstValueFrom(events$);
    expect(failed).not.toHaveProperty('id');
    expect(parse(failed)).toMatchObject({ attempt: 1, error: { code: 'http' } });
    expect(finished).toMatchObject({ id: 'finished' });
    expect(parse(finished)).toMatchObject({ attempt: 2, status: 'finished' });
    expect(end).toEqual({ id: 'finished', type: 'end', data: 'finished' });
  });

  test('maps an error to failure and end, and completes', async () => {
    const source$ = concat(
      of('running' as const),
      throwError(() => missing),
    );
    const events$ = source$.pipe(toMessageEvents({ api: browserUseV1 }), toArray());
    expect(await firstValueFrom(events$)).toEqual([
      { id: 'running', data: 'running' },
      { id: 'running', type: 'failure', data: FAILURE },
      { id: 'running', type: 'end', data: 'running' },
    ]);
  });

  test('gives no id before the first status, and data that Nest 10 does not drop', async () => {
    const events$ = throwError(() => missing).pipe(toMessageEvents(), toArray());
    expect(await firstValueFrom(events$)).toEqual([
      { type: 'failure', data: FAILURE },
      { type: 'end', data: 'end' },
    ]);
  });

  test.each([
    ['ends without the API', {}, ['running'], true],
    ['ends at a terminal status', { api: browserUseV1 }, ['running', 'failed'], true],
    ['does not end without a status', { api: browserUseV1 }, [], false],
    ['ends if a knownStatus was the end', { api: browserUseV1, knownStatus: 'finished' }, [], true],
    ['does not end before', { api: browserUseV1 }, ['created', 'running'], false],
    ['knows the words of the API', { api: browserUseV2 }, ['unsuccessful'], true],
  ])('has the event end: %s', async (_, options, statuses, ends) => {
    const events$ = from(statuses).pipe(toMessageEvents(options), toArray());
    const events = await firstValueFrom(events$);
    expect(events.some(({ type }) => type === 'end')).toBe(ends);
  });

  test('does not end when the pool is closed, so that the page connects again', () => {
    const pool = createTaskStatusPool({ transport: () => NEVER });
    const { transport } = fakeTaskApi({ task_1: [['running', 0]] });
    const seen: MessageEvent[] = [];
    let completed = false;
    pool
      .status$('task_1', { transport })
      .pipe(toMessageEvents({ api: browserUseV1 }))
      .subscribe({ next: (event) => seen.push(event), complete: () => (completed = true) });
    pool.close();
    expect(seen).toEqual([{ id: 'running', data: 'running' }]);
    expect(completed).toBe(true);
  });

  test('gives each subscriber separate messages, because Nest writes an id into them', () => {
    const status$ = new Subject<TaskStatus>();
    const events$ = status$.pipe(toMessageEvents());
    const seen: MessageEvent[] = [];
    events$.subscribe((event) => seen.push(event));
    const second = events$.subscribe((event) => seen.push(event));
    status$.next('created');
    expect(seen).toHaveLength(2);
    expect(seen[0]).not.toBe(seen[1]);
    second.unsubscribe();
    status$.next('running');
    expect(seen.at(-1)).toEqual({ id: 'running', data: 'running' });
    expect(seen).toHaveLength(3);
  });
});
