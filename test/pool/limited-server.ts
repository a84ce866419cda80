import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The requests that a server with a limit has got. */
interface Seen {
  requests: number;
  refused: number;
  /** The most requests that it accepted within one second of its clock. */
  busiest: number;
  /** The most requests that were open at once. */
  mostAtOnce: number;
}

export interface LimitedServer {
  readonly url: string;
  readonly seen: Readonly<Seen>;
  close(): void;
}

/**
 * Tasks behind a limit: so many requests in each second; further ones get a 429 with `Retry-After`.
 * Each other answer is the next word of its task, so that a late request misses none.
 *
 * @param words the words of a task, answer by answer; the last one is repeated
 * @param latency how long an answer takes, ms
 */
export async function limitedServer(
  words: (task: number) => readonly string[],
  limit: number,
  latency: number,
): Promise<LimitedServer> {
  const seen: Seen = { requests: 0, refused: 0, busiest: 0, mostAtOnce: 0 };
  const answered = new Map<number, number>();
  let open = 0;
  let second = 0;
  let inSecond = 0;
  const server = createServer((request, response) => {
    seen.requests++;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, ++open);
    const answer = (body: unknown): void => {
      setTimeout(() => {
        // before it is sent: the client may send the next request at once
        open--;
        response.end(JSON.stringify(body));
      }, latency);
    };
    const now = Math.floor(performance.now() / 1_000);
    inSecond = now === second ? inSecond + 1 : 1;
    second = now;
    if (inSecond > limit) {
      seen.refused++;
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' });
      answer({ detail: 'Rate limit exceeded' });
      return;
    }
    seen.busiest = Math.max(seen.busiest, inSecond);
    const task = Number(/\/task\/task_(\d+)\/status$/.exec(request.url ?? '')?.[1]);
    const said = words(task);
    const place = Math.min(answered.get(task) ?? 0, said.length - 1);
    answered.set(task, place + 1);
    response.writeHead(200, { 'content-type': 'application/json' });
    answer(said[place]);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
