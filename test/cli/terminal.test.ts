import { stripVTControlCharacters } from 'node:util';
import type { TaskStatus } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { flicker, hasTerminal, onceIn5Minutes, until, useCommand } from './command.js';

const { start, startOnTerminal, service } = useCommand();

const onTerminals = hasTerminal();

const idsUpTo = (count: number) => Array.from({ length: count }, (_, n) => `task_${n}`);

/** What begins every frame (a terminal that knows it shows the frame at once). */
const FRAME = '\u001b[?2026h';
const framesIn = (output: string) => output.split(FRAME).length - 1;

const CTRL_C = '\x03';

describe.runIf(onTerminals)('on a terminal', { concurrent: true }, () => {
  test('it draws its rows in place, and then prints them with the summary', async () => {
    const { url } = await service({
      task_1: [
        ['running', 1],
        ['finished', 2],
      ],
    });
    const { code, stdout } = await startOnTerminal(['--base-url', url, 'task_1', 'task_2']).ended;
    expect(code).toBe(3);
    expect(framesIn(stdout)).toBeGreaterThan(0);
    const last = stdout.slice(stdout.lastIndexOf('task_1')).split('\r\n');
    expect(last).toEqual([
      expect.stringMatching(/^task_1 +finished +2 polls/),
      expect.stringMatching(/^task_2 +- +1 poll .*404 not-found: Task not found$/),
      'rxjs-task-status: Task "task_2" was not found (404): Task not found',
      expect.stringMatching(/^2 tasks in [\d.]+ s: 1 finished, 1 in error$/),
      expect.stringMatching(/^3 requests made; /),
      '',
    ]);
  });

  test('the last line is the summary of all, sixteen at a time', async () => {
    const ids = idsUpTo(20);
    const { url, api } = await service(Object.fromEntries(ids.map((id) => [id, []])), {
      latency: Infinity,
    });
    const { process, written, ended } = startOnTerminal(['--base-url', url, ...ids]);
    await until(() => /task_19 .*queued.*\s+20 watching, 16 in flight, 4 /.test(written()));
    await until(() => api.requests.length === 16);
    process.stdin?.write(CTRL_C);
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('20 watching, 16 in flight, 4 queued, 16 requests, 0 errors');
    expect(stdout).toContain('16 requests made; ');
    expect(api.requests).toHaveLength(16);
  });

  test('a 429 starts a cooldown for all, and the last line shows how long it lasts', async () => {
    const { url } = await service<TaskStatus>({
      task_1: [[{ status: 429, headers: { 'retry-after': '200' } }, 0]],
      task_2: [['running', 0]],
    });
    const { process, written, ended } = startOnTerminal(['--base-url', url, 'task_1', 'task_2']);
    await until(() => /2 requests, 1 error, cooldown 1\d\d\.\d s/.test(written()));
    await until(() => /task_2 +running +1 poll .* queued/.test(written()));
    process.stdin?.write(CTRL_C);
    expect((await ended).code).toBe(130);
  });

  test('Ctrl-C ends it with 130 and the summary', async () => {
    const { url } = await service<TaskStatus>({ task_1: [[onceIn5Minutes('running'), 0]] });
    const { process, ended } = startOnTerminal(['--base-url', url, 'task_1']);
    process.stdout?.once('data', () => process.stdin?.write(CTRL_C));
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('1 not ended');
  });

  test('the cause of a failure is shown, also when the task has recovered', async () => {
    const { url } = await service<TaskStatus>({
      task_1: [
        [{ status: 503, body: '{"detail": "\\u001b[2JDraining\\u202e"}' }, 0],
        [onceIn5Minutes('running'), 2],
      ],
    });
    const { process, written, ended } = startOnTerminal(['--base-url', url, 'task_1']);
    await until(() => /task_1 +running/.test(written()));
    await until(() => written().includes('latest failure: task_1  503: Draining'));
    process.stdin?.write(CTRL_C);
    const { stdout } = await ended;
    for (const part of ['\u001b[2J', '\u202e']) expect(stdout).not.toContain(part);
  });

  test('only the printable text of an id is written to the terminal', async () => {
    const id = 'x\u001b[5n\u202ey';
    const { url } = await service({ [id]: [['finished', 0]] });
    const { code, stdout } = await startOnTerminal(['--base-url', url, `'${id}'`]).ended;
    expect(code).toBe(0);
    expect(stripVTControlCharacters(stdout)).toContain('xy  finished');
    for (const part of ['\u001b[5n', '\u202e']) expect(stdout).not.toContain(part);
  });
});

describe.runIf(onTerminals)('300 tasks on a terminal', () => {
  // each poll is a change, and the next one is due a second later
  const ids = idsUpTo(300);
  const tasks = Object.fromEntries(ids.map((id) => [id, flicker(4_000)]));

  test('are polled as in a pipe, drawn apart from that, and Ctrl-C ends them at once', async () => {
    const onTerminal = await service(tasks);
    const inPipe = await service(tasks);
    const terminal = startOnTerminal(['--base-url', onTerminal.url, ...ids], 40);
    const pipe = start(['--base-url', inPipe.url, ...ids]);

    // both have started, whichever did first
    await until(() => onTerminal.api.requests.length >= 300 && inPipe.api.requests.length >= 300);
    const counts = () => ({
      terminal: onTerminal.api.requests.length,
      pipe: inPipe.api.requests.length,
      frames: framesIn(terminal.written()),
      seconds: performance.now() / 1_000,
    });
    const before = counts();
    await until(() => onTerminal.api.requests.length >= before.terminal + 900);
    const after = counts();
    const made = (count: keyof typeof before) => after[count] - before[count];
    // frames take a larger part of a slow machine: 0.1.0 made a twentieth on a fast one
    expect(made('terminal')).toBeGreaterThan(made('pipe') / 10);
    // ten a second, and those that were read late
    expect(made('frames')).toBeLessThanOrEqual(10 * made('seconds') + 50);

    terminal.process.stdin?.write(CTRL_C);
    pipe.process.kill('SIGINT');
    const { code, stdout } = await terminal.ended;
    expect(code).toBe(130);
    // the terminal echoes the key, and no more than a second's frames follow it
    expect(framesIn(stdout.slice(stdout.lastIndexOf('^C')))).toBeLessThanOrEqual(10);
    expect(stdout).toContain('300 not ended');
    expect((await pipe.ended).code).toBe(130);
  });
});
