import { readFile } from 'node:fs/promises';
import { firstValueFrom, from, mergeMap, NEVER } from 'rxjs';
import { browserUseV1, browserUseV2, taskResult$, taskStatus$ } from 'rxjs-task-status';
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

test('docs/errors.md shows the message of a path to another server', async () => {
  const api = { ...browserUseV2, baseUrl: 'https://api.example.com', path: decodeURIComponent };
  const call = firstValueFrom(taskStatus$('https://other.example.com/operations/1', { api }));
  await expect(call).rejects.toSatisfy((error) => page.includes(`\n${String(error)}\n`));
});

test.each(['path', 'request', 'details', 'retryAfter', 'resultPath', 'result'])(
  'docs/errors.md is right that an exception in %s of a task API is the error of the stream',
  async (name) => {
    const fault = new Error(name);
    await expect(firstValueFrom(withFault(name, fault))).rejects.toBe(fault);
  },
);

test('docs/errors.md is right that an exception in status means that there is no status', async () => {
  const call = firstValueFrom(withFault('status', new Error('status')));
  await expect(call).rejects.toMatchObject({ code: 'unexpected-response', attempts: 1 });
});

test('docs/errors.md is right that an exception in authorization is thrown by the call', () => {
  const fault = new Error('authorization');
  expect(() => withFault('authorization', fault)).toThrow(fault);
});

/** The result of a finished task, for an API with a function that throws. */
function withFault(name: string, fault: Error): ReturnType<typeof taskResult$> {
  const api = {
    ...browserUseV1,
    status: (json: unknown) => json,
    [name]: () => {
      throw fault;
    },
  };
  return taskResult$('task_1', {
    api,
    apiKey,
    transport: () => Promise.resolve({ status: 200, headers: {}, body: '"finished"' }),
  });
}

function withFetch(answer: unknown): ReturnType<typeof taskStatus$> {
  return taskStatus$('task_1', { fetch: () => Promise.resolve(answer as Response) });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
