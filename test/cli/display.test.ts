import { stripVTControlCharacters } from 'node:util';
import { Subject } from 'rxjs';
import { NetworkError, type TaskPoll, type TaskStatusPoolStats } from 'rxjs-task-status';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { jsonLines, liveLines, plainLines } from '../../src/cli/display.js';
import type { Progress } from '../../src/cli/progress.js';

let written: string[];

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 });
  written = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void written.push(`out: ${line}`));
  vi.spyOn(console, 'error').mockImplementation((line) => void written.push(`err: ${line}`));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const lost = new NetworkError({
  taskId: 'task_1',
  attempts: 1,
  elapsed: 0,
  reason: '',
});

function polled(of: object, nextDelay?: number): Progress {
  const delay = nextDelay === undefined ? {} : { nextDelay };
  const facts = { taskId: 'task_1', attempt: 1, at: 100_000, duration: 0, changed: false };
  const poll = { ...facts, ...delay, ...of } as TaskPoll<string>;
  const status = poll.status === undefined ? {} : { status: poll.status };
  return { taskId: 'task_1', startedAt: 100_000, requests: 1, poll, ...status };
}

const running = polled({ status: 'running', changed: true }, 1_000);
const stillRunning = polled({ status: 'running' }, 1_000);
const finished = polled({ status: 'finished', changed: true });
const toBeRetried = polled({ error: lost }, 1_000);
const failed = polled({ error: lost });
const none: Progress = { taskId: 'task_1', startedAt: 100_000, requests: 0 };

const RUNNING = 'task_1  running   1 poll       0.0 s  next poll in 1.0 s';
const SUMMARY =
  'out: 1 task in 0.0 s: 1 not ended\n' +
  '1 request made; a poll every 2 s would have made 1 in the same time';

describe('lines of JSON', () => {
  test('tell each change, and errors on stderr', () => {
    const display = jsonLines();
    for (const progress of [none, running, stillRunning, toBeRetried, finished]) {
      display.polled(progress);
    }
    display.failed(failed, 'no');
    display.end();
    expect(written).toEqual([
      'out: {"taskId":"task_1","status":"running","attempt":1,"at":100000}',
      'out: {"taskId":"task_1","status":"finished","attempt":1,"at":100000}',
      'err: no',
    ]);
  });
});

describe('plain lines', () => {
  test('tell each change, each failure that is retried, and the summary', () => {
    const display = plainLines([running]);
    for (const progress of [none, running, stillRunning, toBeRetried, failed]) {
      display.polled(progress);
    }
    display.end();
    expect(written).toEqual([
      `out: ${RUNNING}`,
      'out: task_1  -         1 poll       0.0 s  network, next try in 1.0 s',
      SUMMARY,
    ]);
  });

  test('tell an error with its task, and an end without success alone', () => {
    const display = plainLines([running]);
    display.failed({ ...failed, error: lost, endedAt: 100_000 }, 'lost');
    display.failed({ ...running, status: 'failed', endedAt: 100_000 }, 'ended as failed');
    expect(written).toEqual([
      'out: task_1  -         1 poll       0.0 s  network',
      'err: lost',
      'err: ended as failed',
    ]);
  });
});

describe('on a terminal', () => {
  function terminal(columns: number) {
    const drawn: string[] = [];
    const write = (text: string) => {
      drawn.push(text);
      return true;
    };
    const stdout = { isTTY: true, columns, rows: 24, write } as unknown as NodeJS.WriteStream;
    const stats$ = new Subject<TaskStatusPoolStats>();
    /** What was drawn since the last look, without how. */
    const look = (): string => stripVTControlCharacters(drawn.splice(0).join('')).trim();
    return { stdout, stats$, drawn, look };
  }

  const stats = { watching: 1, inFlight: 0, queued: 0, requests: 1, errors: 0 };

  test('a line for each task and one for all are drawn as time passes', () => {
    const { stdout, stats$, look } = terminal(200);
    const display = liveLines([running, none], stats$, stdout);
    expect(look()).toBe('');
    const drawing = display.drawing$.subscribe();
    vi.advanceTimersByTime(99);
    expect(look()).toBe('');
    vi.advanceTimersByTime(1);
    const second = 'task_1  -         0 polls      0.1 s  queued';
    expect(look()).toBe(`task_1  running   1 poll       0.1 s  next poll in 0.9 s\n${second}`);
    stats$.next(stats);
    expect(look()).toBe('');
    vi.advanceTimersByTime(100);
    expect(look().split('\n')).toEqual([
      'task_1  running   1 poll       0.2 s  next poll in 0.8 s',
      'task_1  -         0 polls      0.2 s  queued',
      '1 watching, 0 in flight, 0 queued, 1 request, 0 errors',
    ]);
    drawing.unsubscribe();
    vi.advanceTimersByTime(1_000);
    expect(look()).toBe('');
    expect(written).toEqual([]);
  });

  test('an answer is drawn at once', () => {
    const { stdout, stats$, look } = terminal(200);
    liveLines([running], stats$, stdout).polled(running);
    expect(look()).toBe(RUNNING);
  });

  test('a line is cut to the width', () => {
    const { stdout, stats$, look } = terminal(10);
    liveLines([running, none], stats$, stdout).polled(running);
    expect(look()).toBe('task_1  ru\ntask_1  -');
  });

  test('the cursor is left as it is', () => {
    const { isTTY } = process.stderr;
    process.stderr.isTTY = true;
    const { stdout, stats$, drawn } = terminal(200);
    // it hides and shows it there, whatever it draws on
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => stdout.write(text));
    const display = liveLines([running], stats$, stdout);
    display.polled(running);
    display.end();
    process.stderr.isTTY = isTTY;
    expect(drawn.join('')).not.toContain('\u001b[?25');
  });

  test('errors come after the lines, which are whole, and before the summary', () => {
    const { stdout, stats$, look } = terminal(10);
    const display = liveLines([running, none], stats$, stdout);
    display.failed(running, 'one');
    expect(look()).toBe('task_1  ru\ntask_1  -');
    display.failed(running, 'two');
    expect(written).toEqual([]);
    display.end();
    expect(written).toEqual([
      `out: ${RUNNING}\ntask_1  -         0 polls      0.0 s  queued`,
      'err: one',
      'err: two',
      expect.stringMatching(/^out: 2 tasks in 0.0 s: 2 not ended\n1 request made; /),
    ]);
    expect(look()).toBe('');
  });

  test('what was drawn is taken away at the end', () => {
    const { stdout, stats$, drawn } = terminal(200);
    const display = liveLines([running], stats$, stdout);
    display.polled(running);
    drawn.splice(0);
    display.end();
    const erased = drawn.join('');
    expect(erased).toContain('\u001b[2K');
    // what is drawn next stands below, and erases nothing
    drawn.splice(0);
    display.polled(finished);
    expect(drawn.join('')).not.toContain('\u001b[2K');
  });
});
