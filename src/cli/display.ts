import { createLogUpdate } from 'log-update';
import { EMPTY, ignoreElements, interval, merge, tap, type Observable } from 'rxjs';
import type { TaskStatusPoolStats } from 'rxjs-task-status';
import { progressLine, statsLine, summary, type Progress } from './progress.js';

/** Where a run is shown. */
export interface Display {
  /** To be subscribed to while the run is on. */
  readonly drawing$: Observable<never>;
  /** A poll was answered: `progress.poll`. */
  polled(progress: Progress): void;
  /** A watch ended with an error, told in one line. */
  failed(progress: Progress, message: string): void;
  /** Nothing more comes. */
  end(): void;
}

/** For programs: a line of JSON for each change. */
export function jsonLines(): Display {
  return {
    drawing$: EMPTY,
    polled({ poll }) {
      if (!poll?.changed) return;
      const { taskId, status, attempt, at } = poll;
      console.log(JSON.stringify({ taskId, status, attempt, at }));
    },
    failed: (_, message) => console.error(message),
    end: () => undefined,
  };
}

/** For pipes and logs: a line for each change, failure and end, then the summary. */
export function plainLines(all: readonly Progress[]): Display {
  const print = (progress: Progress) => console.log(progressLine(progress, all));
  return {
    drawing$: EMPTY,
    polled(progress) {
      const { poll } = progress;
      // a failure that ends the watch is told by failed()
      if (poll?.changed || (poll?.error && poll.nextDelay !== undefined)) print(progress);
    },
    failed(progress, message) {
      // an unsuccessful end was printed as the status it is
      if (progress.error !== undefined) print(progress);
      console.error(message);
    },
    end: () => console.log(summary(all)),
  };
}

/**
 * For a terminal: a line for each task and one for all of them, drawn anew as time passes, then the
 * summary.
 */
export function liveLines(
  all: readonly Progress[],
  stats$: Observable<TaskStatusPoolStats>,
  stdout: NodeJS.WriteStream,
): Display {
  // to show a hidden cursor again it would listen for Ctrl-C, and end the process on its own
  const update = createLogUpdate(stdout, { showCursor: true });
  const lines = () => all.map((progress) => progressLine(progress, all));
  let stats: TaskStatusPoolStats | undefined;
  // at the foot: of more lines than the terminal has, the last ones are what is seen
  const foot = () => (stats ? [statsLine(stats)] : []);
  // a line that wraps would make the ones below it jump
  const draw = () =>
    update([...lines(), ...foot()].map((line) => line.slice(0, stdout.columns)).join('\n'));
  const messages: string[] = [];
  return {
    drawing$: merge(stats$.pipe(tap((now) => (stats = now))), interval(100).pipe(tap(draw))).pipe(
      ignoreElements(),
    ),
    polled: draw,
    failed(_, message) {
      draw();
      // stderr may be the same terminal, and would tear the lines apart
      messages.push(message);
    },
    end() {
      update.clear();
      update.done();
      // whole, for what was drawn is cut to the size of the terminal
      console.log(lines().join('\n'));
      for (const message of messages) console.error(message);
      console.log(summary(all));
    },
  };
}
