// Leaves on SIGTERM, and goes on after a restart where it was: the last statuses are kept in a file.
// node --import tsx docs/examples/node/resume.ts <file> <task-id...>
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { from, lastValueFrom, map, mergeMap } from 'rxjs';
import { isTerminal, TASK_STATUSES, taskStatus$, type TaskStatus } from 'rxjs-task-status';
import { options } from './run-task.js';

const [, , file = 'statuses.json', ...taskIds] = process.argv;
const known = read();

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

try {
  await lastValueFrom(
    from(taskIds.filter((taskId) => !isTerminal(known.get(taskId) ?? ''))).pipe(
      mergeMap((taskId) =>
        taskStatus$(taskId, {
          ...options,
          knownStatus: known.get(taskId),
          signal: stop.signal,
        }).pipe(map((status) => ({ taskId, status }))),
      ),
      map(({ taskId, status }) => {
        // acts first, saves then: a crash in between repeats the act, and loses none
        console.log(taskId, status);
        known.set(taskId, status);
        save();
      }),
    ),
    { defaultValue: undefined },
  );
  console.log('all have ended');
} catch (error) {
  if (!stop.signal.aborted) throw error;
  console.log('stopped, to be resumed');
}

function read(): Map<string, TaskStatus> {
  if (!existsSync(file)) return new Map();
  const saved: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return new Map(
    Object.entries(saved ?? {}).flatMap(([taskId, word]) => {
      const status = TASK_STATUSES.find((status) => status === word);
      return status ? [[taskId, status] as const] : [];
    }),
  );
}

/** Never half a file: a rename happens at once or not at all. */
function save(): void {
  writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(known)));
  renameSync(`${file}.new`, file);
}
