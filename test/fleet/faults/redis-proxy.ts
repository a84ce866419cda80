import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What Redis says in a reply, as it is counted. */
const MARKS = ['-OOM', '-READONLY', '-LOADING', 'loading:1'] as const;

/** A TCP proxy before Redis. It counts the errors in the replies, and can cut replies in the middle. */
export class RedisProxy {
  readonly port: number;
  /** How many replies were cut. */
  cuts = 0;
  readonly #server: Server;
  readonly #redisPort: number;
  readonly #counts = new Map<string, number>();
  readonly #toCut = new Set<Socket>();
  readonly #open = new Set<Socket>();

  private constructor(server: Server, port: number, redisPort: number) {
    this.#server = server;
    this.port = port;
    this.#redisPort = redisPort;
    server.on('connection', (client: Socket) => this.#onConnection(client));
  }

  static async start(redisPort: number): Promise<RedisProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new RedisProxy(server, address.port, redisPort);
  }

  /** How many replies had this mark. */
  count(mark: (typeof MARKS)[number]): number {
    return this.#counts.get(mark) ?? 0;
  }

  /** Cuts the next reply of each connection that is open now. */
  cutNextReplies(): void {
    for (const client of this.#open) this.#toCut.add(client);
  }

  close(): void {
    this.#server.close();
    for (const client of this.#open) client.destroy();
  }

  #onConnection(client: Socket): void {
    const redis = connect(this.#redisPort, '127.0.0.1');
    this.#open.add(client);
    const close = () => {
      client.destroy();
      redis.destroy();
      this.#open.delete(client);
      this.#toCut.delete(client);
    };
    for (const socket of [client, redis]) socket.setNoDelay(true).on('error', close);
    for (const socket of [client, redis]) socket.on('close', close);
    client.on('data', (chunk) => redis.write(chunk));
    redis.on('data', (chunk) => {
      this.#inspect(chunk);
      if (this.#toCut.delete(client) && chunk.length > 1) {
        this.cuts += 1;
        client.end(chunk.subarray(0, Math.ceil(chunk.length / 2)));
        redis.destroy();
      } else if (client.writable) client.write(chunk);
    });
  }

  #inspect(chunk: Buffer): void {
    for (const mark of MARKS) {
      if (chunk.includes(mark)) this.#counts.set(mark, this.count(mark) + 1);
    }
  }
}
