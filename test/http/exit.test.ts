import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.js';
import { controlByHttp } from './control-by-http.js';
import { startFaultServer } from './fault-server.js';
import type { Part, Script } from './script.js';

const server = await startFaultServer();
const control = controlByHttp(server.origin);
afterAll(() => server.close());

const program = fileURLToPath(new URL('exit-child.ts', import.meta.url));

const endings: readonly [ending: string, script: Script, printed: readonly string[]][] = [
  ['complete', [{ body: '"finished"', keepAlive: true }], ['finished', 'complete']],
  ['an error', [{ status: 404, keepAlive: true }], ['TaskNotFoundError']],
  ['unsubscribed in a delay', [{ body: '"running"', keepAlive: true }], ['running']],
  ['unsubscribed in a request', [{ fault: 'silent' }], []],
  ['aborted in a delay', [{ body: '"running"', keepAlive: true }], ['running', 'enough']],
  ['aborted in a request', [{ fault: 'trickles' }], ['enough']],
];

describe('nothing keeps the process alive', () => {
  test.concurrent.each(endings)(
    'after the end: %s',
    async (ending, script, printed) => {
      const part = (await control('/scripts', script)) as Part;
      // a process that stays alive is killed and has no exit code
      const { code, lines } = await runProgram(program, [server.origin + part.path, ending]);
      expect([code, lines]).toEqual([0, printed]);
    },
    300_000,
  );
});
