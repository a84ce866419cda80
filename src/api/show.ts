/** A value as an error message shows it: short, in one line, and never throwing. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `[${value.slice(0, 10).map(show).join(', ')}]`;
  return typeof value === 'object' && value ? 'an object' : String(value);
}
