import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { taskStatus$ } from 'rxjs-task-status';

import { LIBRARY, printSample } from './rows.js';

/** The number of concurrent watches, and of polls for each. */
const WATCHING = 50;
const POLLS = 40;
/** The delay between polls, ms. The work of a poll does not depend on it. */
const WAIT = 20;
const REQUEST_TIMEOUT = 30_000;
/** The number of turns of each contestant. */
const TURNS = 4;

const HEADERS = { authorization: 'Bearer bu_0000000000000000' };
const TERMINAL = new Set(['finished', 'stopped', 'failed']);

const server = fork(fileURLToPath(new URL('server.js', import.meta.url)), [String(POLLS)], {
  execArgv: [],
});
const [address] = (await once(server, 'message')) as [AddressInfo];
const base = `http://127.0.0.1:${address.port}`;

const contestants: Record<string, (taskId: string) => Promise<unknown>> = {
  [LIBRARY]: (taskId) =>
    new Promise<void>((resolve, reject) => {
      const backoff = { initialDelay: WAIT, maxDelay: WAIT, jitter: 0 };
      taskStatus$(taskId, { baseUrl: base, apiKey: 'bu_0000000000000000', backoff }).subscribe({
        error: reject,
        complete: resolve,
      });
    }),
  'bare loop': (taskId) => loop(taskId, () => ({})),
  'bare loop with a signal': (taskId) => loop(taskId, () => new AbortController()),
  'loop with timeout and abort': async (taskId) => {
    for (;;) {
      const controller = new AbortController();
      const limit = setTimeout(() => controller.abort(), REQUEST_TIMEOUT);
      let status: string;
      try {
        const { signal } = controller;
        const response = await fetch(`${base}/task/${taskId}/status`, { headers: HEADERS, signal });
        if (!response.ok) throw new Error(`got HTTP ${response.status}`);
        status = (await response.json()) as string;
      } finally {
        clearTimeout(limit);
      }
      if (TERMINAL.has(status)) return;
      await sleep(WAIT);
    }
  },
};

/** Polls until the task has ended, with or without a signal. */
async function loop(taskId: string, init: () => { readonly signal?: AbortSignal }): Promise<void> {
  for (;;) {
    const { signal = null } = init();
    const response = await fetch(`${base}/task/${taskId}/status`, { headers: HEADERS, signal });
    if (!response.ok) throw new Error(`got HTTP ${response.status}`);
    if (TERMINAL.has((await response.json()) as string)) return;
    await sleep(WAIT);
  }
}

let tasks = 0;

/** One contestant's turn: CPU time in this process, us. */
async function turn(watch: (taskId: string) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: WATCHING }, () => watch(`task_${tasks++}`)));
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const names = Object.keys(contestants);
const used = new Map<string, number>();
// the first turn of each opens the connections and warms up the code; it does not count
for (let at = 0; at <= TURNS; at++) {
  for (const name of at % 2 ? [...names].reverse() : names) {
    const watch = contestants[name];
    if (!watch) continue;
    const cpu = await turn(watch);
    if (at > 0) used.set(name, (used.get(name) ?? 0) + cpu);
  }
}
for (const contestant of names) {
  const cpu = used.get(contestant) ?? NaN;
  const measure = 'CPU per poll, loopback HTTP';
  printSample({ measure, contestant, value: cpu / (TURNS * WATCHING * POLLS) });
}
server.disconnect();

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
