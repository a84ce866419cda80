import { fileURLToPath } from 'node:url';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { taskResult$, taskStatus$ } from 'rxjs-task-status';
import { expect, test } from 'vitest';
import { runProgram, startProgram } from '../support/run-program.js';

const PROGRAM = fileURLToPath(new URL('../../docs/examples/fake-server/main.ts', import.meta.url));

const FAST = { backoff: { initialDelay: 1, maxDelay: 5 }, retry: { initialDelay: 1 } };

async function post(baseUrl: string, body: string): Promise<[status: number, json: unknown]> {
  const answer = await fetch(`${baseUrl}/run-task`, { method: 'POST', body });
  return [answer.status, await answer.json()];
}

test('npm run fake-server prints what to try, and its tasks start when they are requested', async () => {
  const program = startProgram(PROGRAM, ['--port', '0', '--speed', '100']);
  const line = (pattern: RegExp) => program.line(pattern);
  try {
    const [, baseUrl = ''] = /base URL is (\S+),/.exec(await line(/base URL/)) ?? [];
    await line(/^Requests:/);
    const options = { baseUrl, apiKey: 'a-key-for-the-fake-api', ...FAST };
    const statuses = await lastValueFrom(taskStatus$('task_short', options).pipe(toArray()));
    // a slow machine may miss some of them
    expect(['created', 'running', 'finished']).toEqual(expect.arrayContaining(statuses));
    expect(statuses.at(-1)).toBe('finished');
    await line(/^GET .*\/task\/task_short\/status 200 "finished"$/);
    await line(/^ {2}task_short$/);
    await line(/^ {2}curl .*\/task\/task_short\/status$/);

    expect(await post(baseUrl, '{"task":"Read the news"}')).toEqual([200, { id: 'task_posted_1' }]);
    const posted = await firstValueFrom(taskResult$('task_posted_1', options));
    expect(posted.result).toMatchObject({ output: 'Done: Read the news' });
    expect(await post(baseUrl, '{}')).toMatchObject([422, { detail: [{ msg: 'field required' }] }]);
    expect(await post(baseUrl, '{')).toMatchObject([400, { detail: expect.any(String) as string }]);

    expect(await firstValueFrom(taskStatus$('task_long', options))).toBe('created');
    const stop = (id: string) => fetch(`${baseUrl}/stop-task?task_id=${id}`, { method: 'PUT' });
    expect((await stop('task_long')).status).toBe(200);
    expect(await firstValueFrom(taskStatus$('task_long', options))).toBe('stopped');
    expect((await stop('task_unknown')).status).toBe(404);

    const taken = await runProgram(PROGRAM, ['--port', new URL(baseUrl).port]);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toContain('EADDRINUSE');
  } finally {
    program.child.kill();
    await program.ended;
  }
});

test('npm run fake-server rejects a speed that is not a number above 0', async () => {
  const { code, stderr } = await runProgram(PROGRAM, ['--speed', 'fast']);
  expect(code).toBe(1);
  expect(stderr).toContain('--speed must be a number above 0, got NaN');
});
