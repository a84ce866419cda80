import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { fakeTaskApi, type FakeTaskApi } from 'rxjs-task-status/testing';
import { anthropicBatch } from '../../docs/examples/apis/anthropic-batch.js';
import { apifyRun } from '../../docs/examples/apis/apify-run.js';
import { openaiBatch } from '../../docs/examples/apis/openai-batch.js';
import * as anthropic from './samples/anthropic-batch.js';
import { runWithFakeClock } from './run-with-fake-clock.js';

// The programs of docs/other-apis.md run as they are printed, beside the descriptions that they import.

const batchAnswer = (status: string) =>
  status === 'completed'
    ? { status, request_counts: { total: 2, completed: 2 }, output_file_id: 'file-cvaTdG' }
    : { status, request_counts: { total: 2, completed: 1 } };

const programs = [
  {
    file: 'openai-batch',
    api: () =>
      fakeTaskApi(
        {
          batch_abc123: [
            ['in_progress', 0],
            [{ status: 503 }, 500],
            ['completed', 3_000],
          ],
        },
        { api: openaiBatch, body: batchAnswer },
      ).fetch,
    prints: [
      'in_progress { total: 2, completed: 1 }',
      'attempt failed: The server answered 503 for task "batch_abc123"',
      'attempt failed: The server answered 503 for task "batch_abc123"',
      'attempt failed: The server answered 503 for task "batch_abc123"',
      'completed { total: 2, completed: 2 }',
      'file-cvaTdG',
    ],
    // one per poll, for the progress and the result
    requests: 5,
  },
  {
    file: 'apify-run',
    api: () =>
      fakeTaskApi(
        {
          HG7ML7M8z78YcAPEB: [
            ['RUNNING', 0],
            ['SUCCEEDED', 3_000],
          ],
        },
        { api: apifyRun, body: (status) => ({ data: { status } }) },
      ).fetch,
    prints: ['RUNNING', 'SUCCEEDED'],
    requests: 4,
  },
  {
    file: 'anthropic-batch',
    api: () => {
      const url = 'https://api.anthropic.com/v1/messages/batches/msgbatch_abc123/results';
      const fake = fakeTaskApi(
        { msgbatch_abc123: [['ended', 0]] },
        { api: anthropicBatch, body: () => ({ ...anthropic.ended, results_url: url }) },
      );
      const fetch: FakeTaskApi['fetch'] = (...request) =>
        request[0] === url
          ? Promise.resolve(new Response('{"custom_id":"a"}\n{"custom_id":"b"}\n'))
          : fake.fetch(...request);
      return fetch;
    },
    prints: ["{ custom_id: 'a' }", "{ custom_id: 'b' }"],
    requests: 2,
  },
];

let folder: string;
let page: string;
beforeAll(async () => {
  page = await readFile('docs/other-apis.md', 'utf8');
  // inside of the repository, so that the imports of the descriptions are found
  await mkdir('reports', { recursive: true });
  folder = await mkdtemp('reports/other-apis-');
  await cp('docs/examples/apis', folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
  vi.spyOn(Math, 'random').mockReturnValue(0);
  for (const name of ['OPENAI_API_KEY', 'APIFY_TOKEN', 'ANTHROPIC_API_KEY'])
    vi.stubEnv(name, 'a-key');
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** The program on the page that imports a description. */
function programWith(file: string): string {
  const blocks = page.matchAll(/^( *)```ts\n([^]*?)^\1```$/gm);
  return [...blocks]
    .map(([, indent = '', code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
    .filter((code) => code.includes(`from './${file}.js'`))
    .join('\n');
}

describe('docs/other-apis.md', () => {
  test.each(programs)('the program with $file prints what the page says', async (program) => {
    const lines: string[] = [];
    const print = (...values: unknown[]) => void lines.push(format(...values));
    vi.spyOn(console, 'log').mockImplementation(print);
    vi.spyOn(console, 'error').mockImplementation(print);
    let fetch: FakeTaskApi['fetch'] | undefined;
    const requests = vi.fn((...request: Parameters<FakeTaskApi['fetch']>) => {
      fetch ??= program.api();
      return fetch(...request);
    });
    vi.stubGlobal('fetch', requests);

    const path = join(folder, `program-with-${program.file}.ts`);
    await writeFile(path, programWith(program.file));
    await runWithFakeClock(path, () => fetch !== undefined);

    expect(lines).toEqual(program.prints);
    expect(requests).toHaveBeenCalledTimes(program.requests);
  });
});
