import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FakeAnswer } from 'rxjs-task-status/testing';
import type { TaskStatus } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { runProgram, startProgram } from '../support/run-program.js';
import { statusUpdate, vendorWebhook } from '../support/sign-webhook.js';
import { scriptedApi, type ScriptedApi } from '../support/scripted-api.js';
import { readEventStream } from './event-stream.js';

const recipe = (name: string) =>
  fileURLToPath(new URL(`../../docs/examples/node/${name}.ts`, import.meta.url));

const THREE: readonly TaskStatus[] = ['created', 'running', 'finished'];
const UNAVAILABLE: FakeAnswer = { status: 503, body: '<h1>Service Unavailable</h1>' };

/** Serves a scripted API while `use` runs. `env` contains its URL for a recipe. */
async function withServer<T>(
  scripts: ScriptedApi['scripts'],
  use: (env: NodeJS.ProcessEnv, api: ScriptedApi) => Promise<T>,
): Promise<T> {
  const api = scriptedApi(scripts);
  const server = await serveTaskApi(api);
  try {
    return await use({ BROWSER_USE_BASE_URL: server.baseUrl, BROWSER_USE_API_KEY: 'key' }, api);
  } finally {
    await server.close();
  }
}

/** Runs a recipe to its end. */
function run(name: string, scripts: ScriptedApi['scripts'], args: readonly string[]) {
  return withServer(scripts, (env) => runProgram(recipe(name), args, env));
}

describe.concurrent('a recipe', { timeout: 300_000 }, () => {
  test('start-and-wait starts a task and acts on its end', async () => {
    const { code, lines } = await run('start-and-wait', { task_1: THREE }, ['Read the news']);
    expect(lines).toEqual([
      'task_1 created',
      'task_1 running',
      'task_1 finished',
      'done: Read the news',
    ]);
    expect(code).toBe(0);
  });

  test('start-and-wait fails if the task fails', async () => {
    const { code, lines, stderr } = await run('start-and-wait', { task_1: ['failed'] }, []);
    expect(lines).toEqual(['task_1 failed']);
    expect(stderr).toBe('TaskUnsuccessfulError: Task "task_1" ended as failed\n');
    expect(code).toBe(1);
  });

  test('workflow runs each step after the steps that it needs', async () => {
    const scripts = { task_1: THREE, task_2: THREE, task_3: THREE, task_4: THREE };
    const { code, lines } = await run('workflow', scripts, []);
    const at = (line: string | RegExp) => lines.findIndex((other) => other.match(line));
    expect(lines).toHaveLength(9);
    expect(lines[0]).toBe('sign in: started as task_1');
    expect(lines[1]).toBe('sign in: finished');
    expect(at(/^report: started/)).toBeGreaterThan(at('orders: finished'));
    expect(at(/^report: started/)).toBeGreaterThan(at('invoices: finished'));
    expect(lines.at(-1)).toBe('The workflow is done.');
    expect(code).toBe(0);
  });

  test('workflow ends with the first step that fails', async () => {
    // the order of the two starts varies; either one may be the step that fails
    const scripts = { task_1: THREE, task_2: ['failed'], task_3: ['running'] } as const;
    const { code, lines, stderr } = await run('workflow', scripts, []);
    expect(stderr).toMatch(/^(orders|invoices): the task failed\n$/);
    expect(lines.at(-1)).not.toBe('The workflow is done.');
    expect(code).toBe(1);
  });

  test('wait-for-many waits for all tasks, also if one fails', async () => {
    const scripts = {
      task_1: THREE,
      task_2: ['failed'],
      task_4: ['running', UNAVAILABLE, 'finished'],
      task_5: ['stopped'],
    } as const;
    const ids = ['task_1', 'task_2', 'task_3', 'task_4', 'task_5'];
    const { code, lines } = await run('wait-for-many', scripts, ids);
    expect([...lines].sort()).toEqual([
      'task_1 finished',
      'task_2 failed',
      'task_3 not-found',
      'task_4 finished',
      'task_5 stopped',
    ]);
    expect(code).toBe(1);
  });

  test('resume stops on SIGTERM and continues from the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'resume-'));
    const file = join(folder, 'statuses.json');
    const scripts = { task_1: ['created', 'running'], task_2: ['finished'] } as const;
    await withServer(scripts, async (env, api) => {
      const args = [file, 'task_1', 'task_2'];
      const first = startProgram(recipe('resume'), args, env);
      await Promise.all([first.line(/^task_1 running$/), first.line(/^task_2 finished$/)]);
      first.child.kill('SIGTERM');
      expect(await first.ended).toMatchObject({ code: 0 });
      expect((await first.ended).lines.at(-1)).toBe('stopped; run it again to continue');
      expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
        task_1: 'running',
        task_2: 'finished',
      });

      api.scripts['task_1'] = ['running', 'finished'];
      const requestCount = api.requests.length;
      const second = await runProgram(recipe('resume'), args, env);
      expect(second).toMatchObject({ code: 0, lines: ['task_1 finished', 'all tasks have ended'] });
      expect(api.requests.slice(requestCount).map(({ taskId }) => taskId)).toEqual([
        'task_1',
        'task_1',
      ]);
    });
    await rm(folder, { recursive: true });
  });

  test('server-sent-events sends the statuses of a task, and stops on SIGTERM', async () => {
    await withServer({ task_1: THREE, task_2: ['running'] }, async (env) => {
      const program = startProgram(recipe('server-sent-events'), [], env);
      const { port } = JSON.parse((await program.line(/^listening/)).slice('listening'.length)) as {
        port: number;
      };
      const origin = `http://127.0.0.1:${port}`;
      expect(await (await fetch(origin)).text()).toContain('new EventSource');
      expect((await fetch(`${origin}/other`)).status).toBe(404);
      const response = await fetch(`${origin}/tasks/task_1/events`);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      const { events, retry } = readEventStream(await response.text());
      expect(events.map(({ type, data }) => `${type} ${data}`)).toEqual([
        ...THREE.map((status) => `message ${status}`),
        'end finished',
      ]);
      expect(retry).toBe(1_000);

      const open = await fetch(`${origin}/tasks/task_2/events`);
      program.child.kill('SIGTERM');
      await expect(open.text()).rejects.toThrow();
      expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    });
  });

  describe('webhook', () => {
    const SECRET = 'whsec_1234567890';
    const TEST = { type: 'test', payload: { test: 'ok' } };
    const webhook = (status: string, taskId = 'task_1') =>
      vendorWebhook(SECRET, statusUpdate(taskId, status));

    /** Starts the recipe. `send` returns the HTTP status of its answer. */
    async function startEndpoint(env: NodeJS.ProcessEnv) {
      const secret = { BROWSER_USE_WEBHOOK_SECRET: SECRET };
      const program = startProgram(recipe('webhook'), ['task_1'], { ...env, ...secret });
      const line = await program.line(/^listening/);
      const { port } = JSON.parse(line.slice('listening'.length)) as { port: number };
      const send = async (request: RequestInit, path = '/webhook') => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, request);
        return response.status;
      };
      return { program, send };
    }

    test('polls when a webhook for the task arrives', async () => {
      await withServer({ task_1: THREE }, async (env, api) => {
        const { program, send } = await startEndpoint(env);
        await program.line(/^task_1 created$/);
        expect(await send(webhook('finished', 'task_2'))).toBe(204);
        expect(api.requests).toHaveLength(1);
        expect(await send(webhook('started'))).toBe(204);
        await program.line(/^task_1 running$/);
        // the poll two seconds later finds the end
        const { lines, code } = await program.ended;
        expect(lines.slice(1)).toEqual([
          'task_1 created',
          'webhook task_2 finished',
          'webhook task_1 started',
          'task_1 running',
          'task_1 finished',
        ]);
        expect(code).toBe(0);
        expect(api.requests).toHaveLength(3);
      });
    });

    test('polls once more if the status endpoint is behind', async () => {
      const script = ['running', 'running', 'finished'] as const;
      await withServer({ task_1: script }, async (env, api) => {
        const { program, send } = await startEndpoint(env);
        await program.line(/^task_1 running$/);
        expect(await send(webhook('finished'))).toBe(204);
        expect((await program.ended).code).toBe(0);
        expect(api.requests).toHaveLength(3);
      });
    });

    test('never takes the status from a webhook, in the words of no version', async () => {
      await withServer({ task_1: ['running'] }, async (env, api) => {
        const { program, send } = await startEndpoint(env);
        await program.line(/^task_1 running$/);
        const version1 = ['initializing', 'started', 'paused', 'stopped', 'finished'];
        for (const status of [...version1, 'running', 'idle', 'stopped']) {
          const request = webhook(status);
          // the second time as a replay
          expect([await send(request), await send(request)]).toEqual([204, 204]);
          await program.line(new RegExp(`^webhook task_1 ${status}$`));
        }
        api.scripts['task_1'] = ['failed'];
        const { lines } = await program.ended;
        expect(lines.filter((line) => line.startsWith('task_1'))).toEqual([
          'task_1 running',
          'task_1 failed',
        ]);
      });
    });

    test('answers 204 to a test event, 401 to what does not verify, 413 to a long body', async () => {
      await withServer({ task_1: ['running'] }, async (env, api) => {
        const { program, send } = await startEndpoint(env);
        await program.line(/^task_1 running$/);
        const { headers, body } = webhook('finished');
        const padded = (bytes: number) => body + ' '.repeat(bytes - Buffer.byteLength(body));
        const answers = {
          test: await send(vendorWebhook(SECRET, TEST)),
          // before the webhook is created its secret is not known
          'test of another secret': await send(vendorWebhook('other', TEST)),
          'another secret': await send(vendorWebhook('other', statusUpdate('task_1', 'finished'))),
          old: await send(vendorWebhook(SECRET, statusUpdate('task_1', 'finished'), 1_700_000_000)),
          changed: await send({ method: 'POST', headers, body: body.replace('finished', 'idle') }),
          unsigned: await send({ method: 'POST', body }),
          'no JSON': await send({ method: 'POST', headers, body: 'finished' }),
          empty: await send({ method: 'POST', headers }),
          long: await send({ method: 'POST', headers, body: padded(1_048_577) }),
          GET: await send({}),
          'another path': await send({ method: 'POST', headers, body }, '/'),
        };
        expect(answers).toEqual({
          test: 204,
          'test of another secret': 204,
          'another secret': 401,
          old: 401,
          changed: 401,
          unsigned: 401,
          'no JSON': 401,
          empty: 401,
          long: 413,
          GET: 404,
          'another path': 404,
        });
        expect(api.requests).toHaveLength(1);
        expect(await send({ method: 'POST', headers, body: padded(1_048_576) })).toBe(204);
        program.child.kill();
        await program.ended;
      });
    });
  });

  test('logs writes a line of JSON for each poll', async () => {
    const { lines, code } = await withServer(
      { task_1: ['running', UNAVAILABLE, 'running', 'finished'] },
      (env) => runProgram(recipe('logs'), ['task_1', 'task_2'], { ...env, LOG_LEVEL: 'debug' }),
    );
    const logs = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const of = (taskId: string) => logs.filter((log) => log['taskId'] === taskId);
    expect(of('task_1')).toMatchObject([
      { level: 30, msg: 'status changed', attempt: 1, status: 'running' },
      { level: 40, msg: 'poll failed', attempt: 2, err: { code: 'http', status: 503 } },
      { level: 20, msg: 'polled', attempt: 3, status: 'running' },
      { level: 30, msg: 'status changed', attempt: 4, status: 'finished' },
    ]);
    expect(of('task_2')).toMatchObject([
      { level: 40, msg: 'poll failed', err: { code: 'not-found', type: 'TaskNotFoundError' } },
      { level: 50, msg: 'watch failed', err: { code: 'not-found' } },
    ]);
    expect(code).toBe(0);
  });

  test('metrics counts polls, failures and changes', async () => {
    const scripts = { task_1: ['running', UNAVAILABLE, 'finished'] } as const;
    const { lines, code } = await run('metrics', scripts, ['task_1']);
    const printed = lines.join('\n');
    // the console exporter prints a metric's name, and a count per set of attributes
    const metric = (name: string) => printed.split(`name: '${name}'`)[1]?.split('descriptor')[0];
    expect(metric('task_status.poll.duration')).toMatch(/outcome: 'ok'[^]*count: 2/);
    expect(metric('task_status.poll.duration')).toMatch(/outcome: 'http'[^]*count: 1/);
    expect(metric('task_status.changes')).toMatch(/status: 'running'[^]*value: 1/);
    expect(metric('task_status.changes')).toMatch(/status: 'finished'[^]*value: 1/);
    for (const name of ['watching', 'failing', 'queued', 'in_flight']) {
      expect(metric(`task_status.${name}`)).toMatch(/value: 0/);
    }
    expect(metric('task_status.last_answer.age')).toMatch(/value: \d/);
    expect(printed).not.toContain('task_1');
    expect(code).toBe(0);
  });

  test('traces exports a trace for each watch', async () => {
    const scripts = { task_1: ['running', UNAVAILABLE, 'finished'] } as const;
    const { lines, code } = await run('traces', scripts, ['task_1', 'task_2']);
    const names = lines.flatMap((line) => /^ {2}name: '(.*)',$/.exec(line)?.[1] ?? []);
    expect([...names].sort()).toEqual([
      'task_status.failed_poll',
      'task_status.failed_poll',
      'task_status.finished',
      'task_status.running',
      'task_status.watch',
      'task_status.watch',
    ]);
    const printed = lines.join('\n');
    expect(printed).toMatch(
      /'task_1',\s+'task_status.attempts': 3,\s+'task_status.status': 'finished'/,
    );
    expect(code).toBe(0);
  });

  test('prometheus serves the metrics until SIGTERM', async () => {
    const scripts = { task_1: ['running', UNAVAILABLE, 'finished'] } as const;
    await withServer(scripts, async (env) => {
      const program = startProgram(recipe('prometheus'), ['task_1', 'task_2'], {
        ...env,
        PORT: '0',
      });
      const { port } = JSON.parse((await program.line(/^listening/)).replace('listening', '')) as {
        port: number;
      };
      const url = `http://127.0.0.1:${port}`;
      await program.line(/^all tasks have ended$/);
      const response = await fetch(`${url}/metrics`);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      const metrics = await response.text();
      expect(metrics.split('\n')).toEqual(
        expect.arrayContaining([
          'task_status_poll_duration_seconds_count{outcome="ok"} 2',
          'task_status_poll_duration_seconds_count{outcome="http"} 1',
          'task_status_poll_duration_seconds_count{outcome="not-found"} 1',
          'task_status_changes_total{status="running"} 1',
          'task_status_changes_total{status="finished"} 1',
          'task_status_watching 0',
          'task_status_failing 0',
        ]),
      );
      expect(metrics).not.toMatch(/task_[12]/);
      expect((await fetch(url)).status).toBe(404);
      program.child.kill('SIGTERM');
      expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    });
  });

  test('diagnostics prints what it gets from the diagnostics channel', async () => {
    const { lines, code } = await run('diagnostics', { task_1: ['running', 'finished'] }, [
      'task_1',
    ]);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { taskId: 'task_1', attempt: 1, status: 'running' },
      { taskId: 'task_1', attempt: 2, status: 'finished' },
    ]);
    expect(code).toBe(0);
  });

  test('for-await loops over the statuses', async () => {
    const { lines, code } = await run('for-await', { task_1: THREE }, ['task_1']);
    expect(lines).toEqual([...THREE, 'done']);
    expect(code).toBe(0);
  });

  test('for-await ends the watch when the loop is left', async () => {
    await withServer({ task_1: ['running', 'paused', 'finished'] }, async (env, api) => {
      const { lines, code } = await runProgram(recipe('for-await'), ['task_1'], env);
      expect(lines).toEqual(['running', 'paused', 'done']);
      expect(code).toBe(0);
      expect(api.requests).toHaveLength(2);
    });
  });

  test('for-await throws the error', async () => {
    const { stderr, code } = await run('for-await', {}, ['task_1']);
    expect(stderr).toMatch(/^TaskNotFoundError: /);
    expect(code).toBe(1);
  });
});
