import { HttpException, type MessageEvent } from '@nestjs/common';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EMPTY, NEVER, type Observable } from 'rxjs';
import {
  browserUseV1,
  createTaskStatusPool,
  type StatusTransport,
  type TaskStatusPool,
} from 'rxjs-task-status';
import { toMessageEvents } from 'rxjs-task-status/nest';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

interface Controller {
  find(id: string, response: { status(code: number): unknown }): Observable<unknown>;
}

interface Events {
  follow(id: string): Observable<unknown>;
}

let folder: string;
let TasksController: new (pool: TaskStatusPool) => Controller;
let EventsController: new (pool: TaskStatusPool) => Events;
beforeAll(async () => {
  // inside of the repository, so that the imports are found
  await mkdir('reports', { recursive: true });
  folder = resolve(await mkdtemp('reports/nest-page-'));
  const config = { extends: resolve('tsconfig.json'), include: ['*.ts'], exclude: [] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  TasksController = await classOf('Wait for a result', 'TasksController');
  EventsController = await classOf('Server-sent events', 'EventsController');
});

/** A class of the first sample of a section. */
async function classOf<T>(section: string, name: string): Promise<T> {
  const page = await readFile('docs/nest.md', 'utf8');
  const [, text = ''] = page.split(`\n## ${section}\n`);
  const [, code = ''] = /^```ts\n([^]*?)^```$/m.exec(text) ?? [];
  const file = join(folder, `${name}.ts`);
  await writeFile(file, code);
  const module = (await import(pathToFileURL(file).href)) as Record<string, T>;
  return module[name]!;
}
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const fake =
  (timeline: FakeTimeline): (() => StatusTransport) =>
  () =>
    fakeTaskApi({ task_1: timeline }, { results: { task_1: { output: 'Rome' } } }).transport;

/** What a request for a task answers within its limit. */
async function answerOf(transport: StatusTransport): Promise<unknown> {
  const pool = createTaskStatusPool({ transport });
  let code = 200;
  let answer: unknown = 'none';
  const response = { status: (status: number) => (code = status) };
  const request = new TasksController(pool).find('task_1', response).subscribe({
    next: (body) => (answer = [code, body]),
    error: (error: unknown) =>
      (answer = error instanceof HttpException ? [error.getStatus(), error.message] : error),
  });
  await vi.advanceTimersByTimeAsync(30_000);
  request.unsubscribe();
  pool.close();
  return answer;
}

const DOWN = { status: 503 };

test.each<[name: string, transport: () => StatusTransport, answer: [number, unknown]]>([
  [
    'the result of a task that ends in time',
    fake([
      ['running', 0],
      ['finished', 5_000],
    ]),
    [200, expect.objectContaining({ status: 'finished', result: { output: 'Rome', steps: [] } })],
  ],
  [
    '202 with the status of a task that is still running',
    fake([['running', 0]]),
    [202, { taskId: 'task_1', status: 'running' }],
  ],
  [
    '202 with the last status if the task API is down since then',
    fake([
      ['created', 0],
      [DOWN, 500],
    ]),
    [202, { taskId: 'task_1', status: 'created' }],
  ],
  [
    '504 if the task API is down',
    fake([[DOWN, 0]]),
    [504, 'The task API has not answered in time'],
  ],
  [
    '504 if the task API never answers',
    () => () => NEVER,
    [504, 'The task API has not answered in time'],
  ],
])('the handler of "Wait for a result" answers %s', async (_, transport, answer) => {
  expect(await answerOf(transport())).toEqual(answer);
});

test('the handler of "Wait for a result" leaves no request when it has answered', async () => {
  const pool = createTaskStatusPool({ transport: () => NEVER });
  const controller = new TasksController(pool);
  controller.find('task_1', { status: () => EMPTY }).subscribe({ error: () => undefined });
  expect(pool.stats().inFlight).toBe(1);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(pool.stats()).toMatchObject({ watching: 0, inFlight: 0 });
});

test('while the task API answers 503, event streams have retries with polls$ only', async () => {
  const transport = fakeTaskApi({ task_1: [[DOWN, 0]] }).transport;
  const pool = createTaskStatusPool({ transport });
  const statuses: unknown[] = [];
  const polls: MessageEvent[] = [];
  new EventsController(pool).follow('task_1').subscribe((event) => statuses.push(event));
  pool
    .polls$('task_1')
    .pipe(toMessageEvents({ api: browserUseV1 }))
    .subscribe((event) => polls.push(event));
  await vi.advanceTimersByTimeAsync(30_000);
  pool.close();
  expect(statuses).toEqual([]);
  expect(polls.length).toBeGreaterThan(2);
  expect(JSON.parse(polls[0]?.data as string)).toMatchObject({
    taskId: 'task_1',
    attempt: 1,
    error: { code: 'http', message: expect.stringContaining('503') as string },
  });
});

test('the test of an application runs as it is printed, with the controller of the page', async () => {
  vi.useRealTimers();
  await writeFile(
    join(folder, 'app.module.ts'),
    `import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { TaskStatusModule } from 'rxjs-task-status/nest';
import { TasksController } from './TasksController.js';

@Module({ imports: [TaskStatusModule.forRoot({})], controllers: [TasksController] })
export class AppModule {}
`,
  );
  const page = await readFile('docs/nest.md', 'utf8');
  const [, text = ''] = page.split('\n## Tests\n');
  const [, code = ''] = /^```ts\n([^]*?)^```$/m.exec(text) ?? [];
  const file = join(folder, 'application.ts');
  await writeFile(file, `import { AppModule } from './app.module.js';\n${code}`);
  const log = vi.spyOn(console, 'log').mockReturnValue();
  await import(pathToFileURL(file).href);
  expect(log.mock.calls).toEqual([[200]]);
  log.mockRestore();
});
