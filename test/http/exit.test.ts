import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { askOver } from './ask.js';
import { startFaultServer } from './fault-server.js';
import type { Part, Script } from './script.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const server = await startFaultServer();
const ask = askOver(server.origin);
const folder = await mkdtemp(join(tmpdir(), 'task-status-'));
const child = join(folder, 'child.cjs');
await build({
  entryPoints: [path('exit-child.ts')],
  alias: { 'rxjs-task-status': path('../../src/index.ts') },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  outfile: child,
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const endings: readonly [ending: string, script: Script, printed: readonly string[]][] = [
  ['complete', [{ body: '"finished"', keepAlive: true }], ['finished', 'complete']],
  ['an error', [{ status: 404, keepAlive: true }], ['TaskNotFoundError']],
  ['unsubscribed in a wait', [{ body: '"running"', keepAlive: true }], ['running']],
  ['unsubscribed in a request', [{ fault: 'silent' }], []],
  ['aborted in a wait', [{ body: '"running"', keepAlive: true }], ['running', 'enough']],
  ['aborted in a request', [{ fault: 'trickles' }], ['enough']],
];

describe('nothing keeps the process alive (pitfall #33)', () => {
  test.concurrent.each(endings)(
    'after the end: %s',
    async (ending, script, printed) => {
      const part = (await ask('/scripts', script)) as Part;
      // rejects where the process has to be stopped
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [child, server.origin + part.path, ending],
        { timeout: 20_000 },
      );
      expect(stdout.split('\n').filter(Boolean)).toEqual(printed);
    },
    30_000,
  );
});
