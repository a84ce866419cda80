/** A time for people: `300 ms`, `1.5 s`, `2 min 5 s`, `1 h`. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${Number((ms / 1_000).toFixed(2))} s`;
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** Seconds with three decimals, for a table. */
export function formatSeconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** A number with separators. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}
