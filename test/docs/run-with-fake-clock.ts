import { pathToFileURL } from 'node:url';
import { vi } from 'vitest';

// the real one: this module is loaded before the clock is replaced
const { setImmediate } = globalThis;

/**
 * Runs a program in this process until it has ended, and two minutes longer, with the fake clock of vitest.
 *
 * @param hasStarted no time passes while the file is loaded
 */
export async function runWithFakeClock(file: string, hasStarted: () => boolean): Promise<void> {
  let ended = false;
  const program = import(pathToFileURL(file).href).finally(() => (ended = true));
  while (!ended) {
    if (hasStarted()) await vi.advanceTimersByTimeAsync(100);
    else await new Promise((done) => setImmediate(done));
  }
  await program;
  await vi.advanceTimersByTimeAsync(120_000);
}
