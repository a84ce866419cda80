import { stripVTControlCharacters } from 'node:util';
import { Subject } from 'rxjs';
import { browserUseV1, type TaskStatusPoolStats } from 'rxjs-task-status';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { widthOf } from '../../src/cli/columns.js';
import type { TaskProgress } from '../../src/cli/task-progress.js';
import { canDraw, frame, terminalDisplay } from '../../src/cli/terminal-display.js';
import { fc, test } from '../support/property.js';
import { fakeStream, lost, NOW, pollOf, taskOf, unavailable } from './tasks.js';

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

const next = { nextDelay: 1_000 };
const runningPoll = pollOf({ status: 'running' }, next);
const stats = { watching: 1, inFlight: 0, queued: 0, requests: 1, errors: 0, failing: 0 };

const running = (taskId: string) => taskOf(taskId, runningPoll);
const many = (count: number) => Array.from({ length: count }, (_, n) => running(`task_${n}`));

function start(tasks: readonly TaskProgress[], columns = 200, rows = 24) {
  const terminal = fakeStream(columns, rows);
  const errors = fakeStream();
  const stats$ = new Subject<TaskStatusPoolStats>();
  const display = terminalDisplay(tasks, browserUseV1, stats$, {
    stdout: terminal.stdout,
    stderr: errors.stdout,
  });
  /** The text that was written since the last call. */
  const takeOutput = () => stripVTControlCharacters(terminal.written.splice(0).join('')).trim();
  return { ...terminal, display, stats$, takeOutput, errors: errors.written };
}

describe('the display in place', () => {
  test('has a row for each task and a line for all, and follows the clock', () => {
    const { display, stats$, takeOutput } = start([running('task_1'), taskOf('task_2')]);
    const drawing = display.drawing$.subscribe();
    vi.advanceTimersByTime(99);
    expect(takeOutput()).toBe('');
    vi.advanceTimersByTime(1);
    const second = 'task_2  -         0 polls      0.1 s  queued';
    expect(takeOutput()).toBe(
      `task_1  running   1 poll       0.1 s  next poll in 0.9 s\n${second}`,
    );
    stats$.next(stats);
    expect(takeOutput()).toBe('');
    vi.advanceTimersByTime(100);
    expect(takeOutput().split('\n')).toEqual([
      'task_1  running   1 poll       0.2 s  next poll in 0.8 s',
      'task_2  -         0 polls      0.2 s  queued',
      '1 watching, 0 in flight, 0 queued, 1 request, 0 errors',
    ]);
    drawing.unsubscribe();
    vi.advanceTimersByTime(1_000);
    expect(takeOutput()).toBe('');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('draws ten frames a second, however many polls there are', () => {
    const tasks = many(1_000);
    const { display, stats$, written } = start(tasks);
    const drawing = display.drawing$.subscribe();
    for (let ms = 0; ms < 5_000; ms++) {
      const task = tasks[ms % tasks.length]!;
      task.onPoll({ ...runningPoll, attempt: ms });
      display.onPoll(task);
      stats$.next({ ...stats, requests: ms });
      vi.advanceTimersByTime(1);
    }
    drawing.unsubscribe();
    expect(written).toHaveLength(50);
    // the largest has the screen's rows, not the tasks'
    expect(Math.max(...written.map((text) => text.split('task_').length))).toBeLessThan(24);
  });

  test('uses at most a tenth of the time if drawing is slow', () => {
    const { display, stream, written } = start([running('task_1')]);
    stream.write = (text) => {
      written.push(text);
      vi.setSystemTime(Date.now() + 50);
      return true;
    };
    const drawing = display.drawing$.subscribe();
    vi.advanceTimersByTime(100);
    expect(written).toHaveLength(1);
    vi.advanceTimersByTime(449);
    expect(written).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(written).toHaveLength(2);
    drawing.unsubscribe();
  });

  test('skips frames while the terminal has not accepted the last one', () => {
    const { display, stream, takeOutput } = start([running('task_1')]);
    const drawing = display.drawing$.subscribe();
    stream.writableNeedDrain = true;
    vi.advanceTimersByTime(500);
    expect(takeOutput()).toBe('');
    stream.writableNeedDrain = false;
    vi.advanceTimersByTime(100);
    expect(takeOutput()).toContain('task_1');
    drawing.unsubscribe();
  });

  test('follows the size of the terminal, also to 0 and back', () => {
    const { display, stream, takeOutput } = start(many(30), 200, 24);
    const drawing = display.drawing$.subscribe();
    vi.advanceTimersByTime(100);
    expect(takeOutput().split('\n')).toHaveLength(23);
    Object.assign(stream, { columns: 30, rows: 10 });
    vi.advanceTimersByTime(100);
    const small = takeOutput().split('\n');
    expect(small).toHaveLength(9);
    expect(Math.max(...small.map((line) => widthOf(line)))).toBeLessThanOrEqual(30);
    Object.assign(stream, { columns: 0, rows: 0 });
    vi.advanceTimersByTime(500);
    expect(takeOutput()).toBe('');
    Object.assign(stream, { columns: 200, rows: 60 });
    vi.advanceTimersByTime(100);
    expect(takeOutput().split('\n')).toHaveLength(30);
    drawing.unsubscribe();
  });

  test('uses no colours and does not hide the cursor', () => {
    const { isTTY } = process.stderr;
    process.stderr.isTTY = true;
    const { display, written, stream } = start([running('task_1')]);
    // where log-update would hide and show the cursor
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => stream.write(String(text)));
    const drawing = display.drawing$.subscribe();
    vi.advanceTimersByTime(1_000);
    drawing.unsubscribe();
    display.end();
    process.stderr.isTTY = isTTY;
    vi.restoreAllMocks();
    // eslint-disable-next-line no-control-regex -- escape sequences
    expect(written.join('')).not.toMatch(/\u001b\[(\?25|[\d;]*m)/);
  });
});

describe('the end of the display', () => {
  test('prints every row, then the errors, then the summary', () => {
    const error = taskOf('task_3', pollOf({ error: lost }));
    error.onError(lost, NOW);
    const { display, takeOutput, errors } = start(
      [running('task_1'), taskOf('task_2'), error],
      200,
      3,
    );
    display.onError(error, 'lost');
    display.onError(running('task_1'), 'ended as failed');
    expect(takeOutput()).toBe('');
    expect(errors).toEqual([]);
    display.end();
    expect(takeOutput().split('\n')).toEqual([
      'task_1  running   1 poll       0.0 s  next poll in 1.0 s',
      'task_2  -         0 polls      0.0 s',
      'task_3  -         1 poll       0.0 s  network: The request failed: connection lost',
      '3 tasks in 0.0 s: 2 not ended, 1 in error',
      expect.stringMatching(/^2 requests made; /),
    ]);
    expect(errors).toEqual(['lost\nended as failed\n']);
  });

  test('has rows that are cut to a line', () => {
    const { display, takeOutput, stream } = start([taskOf('漢'.repeat(100), runningPoll)], 60);
    display.end();
    const [row = ''] = takeOutput().split('\n');
    expect(row).toBe('漢漢漢漢漢漢漢…   running   1 poll       0.0 s  next poll i…');
    // in a window that is not shown, there is nothing to cut to
    stream.columns = 0;
    display.end();
    expect(takeOutput()).toContain('next poll in 1.0 s');
  });

  test('clears the display, and later output follows below', () => {
    const { display, written } = start([running('task_1')]);
    const drawing = display.drawing$.subscribe();
    vi.advanceTimersByTime(100);
    drawing.unsubscribe();
    written.splice(0);
    display.end();
    expect(written.splice(0)[0]).toContain('\u001b[2K');
    display.drawing$.subscribe().add(() => undefined);
    vi.advanceTimersByTime(100);
    expect(written.join('')).not.toContain('\u001b[2K');
    vi.clearAllTimers();
  });
});

describe('a frame', () => {
  const of = (tasks: readonly TaskProgress[], more: object = {}, columns = 100, rows = 24) =>
    frame({ tasks, api: browserUseV1, ...more }, columns, rows);

  test('has a row for each task if they fit, and the figures if there are lines left', () => {
    expect(of(many(22), { stats })).toHaveLength(23);
    expect(of(many(22), { stats }).at(-1)).toContain('1 watching');
    expect(of(many(23), { stats })).toHaveLength(23);
    expect(of(many(23), { stats }).at(-1)).toMatch(/^task_22 /);
  });

  test('counts the tasks that have no row', () => {
    const tasks = [...many(1_000), taskOf('new')];
    const lines = of(tasks, { stats });
    expect(lines).toHaveLength(23);
    expect(lines.slice(-2)).toEqual([
      'and 980 more: 979 running, 1 without a status',
      '1 watching, 0 in flight, 0 queued, 1 request, 0 errors',
    ]);
  });

  test('has the latest failure if its task may have no row', () => {
    const failed = { name: 'task_999', error: unavailable };
    const lines = of(many(1_000), { stats, failed });
    expect(lines).toHaveLength(23);
    expect(lines.slice(-3)).toEqual([
      'and 980 more: 980 running',
      'latest failure: task_999  503: Service unavailable',
      expect.stringContaining('1 watching'),
    ]);
    expect(of(many(1_000), { stats, failed }, 100, 5)).toEqual([
      expect.stringMatching(/^task_0 /),
      expect.stringMatching(/^task_1 /),
      'and 998 more: 998 running',
      expect.stringContaining('1 watching'),
    ]);
  });

  test('has the latest failure also if all rows fit, because the task may have recovered', () => {
    const failed = { name: `task_${'x'.repeat(80)}`, error: unavailable };
    const cut = `latest failure: task_${'x'.repeat(30)}…  503: Service unavailable`;
    expect(of(many(2), { stats, failed }, 80).slice(2)).toEqual([
      cut,
      expect.stringContaining('1 watching'),
    ]);
    expect(of(many(2), { stats, failed }, 80, 4).slice(2)).toEqual([cut]);
    expect(of(many(2), { stats, failed }, 80, 3)).toHaveLength(2);
  });

  test.each([
    [1, 1, []],
    [1, 2, [/^task_0 /]],
    [1, 3, [/^task_0 /, /watching/]],
    [9, 1, []],
    [9, 2, [/watching/]],
    [9, 3, [/^9 tasks: 9 running/, /watching/]],
    [9, 4, [/^task_0 /, /^and 8 more: 8 running/, /watching/]],
  ])('of %i tasks in %i rows', (tasks, rows, lines) => {
    expect(of(many(tasks), { stats }, 100, rows)).toEqual(
      lines.map((line) => expect.stringMatching(line) as string),
    );
  });

  test('cuts ids if their rows would not fit', () => {
    const id = `task_${'0123456789'.repeat(6)}`;
    expect(of([running(id)], {}, 80)).toEqual([
      'task_012345678901234567890123456789…  running   1 poll       0.0 s  next poll i…',
    ]);
    expect(of([running(id)], {}, 200)[0]).toMatch(/^task_\d{60} {2}running/);
    expect(of([running(id)], {}, 1)).toEqual(['…']);
  });

  test.prop([
    fc.array(fc.string({ unit: fc.constantFrom('a', '漢', '👍', '\u202e', '\n') }), {
      maxLength: 40,
    }),
    fc.integer({ min: 1, max: 120 }),
    fc.integer({ min: 1, max: 50 }),
    fc.boolean(),
  ])('fits into any terminal', (ids, columns, rows, failing) => {
    const failed = failing ? { failed: { name: 'a', error: unavailable } } : {};
    const lines = of(ids.map(running), { stats, ...failed }, columns, rows);
    expect(lines.length).toBeLessThan(rows);
    for (const line of lines) {
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});

describe('the latest failure', () => {
  test('is that of a poll or of an end', () => {
    const tasks = many(100);
    const { display, takeOutput } = start(tasks);
    const drawing = display.drawing$.subscribe();
    const retried = taskOf('task_7', pollOf({ error: unavailable }, next));
    display.onPoll(retried);
    display.onPoll(tasks[0]!);
    vi.advanceTimersByTime(100);
    expect(takeOutput()).toContain('latest failure: task_7  503: Service unavailable');
    const ended = taskOf('task_8');
    ended.onError(lost, NOW);
    display.onError(ended, 'lost');
    display.onError(tasks[0]!, 'ended as failed');
    vi.advanceTimersByTime(100);
    expect(takeOutput()).toContain('latest failure: task_8  network: The request failed');
    drawing.unsubscribe();
  });
});

test.each([
  [{ isTTY: true, columns: 80, rows: 24 }, true],
  [{ isTTY: false, columns: 80, rows: 24 }, false],
  [{ isTTY: true, columns: 0, rows: 24 }, false],
  [{ isTTY: true, columns: 80, rows: 0 }, false],
  [{ isTTY: true }, false],
])('on %j a display in place is possible: %j', (stream, possible) => {
  expect(canDraw(stream as NodeJS.WriteStream)).toBe(possible);
});
