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

/** How much is soaked. */
export interface Plan {
  readonly polls: number;
  /** How many watches are on at any time. */
  readonly watches: number;
  /** How many of them ask over sockets; the others, a stub. */
  readonly overSockets: number;
  readonly seed: number;
}

/** What was found, at a hundred moments: at each of them polling is held and the heap collected. */
export interface Findings {
  readonly polls: number;
  readonly pollsOverSockets: number;
  readonly watches: number;
  /** How they ended, and how often. */
  readonly ends: Readonly<Record<End, number>>;
  /** The median heap of the second tenth and of the last, bytes. */
  readonly early: number;
  readonly late: number;
  /** What was held while all watches were on: at least and at most. */
  readonly held: Readonly<Record<keyof Holdings, readonly [least: number, most: number]>>;
  /** The same when all watches had ended. */
  readonly left: Holdings;
  /** What was held without being needed, in words. */
  readonly breaches: readonly string[];
}

/** What a process holds for its watches. */
interface Holdings {
  readonly 'listeners on the signal': number;
  readonly 'subscribers of pauseWhile': number;
  readonly timers: number;
  readonly sockets: number;
}

type End = 'finished' | 'not found' | 'timed out' | 'unsubscribed';

const SAMPLES = 100;

/** A watch is asked so many times on average before it ends. */
const LIFE = 50;

/** Runs watches that come and go until there were enough polls. */
export async function soak({ polls: wanted, watches, overSockets, seed }: Plan): Promise<Findings> {
  const random = seeded(seed);
  const abort = new AbortController();
  // one for each watch is what is wanted here, and Node takes more than ten for a leak
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
  const breaches: string[] = [];
  const heap = new Float64Array(SAMPLES);
  const held: Record<keyof Holdings, readonly [number, number]> = {
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
  /** The answers that the server and the stub keep back, while they do. */
  let kept: { readonly server: (() => void)[]; readonly stub: (() => void)[] } | undefined;

  const server = createServer((request, response) => {
    open++;
    response.on('close', () => open--);
    const [status, body] = answerTo(Number(/\d+/.exec(request.url ?? '')?.[0]));
    const answer = (): void => {
      response.writeHead(status, { connection: 'close' }).end(body);
    };
    if (kept) kept.server.push(answer);
    else answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const before = timers();

  /** What the nth watch is told: that its task goes on, until chance ends it. */
  function answerTo(watch: number): [status: number, body: string] {
    if (random() > 2 / LIFE) return [200, watch % 2 ? '"running"' : '"paused"'];
    return random() < 0.5 ? [200, '"finished"'] : [404, ''];
  }

  const stub: StatusTransport = ({ taskId }) => {
    const [status, body] = answerTo(Number(taskId));
    const response: StatusResponse = { status, headers: { get: () => null }, body };
    return new Promise((resolve) => {
      const answer = (): void => resolve(response);
      if (kept) kept.stub.push(answer);
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
    // a deadline far off, so that its timer is one that has to be cleared, or close
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
      // not from within: a watch that ends at once would bring the next one with it
      if (full) setImmediate(() => full && start(place));
    };
    const next = ({ nextDelay }: TaskPoll): void => {
      polls++;
      if (onSockets) pollsOverSockets++;
      if (nextDelay === undefined || random() > 1 / LIFE) return;
      // a stub's answer is a promise: there is a subscription before the first poll
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

  async function holdings(): Promise<Holdings> {
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

  function must(truth: boolean, what: string): void {
    if (!truth) breaches.push(`after ${polls} polls: ${what}`);
  }

  async function sample(at: number): Promise<void> {
    // until every watch over sockets has its request there: each of them needs one, and no more; the
    // others rest meanwhile, for on a slow machine their timers would leave no time to the sockets
    const asked: (() => void)[] = [];
    const resting: (() => void)[] = [];
    kept = { server: asked, stub: resting };
    await until(() => asked.length === overSockets);
    const going = await holdings();
    const need = live;
    must(
      going.sockets === liveOverSockets && going.sockets === overSockets,
      `${going.sockets} sockets for ${liveOverSockets} of ${overSockets} watches`,
    );
    kept = undefined;
    for (const answer of [...asked, ...resting]) answer();

    // for each one the wait and the limit of its request, and one for the deadline
    const most = 2 * need + withDeadline;
    must(going.timers <= most, `${going.timers} timers for ${most} waits and limits`);
    for (const [what, count] of entriesOf(going)) {
      const [low, high] = held[what];
      held[what] = [Math.min(low, count), Math.max(high, count)];
    }
    must(
      going['listeners on the signal'] === need && going['subscribers of pauseWhile'] === need,
      `${need} watches hold ${JSON.stringify(going)}`,
    );

    paused$.next(true);
    await quiet();
    const paused = await holdings();
    must(live === watches, `${live} of ${watches} watches`);
    // nothing waits in a pause; a limit may still be armed
    must(paused.timers <= live + withDeadline, `${paused.timers} timers in a pause`);
    must(paused.sockets === 0, `${paused.sockets} sockets in a pause`);
    globalThis.gc?.();
    await turn();
    globalThis.gc?.();
    heap[at] = process.memoryUsage().heapUsed;
    paused$.next(false);
  }

  /** Waits until what is on its way has come. */
  function quiet(): Promise<void> {
    return until(async () => {
      const { sockets } = await holdings();
      return open + sockets === 0 && (live === watches || !full);
    });
  }

  async function until(truth: () => boolean | Promise<boolean>): Promise<void> {
    for (let waited = 0; waited < 10_000; waited += 5) {
      await sleep(5);
      if (await truth()) return;
    }
  }

  for (let place = 0; place < watches; place++) start(place);
  for (let at = 0; at < SAMPLES; at++) {
    while (polls < ((at + 1) * wanted) / SAMPLES) await sleep(5);
    // everyone that has ended has been followed by another
    await turn();
    await sample(at);
  }
  full = false;
  abort.abort();
  await quiet();
  const left = await holdings();
  server.close();
  await once(server, 'close');

  return {
    polls,
    pollsOverSockets,
    watches: started,
    ends,
    early: median(heap.slice(SAMPLES / 10, SAMPLES / 5)),
    late: median(heap.slice(-SAMPLES / 10)),
    held,
    left,
    breaches,
  };
}

function entriesOf(holdings: Holdings): [keyof Holdings, number][] {
  return Object.entries(holdings) as [keyof Holdings, number][];
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  return (
    (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2
  );
}
