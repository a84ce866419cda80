import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { FetchLike } from '../../src/index.js';
import { namesOf, type Answer } from './answers.js';
import { BrokenServer, type ReceivedRequest } from './broken-server.js';
import type { History } from './history.js';

/** The base URL and the fetch of one watch, and its requests that the servers received. */
export interface WatchFixture {
  readonly baseUrl: string;
  /** The received requests by their attempt, which is in their key. */
  readonly received: Map<number, ReceivedRequest>;
  /** Violations of the rules, in words. */
  readonly violations: string[];
  /** Sends a request, to a port where nothing listens if it must be refused. */
  readonly fetch: FetchLike;
  /** How many requests have been sent. */
  readonly requests: () => number;
}

const LAST_ANSWER: Answer = {
  kind: 'status',
  word: 'finished',
  framing: 'with its length',
  latency: 0,
  keepAlive: true,
  pacing: undefined,
};

/** The answer to a request. After the answers of the history the task is finished. */
export const answerTo = ({ answers }: History, attempt: number): Answer =>
  answers[attempt - 1] ?? LAST_ANSWER;

export const KEY = 'key-of-attempt-';

/** The servers that all histories of a run share, and counts of what happened. */
export class Fixture {
  readonly counts = new Map<string, number>();
  /** Requests that a redirect sent to another server or path: they carry the key. */
  misdirected = 0;
  #server: BrokenServer | undefined;
  #elsewhere: BrokenServer | undefined;
  #closedOrigin = '';
  readonly #watches: { readonly history: History; readonly watch: WatchFixture }[] = [];

  static async prepare(): Promise<Fixture> {
    const fixture = new Fixture();
    fixture.#elsewhere = await BrokenServer.start(() => {
      fixture.misdirected++;
      return undefined;
    });
    fixture.#server = await BrokenServer.start(
      (request) => fixture.#answer(request),
      fixture.#elsewhere.origin,
    );
    const closedServer = createServer().listen(0, '127.0.0.1');
    await once(closedServer, 'listening');
    fixture.#closedOrigin = `http://127.0.0.1:${(closedServer.address() as AddressInfo).port}`;
    closedServer.close();
    return fixture;
  }

  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Adds a watch. */
  addWatch(history: History, fetch: FetchLike): WatchFixture {
    const path = `/watch/${this.#watches.length}`;
    const origin = this.#server?.origin ?? '';
    let requests = 0;
    const watch: WatchFixture = {
      baseUrl: origin + path,
      received: new Map(),
      violations: [],
      requests: () => requests,
      fetch: (url, init) => {
        const attempt = attemptOf(init.headers['Authorization']);
        requests++;
        if (attempt !== requests) watch.violations.push(`request ${requests} has key ${attempt}`);
        if (answerTo(history, attempt).kind !== 'refused') return fetch(url, init);
        this.count('refused');
        return fetch(url.replace(origin, this.#closedOrigin), init);
      },
    };
    this.#watches.push({ history, watch });
    return watch;
  }

  /** How many connections are open. */
  async connections(): Promise<number> {
    const counts = await Promise.all([this.#server?.connections(), this.#elsewhere?.connections()]);
    return counts.reduce<number>((sum, count = 0) => sum + count, 0);
  }

  async close(): Promise<void> {
    await Promise.all([this.#server?.close(), this.#elsewhere?.close()]);
  }

  #answer(request: ReceivedRequest): Answer | undefined {
    const [, index = '', path] = /^GET \/watch\/(\d+)(\S+) HTTP\/1\.1$/.exec(request.line) ?? [];
    const known = this.#watches[Number(index)];
    if (!known || path !== '/task/task_1/status') {
      this.misdirected++;
      return undefined;
    }
    const { history, watch } = known;
    const attempt = attemptOf(request.headers.get('authorization'));
    if (watch.received.has(attempt)) watch.violations.push(`request ${attempt} was received twice`);
    watch.received.set(attempt, request);
    const answer = answerTo(history, attempt);
    for (const name of namesOf(answer)) this.count(name);
    return answer;
  }
}

function attemptOf(authorization = ''): number {
  return Number(authorization.slice(`Bearer ${KEY}`.length));
}
