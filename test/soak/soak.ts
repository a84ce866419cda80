import { getEventListeners, once, setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { BehaviorSubject, Observable, type Subscription } from 'rxjs';
import {
  type StatusResponse,
  type StatusTransport,
  type TaskPoll,
  taskPolls$,
  type TaskStatusOptions,
} from '../../src/index.js';
import { seeded } from '../support/seeded.js';

/** The size of a run. */
export interface SoakOptions {
  readonly polls: number;
  /** How many watches are active at any time. */
  readonly watches: number;
  /** How many of them use sockets. The others use a stub. */
  readonly overSockets: number;
  readonly seed: number;
}

/** Measurements at a hundred times. At each one polling is paused and garbage is collected. */
export interface SoakResult {
  readonly polls: number;
  readonly pollsOverSockets: number;
  readonly watches: number;
  /** How they ended, and how often. */
  readonly ends: Readonly<Record<End, number>>;
  /** The median heap of the second tenth and of the last, bytes. */
  readonly early: number;
  readonly late: number;
  /** Resources while all watches are active: the fewest and the most. */
  readonly during: Readonly<Record<keyof Resources, readonly [fewest: number, most: number]>>;
  /** Resources after the end of all watches. */
  readonly after: Resources;
  /** Resources that were not needed, in words. */
  readonly violations: readonly string[];
}

/** The resources of a process for its watches. */
interface Resources {
  readonly 'listeners on the signal': number;
  readonly 'subscribers of pauseWhile': number;
  readonly timers: number;
  readonly sockets: number;
}

type End = 'finished' | 'not found' | 'timed out' | 'unsubscribed';

const SAMPLES = 100;

/** The average number of polls of a watch. */
const POLLS_PER_WATCH = 50;

/** Starts and ends watches until there were enough polls. */
export async function soak({
  polls: wanted,
  watches,
  overSockets,
  seed,
}: SoakOptions): Promise<SoakResult> {
  const random = seeded(seed);
  const abort = new AbortController();
  // one listener for each watch is expected, but Node warns about more than ten
  setMaxListeners(0, abort.signal);
  const paused$ = new BehaviorSubject(false);
  let subscribers = 0;
  const pauseWhile = new Observable<boolean>((subscriber) => {
    subscribers++;
    subscriber.add(() => subscribers--);
    subscriber.add(paused$.subscribe(subscriber));
  });
  const ends: Record<End, number> = {
    finished: 0,
    'not found': 0,
    'timed out': 0,
    unsubscribed: 0,
  };
  const violations: string[] = [];
  const heap = new Float64Array(SAMPLES);
  const during: Record<keyof Resources, readonly [number, number]> = {
    'listeners on the signal': [Infinity, 0],
    'subscribers of pauseWhile': [Infinity, 0],
    timers: [Infinity, 0],
    sockets: [Infinity, 0],
  };
  let polls = 0;
  let pollsOverSockets = 0;
  let started = 0;
  let live = 0;
  let liveOverSockets = 0;
  let withDeadline = 0;
  let open = 0;
  let full = true;
  /** The answers that the server and the stub delay, during a measurement. */
  let pending: { readonly server: (() => void)[]; readonly stub: (() => void)[] } | undefined;

  const server = createServer((request, response) => {
    open++;
    response.on('close', () => open--);
    const [status, body] = answerTo(Number(/\d+/.exec(request.url ?? '')?.[0]));
    const answer = (): void => {
      response.writeHead(status, { connection: 'close' }).end(body);
    };
    if (pending) pending.server.push(answer);
    else answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const before = timers();

  /** The answer to the nth watch: its task continues until a random end. */
  function answerTo(watch: number): [status: number, body: string] {
    if (random() > 2 / POLLS_PER_WATCH) return [200, watch % 2 ? '"running"' : '"paused"'];
    return random() < 0.5 ? [200, '"finished"'] : [404, ''];
  }

  const stub: StatusTransport = ({ taskId }) => {
    const [status, body] = answerTo(Number(taskId));
    const response: StatusResponse = { status, headers: { get: () => null }, body };
    return new Promise((resolve) => {
      const answer = (): void => resolve(response);
      if (pending) pending.stub.push(answer);
      else answer();
    });
  };

  const shared: TaskStatusOptions = {
    backoff: { initialDelay: 10, factor: 1.5, maxDelay: 50 },
    signal: abort.signal,
    pauseWhile,
  };

  function start(place: number): void {
    const onSockets = place < overSockets;
    // a late deadline, whose timer must be cleared, or an early one
    const timeout = [Infinity, 60_000, 200][started % 3]!;
    const watch = taskPolls$(String(started), {
      ...shared,
      timeout,
      ...(onSockets ? { baseUrl } : { transport: stub }),
    });
    const deadlines = timeout === Infinity ? 0 : 1;
    started++;
    live++;
    if (onSockets) liveOverSockets++;
    withDeadline += deadlines;
    let over = false;
    const end = (how: End): void => {
      if (over) return;
      over = true;
      ends[how]++;
      live--;
      if (onSockets) liveOverSockets--;
      withDeadline -= deadlines;
      // not synchronously: a watch that ends at once would start the next one inside it
      if (full) setImmediate(() => full && start(place));
    };
    const next = ({ nextDelay }: TaskPoll): void => {
      polls++;
      if (onSockets) pollsOverSockets++;
      if (nextDelay === undefined || random() > 1 / POLLS_PER_WATCH) return;
      // answers are asynchronous: `subscription` is set before the first poll
      subscription.unsubscribe();
      end('unsubscribed');
    };
    const subscription: Subscription = watch.subscribe({
      next,
      complete: () => end('finished'),
      error: (error: unknown) =>
        end(String(error).startsWith('TaskTimeoutError') ? 'timed out' : 'not found'),
    });
  }

  function timers(): number {
    return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  }

  async function resources(): Promise<Resources> {
    const sockets = await new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
    return {
      'listeners on the signal': getEventListeners(abort.signal, 'abort').length,
      'subscribers of pauseWhile': subscribers,
      timers: timers() - before,
      sockets,
    };
  }

  function check(condition: boolean, what: string): void {
    if (!condition) violations.push(`after ${polls} polls: ${what}`);
  }

  async function sample(at: number): Promise<void> {
    // wait until every watch over sockets has its one request at the server. The stub delays its
    // answers meanwhile, because on a slow machine its watches would leave no time to the sockets
    const serverAnswers: (() => void)[] = [];
    const stubAnswers: (() => void)[] = [];
    pending = { server: serverAnswers, stub: stubAnswers };
    await until(() => serverAnswers.length === overSockets);
    const active = await resources();
    const needed = live;
    check(
      active.sockets === liveOverSockets && active.sockets === overSockets,
      `${active.sockets} sockets for ${liveOverSockets} of ${overSockets} watches`,
    );
    pending = undefined;
    for (const answer of [...serverAnswers, ...stubAnswers]) answer();

    // for each watch a delay and a request timer, and one for its deadline
    const most = 2 * needed + withDeadline;
    check(active.timers <= most, `${active.timers} timers for ${most} delays and limits`);
    for (const [what, count] of entriesOf(active)) {
      const [low, high] = during[what];
      during[what] = [Math.min(low, count), Math.max(high, count)];
    }
    check(
      active['listeners on the signal'] === needed &&
        active['subscribers of pauseWhile'] === needed,
      `${needed} watches have ${JSON.stringify(active)}`,
    );

    paused$.next(true);
    await idle();
    const paused = await resources();
    check(live === watches, `${live} of ${watches} watches`);
    // there is no delay in a pause; a request timer may still be pending
    check(paused.timers <= live + withDeadline, `${paused.timers} timers in a pause`);
    check(paused.sockets === 0, `${paused.sockets} sockets in a pause`);
    globalThis.gc?.();
    await turn();
    globalThis.gc?.();
    heap[at] = process.memoryUsage().heapUsed;
    paused$.next(false);
  }

  /** Waits until no request is in flight. */
  function idle(): Promise<void> {
    return until(async () => {
      const { sockets } = await resources();
      return open + sockets === 0 && (live === watches || !full);
    });
  }

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (let waited = 0; waited < 10_000; waited += 5) {
      await sleep(5);
      if (await condition()) return;
    }
  }

  for (let place = 0; place < watches; place++) start(place);
  for (let at = 0; at < SAMPLES; at++) {
    while (polls < ((at + 1) * wanted) / SAMPLES) await sleep(5);
    // each watch that has ended has been replaced
    await turn();
    await sample(at);
  }
  full = false;
  abort.abort();
  await idle();
  const after = await resources();
  server.close();
  await once(server, 'close');

  return {
    polls,
    pollsOverSockets,
    watches: started,
    ends,
    early: median(heap.slice(SAMPLES / 10, SAMPLES / 5)),
    late: median(heap.slice(-SAMPLES / 10)),
    during,
    after,
    violations,
  };
}

function entriesOf(resources: Resources): [keyof Resources, number][] {
  return Object.entries(resources) as [keyof Resources, number][];
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  return (
    (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2
  );
}
