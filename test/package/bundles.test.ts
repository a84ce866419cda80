import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { Script, createContext } from 'node:vm';
import { build, type BuildOptions, type BuildResult } from 'esbuild';
import { describe, expect, inject, test } from 'vitest';

const { folders } = inject('installed');
const folder = folders['7.8.2'];

/** Words of cross-fetch and its dependencies: node-fetch, and XMLHttpRequest for browsers. */
const CROSS_FETCH = /XMLHttpRequest|node-fetch|whatwg-url/;

const WATCH = `
  import { taskStatus$ } from 'rxjs-task-status';
  taskStatus$('task_1', { retry: false }).subscribe({
    next: (status) => events.push(status),
    error: (error) => events.push(error.message),
    complete: () => events.push('complete'),
  });
`;

/** Bundles a program in the folder where the package is installed. */
async function bundle(
  program: string,
  options: BuildOptions = {},
): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    stdin: { contents: program, resolveDir: folder },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    outdir: await mkdtemp(join(folder, 'bundle-')),
    tsconfigRaw: '{}',
    logLevel: 'silent',
    ...options,
    write: false,
    metafile: true,
  });
}

async function textOf(program: string, options?: BuildOptions): Promise<string> {
  const { outputFiles } = await bundle(program, { minify: true, ...options });
  return outputFiles.map(({ text }) => text).join('\n');
}

const browserBundles: readonly (readonly [name: string, options: BuildOptions])[] = [
  ['code splitting', { splitting: true }],
  ['no code splitting', { splitting: false }],
  ['an IIFE', { format: 'iife' }],
];

describe('a browser bundle contains nothing of cross-fetch', () => {
  test.each(browserBundles)('with %s', async (_, options) => {
    const { metafile, outputFiles } = await bundle(WATCH, options);
    const inputs = Object.keys(metafile.inputs).join('\n');
    expect(inputs).toMatch(/node_modules\/rxjs-task-status\/dist\/index\.web\.js$/m);
    expect(inputs).not.toMatch(/node_modules\/(cross-fetch|node-fetch)\//);
    for (const { text } of outputFiles) expect(text).not.toMatch(CROSS_FETCH);
    const external = Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.filter((imported) => imported.external),
    );
    expect(external).toEqual([]);
  });

  test('with the CommonJS build', async () => {
    const program = "events.push(require('rxjs-task-status').taskStatus$)";
    expect(await textOf(program, { format: 'iife' })).not.toMatch(CROSS_FETCH);
  });

  test('unlike a bundle for Node', async () => {
    expect(await textOf(WATCH, { platform: 'node' })).toMatch(CROSS_FETCH);
  });
});

describe('an IIFE runs', () => {
  /** Runs the bundle with the globals of a page, and waits until its watch ends. */
  async function run(globals: object): Promise<readonly string[]> {
    const events: string[] = [];
    const context = createContext({
      events,
      URL,
      URLSearchParams,
      TextDecoder,
      TextEncoder,
      AbortController,
      btoa,
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
      ...globals,
    });
    new Script(await textOf(WATCH, { format: 'iife' })).runInContext(context);
    await expect.poll(() => events, { timeout: 10_000 }).not.toEqual([]);
    return events;
  }

  test('with the fetch of the page', async () => {
    const fetch = (): Promise<Response> => Promise.resolve(new Response('"finished"'));
    expect(await run({ fetch })).toEqual(['finished', 'complete']);
  });

  test('and the error names the missing fetch', async () => {
    expect(await run({})).toEqual([expect.stringContaining('This runtime has no fetch')]);
  });
});

describe('tree shaking removes', () => {
  const importing = (names: string): Promise<string> =>
    textOf(`import { ${names} } from 'rxjs-task-status'; console.log(${names});`);

  test('each API that is not used', async () => {
    const paths = ['/api/v1', '/api/v2', '/api/v3', '/api/v4'];
    const included = (text: string): readonly string[] =>
      paths.filter((path) => text.includes(path));
    expect(included(await importing('taskStatus$'))).toEqual(['/api/v1']);
    for (const [name, path] of [
      ['browserUseV2', '/api/v2'],
      ['browserUseV3', '/api/v3'],
      ['browserUseV4', '/api/v4'],
    ] as const) {
      expect(included(await importing(`taskStatus$, ${name}`))).toEqual(['/api/v1', path]);
    }
  });

  test('from { taskStatus$ } everything that only other exports need', async () => {
    // for each export, texts that its code and no other has
    const words = {
      taskResult$: ['16777216', 'details:void 0'],
      browserUseV2: ['isSuccess', 'finishedAt', 'X-Browser-Use-API-Key'],
      browserUseV3: ['isTaskSuccessful', 'lastStepSummary', 'totalCostUsd', 'timed_out'],
      browserUseV4: ['dispatching', '/runs/'],
      defineTaskApi: ['must return a string', 'without duplicates'],
      createTaskStatusPool: ['maxConcurrent', 'inFlight'],
      requireFinished: ['TaskUnsuccessfulError', '"unsuccessful"'],
      whileHidden: ['visibilitychange'],
      whileOffline: ['offline'],
    };
    const alone = await importing('taskStatus$');
    for (const [name, texts] of Object.entries(words)) {
      const own = await importing(name);
      for (const text of texts) {
        expect(own, `${name} has ${text}`).toContain(text);
        expect(alone, `taskStatus$ has no ${text}`).not.toContain(text);
      }
    }
  });

  test('from { taskStatus$, browserUseV4 } everything but the description of the API', async () => {
    const [alone = '', both = ''] = await Promise.all(
      ['taskStatus$', 'taskStatus$, browserUseV4'].map(importing),
    );
    const added = both.length - alone.length;
    expect(added).toBeGreaterThan(0);
    // its fields, words and paths: about 400 characters
    expect(added).toBeLessThan(500);
  });

  test('the pool, the error of an unsuccessful task and the notifiers', async () => {
    // the pool needs the error for its results
    const words = { pool: 'maxConcurrent', errors: 'unsuccessful', page: 'visibilitychange' };
    const included = (text: string): readonly string[] =>
      Object.entries(words).flatMap(([what, word]) => (text.includes(word) ? [what] : []));
    expect(included(await importing('taskStatus$'))).toEqual([]);
    expect(included(await importing('createTaskStatusPool'))).toEqual(['pool', 'errors']);
    expect(included(await importing('requireFinished'))).toEqual(['errors']);
    expect(included(await importing('whileHidden'))).toEqual(['page']);
  });

  test('everything, if only side effects are imported', async () => {
    const text = await textOf("import 'rxjs-task-status'; import 'rxjs-task-status/testing';");
    expect(text.trim()).toBe('');
  });
});
