import { createLogUpdate } from 'log-update';
import { asyncScheduler, ignoreElements, merge, Observable, tap } from 'rxjs';
import type { TaskApi, TaskStatusPoolStats } from 'rxjs-task-status';
import { cutToWidth } from './columns.js';
import { layoutOf, type Display, type Output } from './display.js';
import { selectRows } from './row-selection.js';
import { failureText, liveRow, printedRow, statsLine, statusCounts, summary } from './rows.js';
import type { TaskProgress } from './task-progress.js';

/** The shortest time between two frames, ms. */
const FRAME_INTERVAL = 100;

/** The pause after a frame is at least this many times as long as drawing it took. */
const PAUSE_PER_COST = 9;

/** The width of a row without the task's name, in columns. */
const OTHER_COLUMNS = 44;
const MIN_NAME_WIDTH = 8;

/** If not all rows fit, a frame with fewer lines than this does not show the latest failure. */
const MIN_HEIGHT_FOR_FAILURE = 5;

/** What a frame shows. */
interface State {
  readonly tasks: readonly TaskProgress[];
  readonly api: TaskApi<string>;
  /** The task that failed last. */
  failed?: { readonly name: string; readonly error: unknown };
  stats?: TaskStatusPoolStats;
}

/**
 * For a terminal: draws a row for each task, as many as fit, and a line for the others, always in place.
 *
 * A poll only changes the state that the next frame shows, so that many polls do not cause many frames.
 */
export function terminalDisplay(
  tasks: readonly TaskProgress[],
  api: TaskApi<string>,
  stats$: Observable<TaskStatusPoolStats>,
  { stdout, stderr }: Output,
): Display {
  const state: State = { tasks, api };
  const messages: string[] = [];
  // to restore a hidden cursor, log-update would handle Ctrl-C itself and end the process
  const update = createLogUpdate(stdout, { showCursor: true });
  const draw = () => {
    // a hidden window has the size 0, and a slow terminal skips frames
    if (!canDraw(stdout) || stdout.writableNeedDrain) return;
    update(frame(state, stdout.columns, stdout.rows).join('\n'));
  };
  return {
    drawing$: merge(stats$.pipe(tap((stats) => (state.stats = stats))), frames$(draw)).pipe(
      ignoreElements(),
    ),
    onPoll({ name, poll }) {
      if (poll?.error) state.failed = { name, error: poll.error };
    },
    onError({ name, error }, message) {
      if (error !== undefined) state.failed = { name, error };
      // stderr may be the same terminal, where a line would break the frame
      messages.push(message);
    },
    end() {
      update.clear();
      update.done();
      const columns = stdout.columns > 0 ? stdout.columns : Infinity;
      const layout = layoutOf(tasks, api, nameWidth(columns), true);
      const rows = tasks.map((task) => cutToWidth(printedRow(task, layout), columns));
      stdout.write(`${rows.join('\n')}\n`);
      if (messages.length) stderr.write(`${messages.join('\n')}\n`);
      stdout.write(`${summary(tasks)}\n`);
    },
  };
}

/** Whether a stream is a terminal with a size. */
export function canDraw({ isTTY, columns, rows }: NodeJS.WriteStream): boolean {
  return isTTY && columns > 0 && rows > 0;
}

/** Calls `draw` ten times a second; less often if drawing would take more than a tenth of the time. */
function frames$(draw: () => void): Observable<never> {
  return new Observable(() =>
    asyncScheduler.schedule(function () {
      const startedAt = asyncScheduler.now();
      draw();
      const cost = asyncScheduler.now() - startedAt;
      this.schedule(undefined, Math.max(FRAME_INTERVAL, PAUSE_PER_COST * cost));
    }, FRAME_INTERVAL),
  );
}

/** The lines of a frame. They fit into the terminal and leave its last line to the cursor. */
export function frame(state: State, columns: number, terminalRows: number): string[] {
  const { tasks, api, stats } = state;
  const height = terminalRows - 1;
  if (height < 1) return [];
  const maxNameWidth = nameWidth(columns);
  const foot = [...latestFailure(state, maxNameWidth), ...(stats ? [statsLine(stats)] : [])];
  const rowsOf = (shown: readonly TaskProgress[]) => {
    const layout = layoutOf(shown, api, maxNameWidth, true);
    return shown.map((task) => liveRow(task, layout));
  };
  let lines: string[];
  if (tasks.length <= height) {
    lines = [...rowsOf(tasks), ...foot].slice(0, height);
  } else {
    if (height < MIN_HEIGHT_FOR_FAILURE) foot.splice(0, foot.length - 1);
    // one line less, for the tasks without a row
    const shown = selectRows(tasks, Math.max(0, height - foot.length - 1));
    lines = [...rowsOf(shown), othersLine(tasks, shown), ...foot].slice(-height);
  }
  return lines.map((line) => cutToWidth(line, columns));
}

/** The latest failure in a line: its task may have no row, or may recover before the next frame. */
function latestFailure({ failed }: State, maxNameWidth: number): string[] {
  if (!failed) return [];
  return [`latest failure: ${cutToWidth(failed.name, maxNameWidth)}  ${failureText(failed.error)}`];
}

/** The tasks without a row, in a line. */
function othersLine(tasks: readonly TaskProgress[], shown: readonly TaskProgress[]): string {
  const rows = new Set(shown);
  const others = tasks.filter((task) => !rows.has(task));
  return `${shown.length ? `and ${others.length} more` : `${others.length} tasks`}: ${statusCounts(others)}`;
}

function nameWidth(columns: number): number {
  return Math.max(MIN_NAME_WIDTH, columns - OTHER_COLUMNS);
}
