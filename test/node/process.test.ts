import { fileURLToPath } from 'node:url';
import type { TaskStatus } from 'rxjs-task-status';
import type { FakeAnswer } from 'rxjs-task-status/testing';
import { describe, expect, test } from 'vitest';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { runProgram } from '../support/run-program.js';
import { scriptedApi } from '../support/scripted-api.js';

const WATCH = fileURLToPath(new URL('programs/watch.ts', import.meta.url));

/** Starts a process that watches a task over HTTP. */
async function watchIn(answers: readonly (TaskStatus | FakeAnswer)[], ...acts: string[]) {
  const server = await serveTaskApi(scriptedApi({ task_1: answers }));
  const run = await runProgram(WATCH, [server.baseUrl, ...acts]);
  await server.close();
  return run;
}

describe.concurrent('a process', { timeout: 300_000 }, () => {
  test('runs as long as the watch, then exits', async () => {
    const { code, lines } = await watchIn(['running', 'running', 'finished']);
    expect(lines).toEqual(['running', 'finished', 'the finished event', 'end', 'exit']);
    expect(code).toBe(0);
  });

  test('exits after close()', async () => {
    const { code, lines } = await watchIn(['running'], 'close');
    expect(lines).toEqual(['running', 'exit']);
    expect(code).toBe(0);
  });

  test('crashes with an error that has no listener', async () => {
    const { code, lines, stderr } = await watchIn([]);
    expect(code).toBe(1);
    expect(lines).toEqual(['end', 'exit']);
    expect(stderr).toContain('TaskNotFoundError: Task "task_1" was not found (404)');
    expect(stderr).toContain("code: 'not-found'");
    expect(stderr).not.toContain('ERR_UNHANDLED_ERROR');
  });

  test('crashes also if RxJS has a hook for unhandled errors', async () => {
    const { code, lines, stderr } = await watchIn([], 'hook');
    expect(code).toBe(1);
    expect(lines).toEqual(['end', 'exit']);
    expect(stderr).toContain('TaskNotFoundError');
  });

  test('does not crash if there is a listener', async () => {
    const { code, lines } = await watchIn([], 'listen');
    expect(code).toBe(0);
    expect(lines).toEqual([expect.stringMatching(/^TaskNotFoundError: /), 'end', 'exit']);
  });

  test('crashes with an exception in a listener', async () => {
    const { code, stderr } = await watchIn(['running'], 'throw');
    expect(code).toBe(1);
    expect(stderr).toContain('Error: thrown at running');
  });

  test('that survives an exception in a listener misses no event', async () => {
    const { code, lines } = await watchIn(['finished'], 'throw', 'catch');
    expect(code).toBe(0);
    expect(lines).toEqual([
      'finished',
      'the finished event',
      'end',
      'uncaught: thrown at finished',
      'exit',
    ]);
  });
});
