import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { FetchLike } from '../../src/index.js';
import { namesOf, type Answer } from './answers.js';
import { BrokenServer, type Sighting } from './broken-server.js';
import type { History } from './history.js';

/** A watch as the server and the network know it. */
export interface Stage {
  readonly baseUrl: string;
  /** What came in, by the attempt that its key names. */
  readonly sightings: Map<number, Sighting>;
  /** What was asked for against the rules, in words. */
  readonly breaches: string[];
  /** Sends a request, or lets nobody be there for it. */
  readonly fetch: FetchLike;
  /** How many requests have been sent. */
  readonly requests: () => number;
}

const AFTER_ALL: Answer = {
  kind: 'status',
  word: 'finished',
  framing: 'with its length',
  latency: 0,
  keepAlive: true,
  pacing: undefined,
};

/** What answers a request; after the last of the history, the task is finished. */
export const answerTo = ({ answers }: History, attempt: number): Answer =>
  answers[attempt - 1] ?? AFTER_ALL;

export const KEY = 'key-of-attempt-';

/** The servers that all histories of a run share, and the count of what they did. */
export class Ground {
  readonly counts = new Map<string, number>();
  /** Requests that came where none must: they carry a key. */
  stolen = 0;
  #home: BrokenServer | undefined;
  #elsewhere: BrokenServer | undefined;
  #nobody = '';
  readonly #stages: { readonly history: History; readonly stage: Stage }[] = [];

  static async prepare(): Promise<Ground> {
    const ground = new Ground();
    ground.#elsewhere = await BrokenServer.start(() => {
      ground.stolen++;
      return undefined;
    });
    ground.#home = await BrokenServer.start(
      (sighting) => ground.#judge(sighting),
      ground.#elsewhere.origin,
    );
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    ground.#nobody = `http://127.0.0.1:${(nobody.address() as AddressInfo).port}`;
    nobody.close();
    return ground;
  }

  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Makes room for one watch. */
  stage(history: History, fetch: FetchLike): Stage {
    const place = `/watch/${this.#stages.length}`;
    const home = this.#home?.origin ?? '';
    let requests = 0;
    const stage: Stage = {
      baseUrl: home + place,
      sightings: new Map(),
      breaches: [],
      requests: () => requests,
      fetch: (url, init) => {
        const attempt = attemptOf(init.headers['Authorization']);
        requests++;
        if (attempt !== requests) stage.breaches.push(`request ${requests} has key ${attempt}`);
        if (answerTo(history, attempt).kind !== 'refused') return fetch(url, init);
        this.count('refused');
        return fetch(url.replace(home, this.#nobody), init);
      },
    };
    this.#stages.push({ history, stage });
    return stage;
  }

  /** How many connections are open. */
  async connections(): Promise<number> {
    const counts = await Promise.all([this.#home?.connections(), this.#elsewhere?.connections()]);
    return counts.reduce<number>((sum, count = 0) => sum + count, 0);
  }

  async close(): Promise<void> {
    await Promise.all([this.#home?.close(), this.#elsewhere?.close()]);
  }

  #judge(sighting: Sighting): Answer | undefined {
    const [, place = '', path] = /^GET \/watch\/(\d+)(\S+) HTTP\/1\.1$/.exec(sighting.line) ?? [];
    const known = this.#stages[Number(place)];
    if (!known || path !== '/task/task_1/status') {
      this.stolen++;
      return undefined;
    }
    const { history, stage } = known;
    const attempt = attemptOf(sighting.headers.get('authorization'));
    if (stage.sightings.has(attempt)) stage.breaches.push(`request ${attempt} came twice`);
    stage.sightings.set(attempt, sighting);
    const answer = answerTo(history, attempt);
    for (const name of namesOf(answer)) this.count(name);
    return answer;
  }
}

function attemptOf(authorization = ''): number {
  return Number(authorization.slice(`Bearer ${KEY}`.length));
}
