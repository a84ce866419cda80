// #region recipe
import { defer, distinctUntilChanged, finalize, fromEvent, map, merge, mergeMap } from 'rxjs';
import { type Observable, of, takeUntil, takeWhile, tap, timer } from 'rxjs';
import { isTerminal, TASK_STATUSES, taskStatus$, type TaskStatus } from 'rxjs-task-status';
import type { TaskStatusOptions } from 'rxjs-task-status';

/** The statuses of an event stream. Polls while the stream is not connected. */
export function eventsOrPolls$(
  taskId: string,
  connect: () => EventTarget & Pick<EventSource, 'close'>,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  return defer(() => {
    const source = connect();
    const open$ = fromEvent(source, 'open', () => true);
    const slow$ = timer(5_000, options.scheduler).pipe(takeUntil(open$));
    // the server has ended the stream: polls report the rest of the task, or its error
    const end$ = fromEvent(source, 'end').pipe(tap(() => source.close()));
    const lost$ = merge(fromEvent(source, 'error'), slow$, end$).pipe(map(() => false));
    // `true` first: the first poll waits for the connection
    const pauseWhile = merge(of(true), open$, lost$);
    const events$ = fromEvent<MessageEvent<unknown>>(source, 'message').pipe(
      mergeMap(({ data }) => TASK_STATUSES.filter((status) => status === data)),
    );
    return merge(events$, taskStatus$(taskId, { ...options, pauseWhile })).pipe(
      distinctUntilChanged(),
      takeWhile((status) => !isTerminal(status), true),
      finalize(() => source.close()),
    );
  });
}
// #endregion

import { inMemory } from './in-memory.js';

const { options, print, requests, scheduler } = inMemory({
  task_1: [
    ['created', 0],
    ['running', 3_000],
    ['paused', 11_000],
    ['running', 13_000],
    ['finished', 20_000],
  ],
});
// in a page: () => new EventSource('/tasks/task_1/events')
const source = Object.assign(new EventTarget(), { close: () => print('event stream closed') });
const send = (at: number, type: string, data?: string) =>
  scheduler.schedule(() => {
    print(type, data ?? '', `after ${requests.length} polls`);
    source.dispatchEvent(new MessageEvent(type, { data }));
  }, at);
send(100, 'open');
send(100, 'message', 'created');
send(3_000, 'message', 'running');
send(10_000, 'error');
send(14_000, 'open');
send(14_000, 'message', 'running');
send(20_000, 'message', 'finished');
eventsOrPolls$('task_1', () => source, options).subscribe({
  next: (status) => print('status:', status),
  complete: () => print('complete'),
});
scheduler.flush();
