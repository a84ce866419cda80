import { createHttpPoller, type OperationResponse } from '@azure/core-lro';
import { intervalBackoff } from 'backoff-rxjs';
import { BrowserUse } from 'browser-use-sdk';
import pRetry from 'p-retry';
import { concatMap, defer, distinctUntilChanged, map, repeat, retry, takeWhile, timer } from 'rxjs';
import { taskStatus$ } from 'rxjs-task-status';

import type { Answer, Send } from './stub.js';

/** Gets the events of a contestant. */
export interface Watcher {
  next(status: string): void;
  error(error: unknown): void;
  complete(): void;
}

/** Watches one task until it has ended. */
export type Watch = (taskId: string, send: Send, watcher: Watcher) => void;

const BASE = 'https://api.browser-use.com/api/v1';
const HEADERS = { accept: 'application/json' };
const TERMINAL = new Set(['finished', 'stopped', 'failed']);

const INITIAL_DELAY = 1_000;
const FACTOR = 1.5;
const MAX_DELAY = 5_000;
const JITTER = 0.1;
const REQUEST_TIMEOUT = 30_000;
const MAX_RETRIES = 10;

/** The fixed interval with which 20 polls take as long as with the backoff above. */
const MEAN_DELAY = 4_150;

/** The library's default delay. */
function wait(seen: number): number {
  return Math.min(MAX_DELAY, INITIAL_DELAY * FACTOR ** (seen - 1)) * (1 - JITTER * Math.random());
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function urlOf(taskId: string): string {
  return `${BASE}/task/${encodeURIComponent(taskId)}/status`;
}

function statusOf({ status, body }: Answer): string {
  if (status !== 200) throw new Error(`got HTTP ${status}`);
  return JSON.parse(body) as string;
}

async function loop(taskId: string, send: Send, watcher: Watcher): Promise<void> {
  const url = urlOf(taskId);
  let last: string | undefined;
  let seen = 0;
  for (;;) {
    const status = statusOf(await send({ url, headers: HEADERS }));
    seen = status === last ? seen + 1 : 1;
    if (status !== last) watcher.next(status);
    last = status;
    if (TERMINAL.has(status)) return;
    await sleep(wait(seen));
  }
}

async function guardedLoop(taskId: string, send: Send, watcher: Watcher): Promise<void> {
  const url = urlOf(taskId);
  let last: string | undefined;
  let seen = 0;
  for (;;) {
    const controller = new AbortController();
    const limit = setTimeout(() => controller.abort(), REQUEST_TIMEOUT);
    let answer: Answer;
    try {
      answer = await send({ url, headers: HEADERS, signal: controller.signal });
    } finally {
      clearTimeout(limit);
    }
    const status = statusOf(answer);
    seen = status === last ? seen + 1 : 1;
    if (status !== last) watcher.next(status);
    last = status;
    if (TERMINAL.has(status)) return;
    await sleep(wait(seen));
  }
}

class StillRunning extends Error {}

function composition(taskId: string, send: Send, watcher: Watcher): void {
  const url = urlOf(taskId);
  let last: string | undefined;
  let seen = 0;
  defer(() => send({ url, headers: HEADERS }))
    .pipe(
      map((answer) => {
        const status = statusOf(answer);
        seen = status === last ? seen + 1 : 1;
        last = status;
        return status;
      }),
      retry({
        count: MAX_RETRIES,
        delay: (_, retries) => timer(500 * 2 ** (retries - 1)),
        resetOnSuccess: true,
      }),
      repeat({ delay: () => timer(wait(seen)) }),
      distinctUntilChanged(),
      takeWhile((status) => !TERMINAL.has(status), true),
    )
    .subscribe(watcher);
}

function backoffRxjs(taskId: string, send: Send, watcher: Watcher): void {
  const url = urlOf(taskId);
  intervalBackoff({
    initialInterval: INITIAL_DELAY,
    maxInterval: MAX_DELAY,
    backoffDelay: (iteration) => wait(iteration + 1),
  })
    .pipe(
      concatMap(() => send({ url, headers: HEADERS })),
      map(statusOf),
      distinctUntilChanged(),
      takeWhile((status) => !TERMINAL.has(status), true),
    )
    .subscribe(watcher);
}

async function withPRetry(taskId: string, send: Send, watcher: Watcher): Promise<void> {
  const url = urlOf(taskId);
  let last: string | undefined;
  await pRetry(
    async () => {
      const status = statusOf(await send({ url, headers: HEADERS }));
      if (status !== last) watcher.next(status);
      last = status;
      if (!TERMINAL.has(status)) throw new StillRunning(status);
    },
    { retries: Infinity, minTimeout: INITIAL_DELAY, factor: FACTOR, maxTimeout: MAX_DELAY },
  );
}

async function coreLro(taskId: string, send: Send, watcher: Watcher): Promise<void> {
  const url = urlOf(taskId);
  const request = { url, method: 'POST' };
  const poller = createHttpPoller<{ status: string }, { status: 'running' | 'succeeded' }>(
    {
      sendInitialRequest: () => {
        const rawResponse = { statusCode: 202, headers: { 'operation-location': url }, request };
        return Promise.resolve({ flatResponse: undefined, rawResponse });
      },
      sendPollRequest: async (location): Promise<OperationResponse> => {
        const status = statusOf(await send({ url: location, headers: HEADERS }));
        const body = { status: status === 'finished' ? 'succeeded' : status };
        return { flatResponse: body, rawResponse: { statusCode: 200, headers: {}, body, request } };
      },
    },
    { intervalInMs: MEAN_DELAY },
  );
  let last: string | undefined;
  poller.onProgress(({ status }) => {
    if (status !== last) watcher.next(status);
    last = status;
  });
  await poller.pollUntilDone();
}

let client: BrowserUse | undefined;
const sends = new Map<string, Send>();

/** Its answers are objects, and at the end it requests the whole task: one more request. */
async function browserUseSdk(taskId: string, send: Send, watcher: Watcher): Promise<void> {
  client ??= new BrowserUse({ apiKey: 'bu_0000000000000000' });
  globalThis.fetch = sdkFetch;
  sends.set(taskId, send);
  const task = await client.tasks.wait(taskId, { interval: MEAN_DELAY, timeout: 2 ** 40 });
  sends.delete(taskId);
  watcher.next(task.status);
}

/** The SDK uses only the global `fetch`; the task id is in the URL. */
async function sdkFetch(url: unknown, init?: RequestInit): Promise<Response> {
  const path = String(url);
  const from = path.indexOf('/tasks/') + 7;
  const to = path.indexOf('/', from);
  const send = sends.get(path.slice(from, to < 0 ? undefined : to));
  if (!send) throw new Error(`no task at ${path}`);
  const signal = init?.signal ?? undefined;
  const answer = await send({ url: path, headers: HEADERS, signal });
  const json = (): Promise<unknown> =>
    Promise.resolve({ status: JSON.parse(answer.body) as unknown });
  return { ok: true, status: answer.status, json } as Response;
}

/** A promise loop as a watch. */
function promised(run: (taskId: string, send: Send, watcher: Watcher) => Promise<unknown>): Watch {
  return (taskId, send, watcher) => {
    run(taskId, send, watcher).then(
      () => watcher.complete(),
      (error: unknown) => watcher.error(error),
    );
  };
}

/** The library with its default options. */
const library: Watch = (taskId, send, watcher) => {
  taskStatus$(taskId, { transport: send }).subscribe(watcher);
};

export const watches = {
  'rxjs-task-status': library,
  'bare loop': promised(loop),
  'loop with timeout and abort': promised(guardedLoop),
  'RxJS composition': composition,
  'backoff-rxjs': backoffRxjs,
  '@azure/core-lro': promised(coreLro),
  'p-retry': promised(withPRetry),
  'browser-use-sdk': promised(browserUseSdk),
} satisfies Record<string, Watch>;
