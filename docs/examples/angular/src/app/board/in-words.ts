import type { TaskRow } from '../task-row';

/** More tasks are counted instead of named. */
const NAMED = 3;

/** The end of some tasks as a sentence for screen readers. */
export function inWords(rows: readonly TaskRow[]): string {
  if (rows.length <= NAMED) {
    return rows.map((row) => `${row.task.title}: ${row.state()}.`).join(' ');
  }
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.state(), (counts.get(row.state()) ?? 0) + 1);
  const parts = [...counts].map(([state, count]) => `${count} ${state}`);
  return `${rows.length} tasks have ended: ${parts.join(', ')}.`;
}
