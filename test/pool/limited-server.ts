import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The requests that a server with a limit has got. */
interface Seen {
  requests: number;
  refused: number;
  /** The most requests that were open at once. */
  mostAtOnce: number;
}

export interface LimitedServer {
  readonly url: string;
  readonly seen: Readonly<Seen>;
  close(): void;
}

/**
 * Tasks behind a limit: after so many requests all get a 429 with `Retry-After`, for a second from the
 * first refusal on. So it refuses some on any machine, however few requests that sends in a second.
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
  const seen: Seen = { requests: 0, refused: 0, mostAtOnce: 0 };
  const answered = new Map<number, number>();
  let open = 0;
  let accepted = 0;
  let opensAt: number | undefined;
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
    const now = performance.now();
    if (opensAt !== undefined && now >= opensAt) {
      accepted = 0;
      opensAt = undefined;
    }
    if (accepted === limit) {
      opensAt ??= now + 1_000;
      seen.refused++;
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' });
      answer({ detail: 'Rate limit exceeded' });
      return;
    }
    accepted++;
    const task = Number(/\/task\/task_(\d+)\/status$/.exec(request.url ?? '')?.[1]);
    const taskWords = words(task);
    const index = Math.min(answered.get(task) ?? 0, taskWords.length - 1);
    answered.set(task, index + 1);
    response.writeHead(200, { 'content-type': 'application/json' });
    answer(taskWords[index]);
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
