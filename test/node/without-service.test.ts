import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { firstValueFrom } from 'rxjs';
import { taskResult$, taskStatus$, TaskNotFoundError } from 'rxjs-task-status';
import { taskStatusProxy } from 'rxjs-task-status/proxy';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { expect, test } from 'vitest';
import { startProgram, type Program } from '../support/run-program.js';

const EXAMPLES = fileURLToPath(new URL('../../docs/examples', import.meta.url));

/** Runs `use` while a program of the docs runs, on a free port. */
async function whileRunning(path: string, use: (program: Program) => Promise<void>): Promise<void> {
  const program = startProgram(`${EXAMPLES}/${path}`, [], { PORT: '0' });
  try {
    await use(program);
  } finally {
    program.child.kill();
    await program.ended;
  }
}

test('the fake task API of docs/node.md answers and has a result', async () => {
  await whileRunning('by-task/fake-api.js', async (program) => {
    const settings = await program.line(/^export/);
    const [, baseUrl = '', apiKey] = /_URL=(\S+) BROWSER_USE_API_KEY=(\S+)$/.exec(settings) ?? [];
    const started = await fetch(`${baseUrl}/run-task`, { method: 'POST', body: '{"task":"…"}' });
    expect(await started.json()).toEqual({ id: 'task_1' });
    const options = { baseUrl, apiKey };
    const statuses = ['created', 'running', 'finished'];
    expect(statuses).toContain(await firstValueFrom(taskStatus$('task_1', options)));
    const task = await fetch(`${baseUrl}/task/task_1`);
    expect(await task.json()).toMatchObject({ output: 'Rome' });
    const missing = firstValueFrom(taskResult$('task_2', options));
    await expect(missing).rejects.toBeInstanceOf(TaskNotFoundError);
  });
});

test('the proxy of docs/security.md without the service answers with a status', async () => {
  await whileRunning('proxy/try-without-service.js', async (program) => {
    const url = await program.line(/^http/);
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(['created', 'running', 'finished']).toContain(await answer.json());
  });
});

test.each([
  ['k', 'Tas*** not found'],
  ['a-key-for-the-fake-api', 'Task not found'],
])('with the key %s the message of a 404 is %s', async (apiKey, message) => {
  const { fetch } = fakeTaskApi({});
  const proxy = taskStatusProxy({ basePath: '/api/v1', apiKey, fetch });
  const answer = await proxy(new Request('http://localhost/api/v1/task/task_1/status'));
  expect(await answer?.json()).toEqual({ detail: message });
});

test('no page has a sample with a short key', async () => {
  const pages = (await readdir('docs')).filter((name) => name.endsWith('.md'));
  const keys: string[] = [];
  for (const page of [...pages, 'examples/nest/README.md']) {
    const text = await readFile(`docs/${page}`, 'utf8');
    for (const [, key = ''] of text.matchAll(/(?:apiKey: '|_KEY=)([\w-]+)(?![\w.-])/g))
      keys.push(key);
  }
  expect(keys).toContain('a-key-for-the-fake-api');
  expect(keys.filter((key) => key.length < 16)).toEqual([]);
});
