import type { TaskStatus } from 'rxjs-task-status';

/** A new status of a task, or the code of the error that ended its watch. */
export type FleetUpdate<S extends string = TaskStatus> =
  | {
      /** The new status. */
      readonly status: S;
      readonly error?: never;
    }
  | {
      readonly status?: never;
      /**
       * The `code` of the error that ended the watch: `not-found`, `invalid`, or `timeout` after
       * `maxAge`.
       */
      readonly error: string;
    };

/** A change of a task, as `changes$` emits it. */
export type FleetChange<S extends string = TaskStatus> = FleetUpdate<S> & {
  /** Unique for all time: the task, the number of the owner, and the ordinal. */
  readonly key: string;
  /** The task's id. */
  readonly taskId: string;
  /** 1, 2, 3, … for each task. It starts again after the state of an ended task has expired. */
  readonly ordinal: number;
  /** When a worker read it, by the clock of Redis, ms since 1970. */
  readonly at: number;
};

/** An entry of the stream. */
export interface Entry {
  /** Its number in the stream: 1, 2, 3, … */
  readonly sequence: number;
  /** The number of the worker that owned the task. */
  readonly owner: number;
  readonly change: FleetChange<string>;
}

/** The kind and the word of an update, as they are stored. */
export function storedUpdate(update: FleetUpdate<string>): readonly [kind: string, word: string] {
  return update.error === undefined ? ['status', update.status] : ['error', update.error];
}

/** Reads an entry of the stream; `undefined` if it is not one of a worker. */
export function parseEntry(fields: readonly string[]): Entry | undefined {
  const values = new Map<string, string>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    values.set(String(fields[at]), String(fields[at + 1]));
  }
  const taskId = values.get('task');
  const owner = values.get('owner');
  const word = values.get('word');
  if (taskId === undefined || owner === undefined || word === undefined) return undefined;
  const ordinal = Number(values.get('ordinal'));
  const key = `${taskId}:${owner}:${ordinal}`;
  const update: FleetUpdate<string> =
    values.get('kind') === 'error' ? { error: word } : { status: word };
  return {
    sequence: Number(values.get('sequence')),
    owner: Number(owner),
    change: { ...update, key, taskId, ordinal, at: Number(values.get('at')) },
  };
}
