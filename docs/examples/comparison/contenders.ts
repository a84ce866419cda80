import { catchError, defer, EMPTY, map, merge, Observable } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';

import * as library from './library.js';
import * as pollOperator from './poll-operator.js';
import { waitForTask } from './promise-loop.js';
import * as repeat from './repeat.js';
import type { Settings } from './settings.js';

export interface Contender {
  /** The heading of its column. */
  readonly name: string;
  /** The file with its code. */
  readonly file: string;
  /** The function that a program calls. */
  readonly entry: string;
  /** The statuses of one task. */
  readonly status$: (taskId: string, settings: Settings) => Observable<string>;
  /** The statuses of many tasks. The failure of one does not end the others. */
  readonly statuses$: (
    taskIds: readonly string[],
    settings: Settings,
    limit: number,
  ) => Observable<string | undefined>;
}

export const LIBRARY: Contender = {
  name: 'this library',
  file: 'library.ts',
  entry: 'status$',
  // an invalid option throws at the call: here it is the error of the stream
  status$: (taskId, settings) => defer(() => library.status$(taskId, settings)),
  statuses$: (taskIds, settings, maxConcurrent) => {
    const pool = createTaskStatusPool({ ...library.toOptions(settings), maxConcurrent });
    return pool.statuses$(taskIds).pipe(map(({ status }) => status));
  },
};

export const OTHERS: readonly Contender[] = [
  {
    name: '`repeat`',
    file: 'repeat.ts',
    entry: 'status$',
    status$: repeat.status$,
    statuses$: all(repeat.status$),
  },
  {
    name: 'poll operator',
    file: 'poll-operator.ts',
    entry: 'status$',
    status$: pollOperator.status$,
    statuses$: all(pollOperator.status$),
  },
  {
    name: 'promise loop',
    file: 'promise-loop.ts',
    entry: 'waitForTask',
    status$: fromLoop,
    statuses$: all(fromLoop),
  },
];

/** One watch for each task, all at once, as in a table in which each row watches its task. */
function all(status$: Contender['status$']): Contender['statuses$'] {
  return (taskIds, settings) =>
    merge(...taskIds.map((taskId) => status$(taskId, settings).pipe(catchError(() => EMPTY))));
}

function fromLoop(taskId: string, settings: Settings): Observable<string> {
  return new Observable((subscriber) => {
    const stop = new AbortController();
    waitForTask(taskId, settings, (status) => subscriber.next(status), stop.signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => stop.abort();
  });
}
