import { createRequire } from 'node:module';
import { firstValueFrom, materialize, toArray, VirtualTimeScheduler } from 'rxjs';
import * as main from 'rxjs-task-status';
import { taskStatusEmitter } from 'rxjs-task-status/node';
import { fakeTaskApi } from 'rxjs-task-status/testing';

// A user's program with the installed package. The tests check its output.
const [, , otherFolder = ''] = process.argv;

function watchInVirtualTime(): unknown {
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi(
    {
      task_1: [
        ['created', 0],
        ['running', 2_000],
        ['finished', 60_000],
      ],
    },
    { scheduler },
  );
  const seen: unknown[] = [];
  main.taskStatus$('task_1', { transport, scheduler }).subscribe({
    next: (status) => seen.push(status),
    complete: () => seen.push('complete'),
  });
  scheduler.flush();
  return { seen, fewRequests: requests.length < 20 };
}

/** The error for a task that does not exist, from each entry point that emits errors. */
async function errorsOfEveryEntry(): Promise<[entry: string, error: unknown][]> {
  const { transport, fetch } = fakeTaskApi({});
  const errorOf = async (options: main.TaskStatusOptions): Promise<unknown> => {
    const [end] = await firstValueFrom(
      main.taskStatus$('task_1', options).pipe(materialize(), toArray()),
    );
    return end?.kind === 'E' ? end.error : end;
  };
  const fromEmitter = new Promise<unknown>((resolve) => {
    taskStatusEmitter('task_1', { transport }).on('error', resolve);
  });
  return [
    ['main', await errorOf({ transport })],
    ['testing', await errorOf({ fetch })],
    ['node', await fromEmitter],
  ];
}

function isOfEveryClass(error: unknown): boolean {
  return (
    error instanceof main.TaskNotFoundError &&
    error instanceof main.HttpStatusError &&
    error instanceof main.TaskStatusError &&
    error instanceof Error
  );
}

/** A second copy of the package, from another folder. */
function loadAgain(folder: string): typeof main {
  return createRequire(`${folder}/package.json`)('rxjs-task-status') as typeof main;
}

async function describe(): Promise<unknown> {
  const errors = await errorsOfEveryEntry();
  const other = loadAgain(otherFolder);
  return {
    names: Object.keys(main)
      .filter((name) => name !== 'default')
      .sort(),
    watch: watchInVirtualTime(),
    classes: errors.map(([entry, error]) => [entry, isOfEveryClass(error)]),
    knownToAnotherCopy: errors.map(([entry, error]) => [
      entry,
      error instanceof other.TaskStatusError,
      other.isTaskStatusError(error),
    ]),
    unsuccessful: new main.TaskUnsuccessfulError('failed', 'task_1').message,
  };
}

void describe().then((description) => console.log(JSON.stringify(description)));
