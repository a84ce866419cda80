import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { Script, createContext } from 'node:vm';
import { build, type BuildOptions, type BuildResult } from 'esbuild';
import { describe, expect, inject, test } from 'vitest';

const { folders } = inject('installed');
const folder = folders['7.8.2'];

/** Words of cross-fetch and of what it brings: node-fetch, and XMLHttpRequest for browsers. */
const CROSS_FETCH = /XMLHttpRequest|node-fetch|whatwg-url/;

const WATCH = `
  import { taskStatus$ } from 'rxjs-task-status';
  taskStatus$('task_1', { retry: false }).subscribe({
    next: (status) => told.push(status),
    error: (error) => told.push(error.message),
    complete: () => told.push('complete'),
  });
`;

/** Bundles a user's program in the folder where the package is installed. */
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

describe('a browser bundle holds nothing of cross-fetch', () => {
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

  test('nor does one of the CommonJS build', async () => {
    const program = "told.push(require('rxjs-task-status').taskStatus$)";
    expect(await textOf(program, { format: 'iife' })).not.toMatch(CROSS_FETCH);
  });

  test('while one for Node does', async () => {
    expect(await textOf(WATCH, { platform: 'node' })).toMatch(CROSS_FETCH);
  });
});

describe('an IIFE runs as it is', () => {
  /** Runs the bundle in a page-like global, and waits for its watch to end. */
  async function run(globals: object): Promise<readonly string[]> {
    const told: string[] = [];
    const context = createContext({
      told,
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
    await expect.poll(() => told, { timeout: 10_000 }).not.toEqual([]);
    return told;
  }

  test('with the fetch of the page', async () => {
    const fetch = (): Promise<Response> => Promise.resolve(new Response('"finished"'));
    expect(await run({ fetch })).toEqual(['finished', 'complete']);
  });

  test('and says so where there is none', async () => {
    expect(await run({})).toEqual([expect.stringContaining('This runtime has no fetch')]);
  });
});

describe('what is not used is left out of a bundle', () => {
  const importing = (names: string): Promise<string> =>
    textOf(`import { ${names} } from 'rxjs-task-status'; console.log(${names});`);

  test('the newer APIs, each alone', async () => {
    const paths = ['/api/v1', '/api/v2', '/api/v4'];
    const held = (text: string): readonly string[] => paths.filter((path) => text.includes(path));
    expect(held(await importing('taskStatus$'))).toEqual(['/api/v1']);
    expect(held(await importing('taskStatus$, browserUseV2'))).toEqual(['/api/v1', '/api/v2']);
    expect(held(await importing('taskStatus$, browserUseV4'))).toEqual(['/api/v1', '/api/v4']);
  });

  test('the pool, the operators, and what watches the page', async () => {
    const words = { pool: 'maxConcurrent', operators: 'unsuccessful', page: 'visibilitychange' };
    const held = (text: string): readonly string[] =>
      Object.entries(words).flatMap(([what, word]) => (text.includes(word) ? [what] : []));
    expect(held(await importing('taskStatus$'))).toEqual([]);
    expect(held(await importing('createTaskStatusPool'))).toEqual(['pool']);
    expect(held(await importing('requireFinished'))).toEqual(['operators']);
    expect(held(await importing('whileHidden'))).toEqual(['page']);
  });

  test('everything, where only its side effects are imported', async () => {
    const text = await textOf("import 'rxjs-task-status'; import 'rxjs-task-status/testing';");
    expect(text.trim()).toBe('');
  });
});
