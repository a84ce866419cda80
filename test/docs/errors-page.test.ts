import { readFile } from 'node:fs/promises';
import { firstValueFrom, from, mergeMap, NEVER } from 'rxjs';
import { taskStatus$ } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';

const page = await readFile('docs/errors.md', 'utf8');
const rows = [...page.matchAll(/^\| `([^`]+)`(?: in Node)? +\| `([^`]+)` +\|$/gm)].map(
  ([, example = '', message = '']) => ({ example, message }),
);

const apiKey = 'a key';

/** Options that TypeScript would reject. */
function withOptions(options: object): () => unknown {
  return () => taskStatus$('task_1', options);
}

/** What each example of the page does. */
const EXAMPLES: Readonly<Record<string, () => unknown>> = {
  "taskStatus$('')": () => taskStatus$(''),
  'ids$.pipe(mergeMap(taskStatus$))': () =>
    // @ts-expect-error an index is no options
    firstValueFrom(from(['task_1']).pipe(mergeMap(taskStatus$))),
  '{ backoff: { jitter: 2 } }': withOptions({ backoff: { jitter: 2 } }),
  '{ backoff: { delay: 2_000 } }': withOptions({ backoff: { delay: 2_000 } }),
  "{ baseUrl: '/api/v1' }": withOptions({ baseUrl: '/api/v1' }),
  "{ apiKey: '' }": withOptions({ apiKey: '' }),
  '{ apiKey, headers: { authorization } }': withOptions({
    apiKey,
    headers: { authorization: 'x' },
  }),
  '{ fetch, transport }': withOptions({ fetch, transport: () => NEVER }),
  '{ signal: new AbortController() }': withOptions({ signal: new AbortController() }),
  "{ knownStatus: 'done' }": withOptions({ knownStatus: 'done' }),
};

describe('docs/errors.md', () => {
  test('lists the invalid calls of this file', () => {
    expect(rows.map(({ example }) => example)).toEqual(Object.keys(EXAMPLES));
  });

  test.each(rows)('shows the message of $example', async ({ example, message }) => {
    // in a promise, because the operator turns the exception into an error of its stream
    const call = Promise.resolve().then(EXAMPLES[example]);
    await expect(call).rejects.toMatchObject({ message });
  });

  test('shows the message of a fetch that resolves with no response', async () => {
    const call = firstValueFrom(withFetch(undefined));
    await expect(call).rejects.toSatisfy((error) => page.includes(`\n${String(error)}\n`));
  });

  test('shows the message of an answer that asks to wait too long', async () => {
    const answer = new Response('Maintenance', { status: 503, headers: { 'retry-after': '1800' } });
    const call = firstValueFrom(withFetch(answer));
    await expect(call).rejects.toSatisfy((error) => page.includes(`\n${messageOf(error)}\n`));
  });
});

function withFetch(answer: unknown): ReturnType<typeof taskStatus$> {
  return taskStatus$('task_1', { fetch: () => Promise.resolve(answer as Response) });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
