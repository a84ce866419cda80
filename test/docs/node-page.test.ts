import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveTaskApi, type TaskApiServer } from 'rxjs-task-status/testing/server';
import { runProgram } from '../support/run-program.js';
import { scriptedApi } from '../support/scripted-api.js';

// The programs on the page run as they are printed. A preload supplies `apiKey` and a local server.

const preload = pathToFileURL(resolve('test/docs/programs/local-api.js')).href;

let server: TaskApiServer;
let folder: string;
const env = () => ({
  BROWSER_USE_BASE_URL: server.baseUrl,
  NODE_OPTIONS: `--import=${preload}`,
});

beforeAll(async () => {
  const blocks = await blocksOf('ts');
  const course = ['running', 'finished'] as const;
  server = await serveTaskApi(
    scriptedApi(
      {
        task_1234567890abcdef: ['created', 'running', 'finished'],
        task_1: ['running', 'finished'],
        task_2: ['running'],
        ...Object.fromEntries(blocks.map((_, index) => [`block_${index + 1}`, [...course]])),
      },
      { results: { task_1: { output: 'done' } } },
    ),
  );
  // inside of the repository, so that the imports of the blocks are found
  await mkdir('reports', { recursive: true });
  folder = await mkdtemp('reports/node-page-');
  const command = `"${process.execPath}" --import "${import.meta.resolve('tsx')}" "${resolve('src/cli.ts')}"`;
  const npx = `#!/bin/sh\nshift\nexec ${command} "$@"\n`;
  await writeFile(join(folder, 'npx'), npx, { mode: 0o755 });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** The code of all blocks in a language. */
async function blocksOf(language: string): Promise<string[]> {
  const page = await readFile('docs/node.md', 'utf8');
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  );
}

/** Runs a script with the command of this repository as `npx rxjs-task-status`. */
function runScript(script: string, key: string, givenEnv: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...process.env,
      ...env(),
      ...givenEnv,
      PATH: `${resolve(folder)}:${process.env['PATH'] ?? ''}`,
      TSX_TSCONFIG_PATH: resolve('tsconfig.json'),
    },
  });
  child.stdin.end(key);
  return text(child.stdout);
}

describe.concurrent('docs/node.md', () => {
  test('every TypeScript block runs as it is printed', async () => {
    const { code, lines, stderr } = await runProgram(
      resolve('test/docs/programs/node-page.ts'),
      [folder],
      env(),
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const outputs = lines
      .join('\n')
      .split(/^block \d+\n/m)
      .slice(1)
      .map((output) => output.trim().split('\n'));
    const programs = outputs.filter((output) => output.join() !== 'end');
    expect(programs.slice(0, -1)).toEqual([
      ['end', 'created', 'running', 'finished', 'fetch the result', 'no more events undefined'],
      ['the task has ended', 'end'],
      ['running', 'finished', 'end'],
      ['running', 'finished', 'end'],
      ['running', 'finished', 'end'],
      ['end', 'Hello'],
      ['finished', 'closed', 'end'],
    ]);
    // the other blocks are functions, which test/node calls, and the subscriber of the diagnostics
    // channel, which gets the polls of the first block when it runs once more
    expect(programs.at(-1)).toContain('finished');
    expect(programs.at(-1)).toContain("  taskId: 'task_1234567890abcdef',");
    expect(outputs).toHaveLength((await blocksOf('ts')).length + 1);
  });

  test('the command prints a result that can be redirected', async () => {
    const [script = ''] = await blocksOf('sh');
    await runScript(script, '', { BROWSER_USE_API_KEY: 'key' });
    expect(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'))).toMatchObject({
      output: 'done',
    });
  });

  test('the script that polls once reads the key and prints what the exit code means', async () => {
    const [script = ''] = await blocksOf('bash');
    const output = await runScript(script, 'key\n');
    expect(output.split('\n').at(-2)).toBe('not yet');
  });
});
