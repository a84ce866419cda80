import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { format } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { browserUseV2, browserUseV3, browserUseV4 } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTaskApi } from 'rxjs-task-status/testing';
import { startableTasks } from '../../docs/examples/fake-server/startable-tasks.js';
import { runWithFakeClock } from './run-with-fake-clock.js';

// Each sample of the pages runs as it is printed, and alone. Only the clock, the random numbers and the
// global `fetch` are replaced, and the environment has a key.

const COURSE = ['created', 'running', 'finished'];

/** What each sample of a page prints, in the order of the page. */
const printed: Record<string, string[][]> = {
  index: [[...COURSE, 'done']],
  start: [
    [...COURSE, 'done'],
    [...COURSE.map((status) => `task_posted_1 ${status}`), 'done'],
    ['queued', 'running', 'completed'],
  ],
  result: [
    ['finished Rome'],
    ['Rome 0.1'],
    ['Rome'],
    ['Rome'],
    ['created', 'created', 'running', 'running', 'running', 'finished', 'Rome'],
    ['finished'],
    COURSE,
  ],
  progress: [
    [...COURSE, 'done'],
    [
      '1 created 0 1000',
      '2 created 0 1500',
      '3 running 0 1000',
      '4 running 0 1500',
      '5 running 0 2250',
      '6 finished 0 0',
    ],
    ['1 undefined', '2 Opened the shop'],
    [
      ...['1 created', 'created', '2 created', '3 running', 'running', '4 running', '5 running'],
      ...['6 finished', 'finished'],
    ],
  ],
  stop: [
    ['created', 'running'],
    ['Error: no longer needed'],
    ['created', 'stopped'],
    COURSE,
    COURSE,
  ],
  pool: [
    COURSE.flatMap((status) => [`task_1 ${status}`, `task_2 ${status}`]),
    ['created', 'created', 'running', 'running', 'running', 'finished', 'Rome'],
    COURSE.map((status) => `task_1 ${status}`),
    [
      ...['task_1 1 0 created', 'created', 'task_1 2 0 created', 'task_1 3 0 running', 'running'],
      ...['task_1 4 0 running', 'task_1 5 0 running', 'task_1 6 0 finished', 'finished'],
    ],
    // these two only wait
    [],
    [],
    COURSE.flatMap((status) => [`task_1 ${status}`, `task_2 ${status}`]),
    COURSE,
  ],
  restart: [[...COURSE, 'done'], COURSE, ['finished']],
  servers: [COURSE, COURSE, COURSE, COURSE],
  schedule: [COURSE, COURSE, COURSE, COURSE, COURSE, COURSE, COURSE],
};

/** Not a program (other tests run its functions), or run by another test as a whole. */
const EXAMPLE =
  /^<!-- docs\/examples\/(?:by-task\/progress(?:-board)?|(?:dashboard|learned|node)\/.*)\.ts -->$/;

const home = process.cwd();

interface Sample {
  readonly code: string;
  readonly language: string;
}

/** The samples of a page, without those that need declarations of a browser. */
async function samplesOf(page: string): Promise<Sample[]> {
  const text = await readFile(join(home, 'docs', `${page}.md`), 'utf8');
  const blocks = text.matchAll(/^(?<above>.+)\n\n```(?<language>[jt]s)\n(?<code>[^]*?)^```$/gm);
  return [...blocks].flatMap(({ groups: { above = '', language = '', code = '' } = {} }) =>
    above === '-->' || EXAMPLE.test(above) ? [] : [{ code, language }],
  );
}

/** Answers like all versions of the API. Its tasks start at the first request. */
function startApi(): FakeTaskApi['fetch'] {
  const id = '3c90c3cc-0d44-4b50-8888-8dd25736052a';
  const result = { output: 'Rome' };
  const course = [
    ['created', 0],
    ['running', 2_000],
    ['finished', 7_000],
  ] as const;
  const ids = ['task_1234567890abcdef', 'task_1', 'task_2'];
  const v1 = startableTasks(Object.fromEntries(ids.map((taskId) => [taskId, course])), {
    results: Object.fromEntries(ids.map((taskId) => [taskId, result])),
    speed: 1,
    log: () => undefined,
  });
  const v2 = fakeTaskApi(
    { [id]: [['finished', 0]] },
    { api: browserUseV2, body: (status) => ({ status, isSuccess: true, cost: '0.1', ...result }) },
  );
  const v3 = fakeTaskApi(
    {
      [id]: [
        ['running', 0],
        ['succeeded', 3_000],
      ],
    },
    {
      api: browserUseV3,
      body: (status) =>
        status === 'running'
          ? { status, stepCount: 1 }
          : {
              ...{ status: 'idle', isTaskSuccessful: true },
              ...{ stepCount: 2, lastStepSummary: 'Opened the shop' },
            },
    },
  );
  const v4 = fakeTaskApi(
    {
      [id]: [
        ['queued', 0],
        ['running', 2_000],
        ['completed', 7_000],
      ],
    },
    { api: browserUseV4 },
  );
  const versions: [string, Pick<FakeTaskApi, 'fetch'>][] = [
    [browserUseV2.baseUrl, v2],
    [browserUseV3.baseUrl, v3],
    [browserUseV4.baseUrl, v4],
  ];
  return async (url, init) => {
    const [, { fetch } = v1] = versions.find(([baseUrl]) => url.startsWith(baseUrl)) ?? [];
    const response = await fetch(url, init);
    const text = await response.text();
    return {
      ...response,
      ok: response.status < 300,
      text: () => Promise.resolve(text),
      json: () => Promise.resolve(JSON.parse(text) as unknown),
    };
  };
}

let folder: string;
let sampleCount = 0;
beforeAll(async () => {
  // inside of the repository, so that the imports are found
  await mkdir('reports', { recursive: true });
  folder = resolve(await mkdtemp('reports/task-pages-'));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  vi.useFakeTimers({
    now: new Date('2026-01-31T12:00:00Z'),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
  vi.spyOn(Math, 'random').mockReturnValue(0);
  vi.stubEnv('BROWSER_USE_API_KEY', 'a-key');
  // for the samples that write a file
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(home);
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** Runs a sample, and returns what it prints. */
async function run({ code, language }: Sample): Promise<string[]> {
  const lines: string[] = [];
  const print = (...values: unknown[]) => void lines.push(format(...values));
  vi.spyOn(console, 'log').mockImplementation(print);
  vi.spyOn(console, 'debug').mockImplementation(print);
  vi.spyOn(console, 'error').mockImplementation(print);
  let api: FakeTaskApi['fetch'] | undefined;
  vi.stubGlobal('fetch', (...request: Parameters<FakeTaskApi['fetch']>) => {
    api ??= startApi();
    return api(...request);
  });
  const onSigterm = process.listeners('SIGTERM');

  sampleCount += 1;
  const file = join(folder, `sample-${sampleCount}.${language}`);
  await writeFile(file, code);
  await runWithFakeClock(file, () => api !== undefined);

  for (const listener of process.listeners('SIGTERM')) {
    if (!onSigterm.includes(listener)) process.removeListener('SIGTERM', listener);
  }
  return lines;
}

describe.each(Object.entries(printed))('docs/%s.md', (page, outputs) => {
  test.each(outputs.map((output, index) => [index + 1, output] as const))(
    'sample %i prints what the page says',
    async (number, output) => {
      const samples = await samplesOf(page);
      expect(await run(samples[number - 1]!)).toEqual(output);
    },
  );

  test('has no other samples', async () => {
    expect(await samplesOf(page)).toHaveLength(outputs.length);
  });
});
