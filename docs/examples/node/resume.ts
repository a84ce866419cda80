// Stops on SIGTERM, and continues after a restart: the last statuses are stored in a file.
// node --import tsx docs/examples/node/resume.ts <file> <task-id...>
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { from, lastValueFrom, map, mergeMap } from 'rxjs';
import { isTerminal, TASK_STATUSES, taskStatus$, type TaskStatus } from 'rxjs-task-status';
import { options } from './run-task.js';

const [, , file = 'statuses.json', ...taskIds] = process.argv;
const lastStatuses = read();

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

try {
  await lastValueFrom(
    from(taskIds.filter((taskId) => !isTerminal(lastStatuses.get(taskId) ?? ''))).pipe(
      mergeMap((taskId) =>
        taskStatus$(taskId, {
          ...options,
          knownStatus: lastStatuses.get(taskId),
          signal: stop.signal,
        }).pipe(map((status) => ({ taskId, status }))),
      ),
      map(({ taskId, status }) => {
        // acts before it saves: a crash in between repeats an action, and loses none
        console.log(taskId, status);
        lastStatuses.set(taskId, status);
        save();
      }),
    ),
    { defaultValue: undefined },
  );
  console.log('all tasks have ended');
} catch (error) {
  if (!stop.signal.aborted) throw error;
  console.log('stopped; run it again to continue');
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

/** A rename is atomic, so a crash never leaves half a file. */
function save(): void {
  writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(lastStatuses)));
  renameSync(`${file}.new`, file);
}
