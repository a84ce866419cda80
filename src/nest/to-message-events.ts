import type { MessageEvent } from '@nestjs/common';
import { Observable, type OperatorFunction } from 'rxjs';
import { isTaskStatusError, type TaskPoll, type TaskStatus } from 'rxjs-task-status';

export function toMessageEvents<S extends string = TaskStatus>(): OperatorFunction<
  S | TaskPoll<S>,
  MessageEvent
> {
  return (source) =>
    new Observable((subscriber) => {
      return source.subscribe({
        next: (value) => subscriber.next({ data: value }),
        error: (error: unknown) => {
          subscriber.next({ type: 'failure', data: String(isTaskStatusError(error)) });
          subscriber.complete();
        },
        complete: () => subscriber.complete(),
      });
    });
}
