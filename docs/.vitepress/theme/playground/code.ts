import type { ChosenOptions } from './options.js';

/** The longest line of the code. */
const WIDTH = 80;

/** A program with the chosen options. */
export function toCode({ backoff, retry, timeout }: ChosenOptions): string {
  return [
    "import { taskStatus$ } from 'rxjs-task-status';",
    '',
    "const apiKey = process.env['BROWSER_USE_API_KEY'];",
    '',
    "taskStatus$('task_1234567890abcdef', {",
    '  apiKey,',
    ...group('backoff', backoff),
    ...group('retry', retry),
    ...(timeout === undefined ? [] : [`  timeout: ${literal(timeout)},`]),
    '}).subscribe({',
    '  next: (status) => console.log(status),',
    '  error: (error) => console.error(error),',
    "  complete: () => console.log('done'),",
    '});',
    '',
  ].join('\n');
}

function group(name: string, options: object): string[] {
  const fields = Object.entries(options).map(
    ([field, value]: [string, unknown]) => `${field}: ${literal(value)}`,
  );
  if (fields.length === 0) return [];
  const line = `  ${name}: { ${fields.join(', ')} },`;
  if (line.length <= WIDTH) return [line];
  return [`  ${name}: {`, ...fields.map((field) => `    ${field},`), '  },'];
}

function literal(value: unknown): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_');
}
