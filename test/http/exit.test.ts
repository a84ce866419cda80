import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.js';
import { askOver } from './ask.js';
import { startFaultServer } from './fault-server.js';
import type { Part, Script } from './script.js';

const server = await startFaultServer();
const ask = askOver(server.origin);
afterAll(() => server.close());

const program = fileURLToPath(new URL('exit-child.ts', import.meta.url));

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
      // one that stays alive is killed, and has no code
      const { code, lines } = await runProgram(program, [server.origin + part.path, ending]);
      expect([code, lines]).toEqual([0, printed]);
    },
    300_000,
  );
});
