import { existsSync } from 'node:fs';
import { browserUseV2, browserUseV3, browserUseV4, type TaskStatus } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { flicker, KEY, onceIn5Minutes, until, useCommand } from './command.js';

const { start, startShell, service, run } = useCommand();

const lines = (output: string) => output.split('\n').filter((line) => line !== '');

describe.concurrent('the exit code', () => {
  test.each([
    ['finished', 0],
    ['failed', 1],
    ['stopped', 2],
  ] as const)('of a task that ended as %s is %i', async (status, code) => {
    expect(await run({ task_1: [[status, 0]] }, 'task_1')).toMatchObject({ code, stderr: '' });
  });

  test('of an error is 3, with one line on stderr that names the fix', async () => {
    const { code, stderr } = await run({}, 'task_1');
    expect(code).toBe(3);
    expect(stderr).toBe('rxjs-task-status: Task "task_1" was not found (404): Task not found\n');
  });

  test('of several tasks is the highest', async () => {
    const ended = await run(
      { a: [['stopped', 0]], b: [['failed', 0]], c: [['finished', 0]] },
      ...['a', 'b', 'c'],
    );
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain('3 tasks in ');
  });

  test.each([
    ['completed', 0],
    ['failed', 1],
    ['cancelled', 2],
  ] as const)('of a v4 run that is %s is %i', async (status, code) => {
    const { url, api } = await service({ run_1: [[status, 0]] }, { api: browserUseV4 });
    const ended = await start(['--api', 'v4', '--base-url', url, 'run_1']).ended;
    expect(ended).toMatchObject({ code, stderr: '' });
    expect(api.requests).toMatchObject([{ url: `${url}/runs/run_1/status` }]);
  });
});

describe.concurrent('on Ctrl-C', () => {
  test('it ends with 130 and the summary, between two polls', async () => {
    const { url, api } = await service<TaskStatus>({ task_1: [[onceIn5Minutes('running'), 0]] });
    const { process, ended } = start(['--base-url', url, 'task_1']);
    process.stdout?.once('data', () => process.kill('SIGINT'));
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('1 not ended');
    expect(api.requests).toHaveLength(1);
  });

  test('it ends with 130 while a request is in flight', async () => {
    const { url, api } = await service({ task_1: [['running', 0]] }, { latency: Infinity });
    const { process, ended } = start(['--base-url', url, 'task_1']);
    await until(() => api.requests.length > 0);
    process.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130, stderr: '' });
  });
});

describe.concurrent('the output', () => {
  test('with --json is a line for each change, and nothing else', async () => {
    const { code, stdout, stderr } = await run(
      {
        task_1: [
          ['created', 1],
          ['running', 2],
          ['running', 3],
          ['finished', 4],
        ],
      },
      ...['--json', 'task_1'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines(stdout).map((line) => JSON.parse(line) as unknown)).toEqual([
      { taskId: 'task_1', status: 'created', attempt: 1, at: expect.any(Number) as number },
      { taskId: 'task_1', status: 'running', attempt: 2, at: expect.any(Number) as number },
      { taskId: 'task_1', status: 'finished', attempt: 4, at: expect.any(Number) as number },
    ]);
  });

  test('with --json and an error is one line on stdout and one on stderr', async () => {
    const { code, stdout, stderr } = await run<TaskStatus>(
      {
        a: [
          [{ status: 500, body: '{"detail": "Oops"}' }, 0],
          ['finished', 3],
        ],
      },
      ...['--json', 'a', 'b'],
    );
    expect(code).toBe(3);
    const failures = lines(stdout).map((line) => JSON.parse(line) as { taskId: string });
    expect(failures.filter(({ taskId }) => taskId === 'a')).toEqual([
      expect.objectContaining({
        error: { code: 'http', message: expect.stringContaining('Oops') as string, status: 500 },
        attempt: 1,
        nextDelay: expect.any(Number) as number,
      }),
      expect.objectContaining({ status: 'finished', attempt: 2 }),
    ]);
    expect(failures.filter(({ taskId }) => taskId === 'b')).toEqual([
      {
        taskId: 'b',
        error: { code: 'not-found', message: expect.any(String) as string, status: 404 },
        attempt: 1,
        at: expect.any(Number) as number,
      },
    ]);
    expect(lines(stderr)).toHaveLength(1);
  });

  test('without a terminal is a line for each change and failure, then the summary', async () => {
    const { code, stdout, api } = await run<TaskStatus>(
      {
        task_1: [
          ['running', 1],
          [{ status: 503, body: '{"detail": "Service unavailable"}' }, 2],
          ['running', 3],
          ['finished', 4],
        ],
      },
      'task_1',
    );
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual([
      expect.stringMatching(/^task_1 +running +1 poll +[\d.]+ s +next poll in [\d.]+ s$/),
      expect.stringMatching(
        /^task_1 +running +2 polls +[\d.]+ s +503, next retry in [\d.]+ s: Service unavailable$/,
      ),
      expect.stringMatching(/^task_1 +finished +4 polls +[\d.]+ s$/),
      expect.stringMatching(/^1 task in [\d.]+ s: 1 finished$/),
      expect.stringMatching(
        /^4 requests made; a poll every 2 s would have made \d+ in the same time$/,
      ),
    ]);
    expect(api.requests).toHaveLength(4);
  });

  test('never contains the key, even if the server echoes it', async () => {
    const { code, stderr, api } = await run(
      {
        task_1: [[{ status: 401, body: `{"detail": "Bearer ${KEY} is\\nno \\u001b[31mkey"}` }, 0]],
      },
      'task_1',
    );
    expect(api.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}` });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^rxjs-task-status: .*\(401\).*: Bearer \*\*\* is no key\n$/);
  });

  test('stops when the reader has closed the pipe', async () => {
    // it changes with each poll, so there is always something to write
    const { url } = await service({ task_1: flicker(1_000) });
    const { process, ended } = start(['--base-url', url, 'task_1']);
    process.stdout?.once('data', () => process.stdout?.destroy());
    expect(await ended).toMatchObject({ code: 3, stderr: '' });
  });

  test('ends after the first line if the reader is head', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `task_${n}`);
    const { url } = await service(Object.fromEntries(ids.map((id) => [id, [['failed', 0]]])));
    const { stdout, stderr } = await startShell(
      `$COMMAND --base-url ${url} ${ids.join(' ')} | head -1`,
    ).ended;
    expect({ lines: lines(stdout).length, stderr }).toEqual({ lines: 1, stderr: '' });
  });

  const devices = ['/dev/null', '/dev/full'].filter((device) => existsSync(device));
  test.each(['&-', ...devices])('is complete if stderr is %s', async (device) => {
    const { url } = await service({ a: [['finished', 0]] });
    const { code, stdout } = await startShell(`$COMMAND --base-url ${url} b a 2>${device}`).ended;
    expect(code).toBe(3);
    expect(stdout).toContain('2 tasks in ');
  });
});

describe.concurrent('the options', () => {
  test('--require-finished names a task that did not finish', async () => {
    const { code, stderr } = await run(
      { a: [['finished', 0]], b: [['failed', 0]] },
      ...['--require-finished', 'a', 'b'],
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'rxjs-task-status: Task "b" ended as failed\n',
    });
  });

  test('--timeout ends the run', async () => {
    const { code, stderr } = await run({ task_1: [['running', 0]] }, '--timeout', '50', 'task_1');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^rxjs-task-status: Task "task_1" did not end within 50 ms.*\n$/);
  });

  test('--once polls once, and exits with 4 if the task has not ended', async () => {
    const { code, stdout, api } = await run<TaskStatus>(
      { a: [['finished', 0]], b: [['paused', 0]] },
      '--once',
      'a',
      'b',
    );
    expect(code).toBe(4);
    expect(lines(stdout)).toHaveLength(4);
    expect(stdout).not.toContain('next poll');
    expect(api.requests).toHaveLength(2);
  });

  test('--result prints the result of a task, and only it, to a pipe', async () => {
    const result = { id: 'task_1', output: 'x'.repeat(300_000), live_url: null, steps: [{}, {}] };
    const { url, api } = await service(
      {
        task_1: [
          ['running', 1],
          ['finished', 2],
        ],
      },
      { results: { task_1: result } },
    );
    const line = `$COMMAND --base-url ${url} --result task_1 | cat`;
    const { stdout, stderr } = await startShell(line).ended;
    expect(JSON.parse(stdout)).toEqual(result);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^task_1 +running /),
      expect.stringMatching(/^task_1 +finished /),
      expect.stringMatching(/^1 task in /),
      expect.stringMatching(/^3 requests made; /),
    ]);
    expect(api.requests.at(-1)).toMatchObject({
      url: `${url}/task/task_1`,
      headers: { authorization: `Bearer ${KEY}` },
    });
  });

  test('--result prints nothing for a task that ended without success', async () => {
    const { code, stdout } = await run({ task_1: [['failed', 0]] }, '--result', 'task_1');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('--api v3 polls a session, and has its result in the last answer', async () => {
    const { url, api } = await service(
      {
        session_1: [
          ['idle', 1],
          ['succeeded', 2],
        ],
      },
      {
        api: browserUseV3,
        body: (status) =>
          status === 'succeeded'
            ? { status: 'idle', isTaskSuccessful: true, output: { city: 'Rome' } }
            : { status },
      },
    );
    const args = ['--api', 'v3', '--base-url', url, '--json', '--result', 'session_1'];
    const { code, stdout } = await start(args).ended;
    expect(code).toBe(0);
    expect(lines(stdout).map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { taskId: 'session_1', status: 'idle' },
      { taskId: 'session_1', status: 'succeeded' },
      { taskId: 'session_1', result: { output: { city: 'Rome' }, isTaskSuccessful: true } },
    ]);
    expect(api.requests).toMatchObject([
      { url: `${url}/sessions/session_1`, headers: { 'x-browser-use-api-key': KEY } },
      { url: `${url}/sessions/session_1` },
    ]);
  });

  test('--api v2 uses the path, header and body of the second API', async () => {
    const { url, api } = await service({ task_1: [['finished', 0]] }, { api: browserUseV2 });
    const { code } = await start(['--api', 'v2', '--base-url', url, 'task_1']).ended;
    expect(code).toBe(0);
    expect(api.requests).toMatchObject([
      { url: `${url}/tasks/task_1/status`, headers: { 'x-browser-use-api-key': KEY } },
    ]);
  });

  test('--base-url overrides BROWSER_USE_BASE_URL', async () => {
    const { url } = await service({ task_1: [['finished', 0]] });
    const env = { BROWSER_USE_BASE_URL: 'http://127.0.0.1:1' };
    expect((await start(['--base-url', url, 'task_1'], env).ended).code).toBe(0);
  });

  test('BROWSER_USE_BASE_URL is the default of --base-url', async () => {
    const { url } = await service({ task_1: [['finished', 0]] });
    expect((await start(['task_1'], { BROWSER_USE_BASE_URL: url }).ended).code).toBe(0);
  });

  test('without a key the error names the variable', async () => {
    const { url, api } = await service({ task_1: [[{ status: 401 }, 0]] });
    const { stderr } = await start(['--base-url', url, 'task_1'], { BROWSER_USE_API_KEY: '' })
      .ended;
    expect(stderr).toContain('BROWSER_USE_API_KEY is not set');
    expect(api.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('the same id twice is one watch', async () => {
    const { api } = await run({ task_1: [['finished', 0]] }, 'task_1', 'task_1');
    expect(api.requests).toHaveLength(1);
  });

  test('--help and --version print their text and send no request', async () => {
    expect(await start(['--help']).ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('BROWSER_USE_API_KEY') as string,
    });
    expect(await start(['--version']).ended).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test.each([
    ['no task', []],
    ['an unknown option', ['--interval', '1', 'task_1']],
    ['a key in an argument', [`--api-key=${KEY}`, 'task_1']],
    ['a timeout that is no number', ['--timeout', 'soon', 'task_1']],
    ['a timeout without a value', ['--timeout', '--json', 'task_1']],
    ['a timeout beyond the range', ['--timeout', '9999999999', 'task_1']],
    ['an API that there is not', ['--api', 'v0', 'task_1']],
    ['a base URL that is none', ['--base-url', 'localhost', 'task_1']],
    ['an id that cannot be', ['task_1', '..']],
  ])('%s is refused in one line, before any request', async (_, args) => {
    const { code, stdout, stderr } = await start(args, {
      BROWSER_USE_BASE_URL: 'http://127.0.0.1:1',
    }).ended;
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^rxjs-task-status: .+\n$/);
    expect(stderr).not.toContain('The request for');
  });
});
