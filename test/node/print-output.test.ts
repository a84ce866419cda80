import { readFile } from 'node:fs/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { browserUseV1, browserUseV4, type TaskApi } from 'rxjs-task-status';
import { fakeTaskApi, type FakeAnswer, type FakeTimeline } from 'rxjs-task-status/testing';
import { describe, expect, test, vi } from 'vitest';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { runProgram, startProgram } from '../support/run-program.js';

const PATIENCE = 300_000;

const PROGRAMS = [
  {
    file: 'docs/examples/node/print-output.ts',
    api: browserUseV1,
    body: (status: string): unknown => status,
    words: { running: 'running', success: 'finished', failure: 'failed' },
    result: { id: 'task_1', output: 'Rome', steps: [] },
    start: 'POST /run-task',
    status: 'GET /task/task_1/status',
    read: 'GET /task/task_1',
    stop: 'PUT /stop-task?task_id=task_1',
    message: { stopped: 'stopped', notStopped: 'The task was not stopped: 500' },
  },
  {
    file: 'docs/examples/node/print-output-v4.ts',
    api: browserUseV4,
    body: (status: string): unknown => ({ status }),
    words: { running: 'running', success: 'completed', failure: 'failed' },
    result: { id: 'task_1', status: 'completed', result: 'Rome', error: null },
    start: 'POST /runs',
    status: 'GET /runs/task_1/status',
    read: 'GET /runs/task_1',
    stop: 'POST /runs/task_1/cancel',
    message: { stopped: 'cancelled', notStopped: 'The run was not cancelled: 500' },
  },
];

interface Sent {
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

type Answers = Record<string, (() => Promise<FakeAnswer>) | FakeAnswer>;

/** A fake API on a port that also answers the requests in `answers`, and the log of all requests. */
async function startServer(
  { api, result }: { readonly api: TaskApi<string>; readonly result: unknown },
  timeline: FakeTimeline<string>,
  answers: Answers,
) {
  // the clock ticks once with each request
  const scheduler = new VirtualTimeScheduler();
  const latency = () => {
    scheduler.frame += 1;
    return 0;
  };
  const results = { task_1: result };
  const fake = fakeTaskApi<string>({ task_1: timeline }, { api, scheduler, latency, results });
  const sent: Sent[] = [];
  const server = await serveTaskApi({
    ...fake,
    fetch: async (url, init = {}) => {
      const { method = 'GET', headers = {}, body } = init;
      const line = `${method} ${url.replace(/^http:\/\/[^/]+/, '')}`;
      sent.push({ line, headers, body });
      const answer = answers[line];
      if (!answer) return fake.fetch(url, init);
      const { status, body: text = '{}' } = typeof answer === 'function' ? await answer() : answer;
      return { status, headers: { get: () => null }, text: () => Promise.resolve(text) };
    },
  });
  return {
    env: { BROWSER_USE_BASE_URL: server.baseUrl, BROWSER_USE_API_KEY: 'bu_key' },
    sent,
    lines: () => sent.map(({ line }) => line),
    close: () => server.close(),
  };
}

const STARTED: FakeAnswer = { status: 200, body: '{"id":"task_1"}' };

describe.concurrent.each(PROGRAMS)('$file', { timeout: PATIENCE }, (program) => {
  const { file, api, words, start, status, read, stop, message } = program;
  const inFiveMinutes: FakeAnswer = {
    status: 200,
    headers: { 'retry-after': '300' },
    body: JSON.stringify(program.body(words.running)),
  };

  test('has less than 25 lines', async () => {
    const text = await readFile(file, 'utf8');
    expect(text.split('\n').filter((line) => !/^\/\/ #|^$/.test(line)).length).toBeLessThan(25);
  });

  test('starts a task, waits, and prints its output', async () => {
    const timeline = [
      [words.running, 0],
      [words.success, 2],
    ] as const;
    const server = await startServer(program, timeline, { [start]: STARTED });
    const { code, lines, stderr } = await runProgram(file, ['Find a city'], server.env);
    await server.close();
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: ['Rome'], stderr: '' });
    expect(server.lines()).toEqual([start, status, status, read]);
    expect(server.sent[0]?.body).toBe('{"task":"Find a city"}');
    const [name, value] = api.authorization('bu_key');
    for (const { headers } of server.sent) {
      expect(headers).toHaveProperty([name.toLowerCase()], value);
    }
  });

  test('says why there is no output', async () => {
    const server = await startServer(program, [[words.failure, 0]], { [start]: STARTED });
    const { code, lines, stderr } = await runProgram(file, [], server.env);
    await server.close();
    expect({ code, lines }).toEqual({ code: 1, lines: [] });
    expect(stderr).toContain('TaskUnsuccessfulError: Task "task_1" ended as failed');
    expect(server.lines()).toEqual([start, status]);
  });

  test('says that the task was not started', async () => {
    const server = await startServer(program, [], { [start]: { status: 401 } });
    const { code, stderr } = await runProgram(file, [], server.env);
    await server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/The (task|run) was not started: 401/);
    expect(server.lines()).toEqual([start]);
  });

  test.each([
    [200, message.stopped],
    [500, message.notStopped],
  ])('stops the task on Ctrl-C; the answer to that is %i', async (code, line) => {
    const answers = { [start]: STARTED, [stop]: { status: code } };
    const server = await startServer(program, [[inFiveMinutes, 0]], answers);
    const { child, ended } = startProgram(file, [], server.env);
    await vi.waitFor(() => expect(server.lines()).toContain(status), { timeout: PATIENCE });
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: 130, lines: [], stderr: `${line}\n` });
    await server.close();
    expect(server.lines()).toEqual([start, status, stop]);
  });

  test('stops the task after Ctrl-C while it is being started', async () => {
    let interrupt: () => void = () => undefined;
    const answers = {
      [start]: () => {
        interrupt();
        return Promise.resolve(STARTED);
      },
      [stop]: { status: 200 },
    };
    const server = await startServer(program, [[inFiveMinutes, 0]], answers);
    const { child, ended } = startProgram(file, [], server.env);
    interrupt = () => child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130, stderr: `${message.stopped}\n` });
    await server.close();
    expect(server.lines()[0]).toBe(start);
    expect(server.lines().at(-1)).toBe(stop);
  });
});
