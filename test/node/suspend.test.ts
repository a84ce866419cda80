import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { startProgram, type Run } from '../support/run-program.js';
import type { SuspendedEvent, SuspendedWatch } from './programs/suspend.js';

const PROGRAM = fileURLToPath(new URL('programs/suspend.ts', import.meta.url));

// Only the suspend can pass these limits, ms. A machine that is too slow for them gets longer ones.
const SOONER = 9_000;
const LATER = 10_000;
const NEVER_SOON = 3_600_000;

/** What a watch is doing when its process is stopped, and what the server does meanwhile. */
const STATES = {
  'in a delay, and the idle connection is closed': {
    inFlight: false,
    closes: true,
    limits: { timeout: LATER, requestTimeout: 30_000, initialDelay: NEVER_SOON },
  },
  'in a request, and its connection is closed': {
    inFlight: true,
    closes: true,
    limits: { timeout: LATER, requestTimeout: 30_000, initialDelay: 0 },
  },
  'in a request whose limit passes before the deadline': {
    inFlight: true,
    closes: false,
    limits: { timeout: LATER, requestTimeout: SOONER, initialDelay: 0 },
  },
  'in a request whose limit passes after the deadline': {
    inFlight: true,
    closes: false,
    limits: { timeout: SOONER, requestTimeout: LATER, initialDelay: 0 },
  },
} as const;

interface Case {
  readonly state: keyof typeof STATES;
  readonly keepAlive: boolean;
  readonly client: SuspendedWatch['client'];
}

/** Where the event loop is: what comes first afterwards, the sockets or the timers. */
const PLACES = ['waiting', 'blocked'] as const;
type Place = (typeof PLACES)[number];

const CASES = Object.keys(STATES).flatMap((state) =>
  [true, false].flatMap((keepAlive) =>
    (['fetch', 'cross-fetch'] as const).map((client): Case => ({
      state: state as Case['state'],
      keepAlive,
      client,
    })),
  ),
);

const nameOf = ({ state, keepAlive, client }: Case): string =>
  `${client}, keep-alive ${keepAlive ? 'on' : 'off'}, ${state}`;

/** A server of one watch: `running`, then no answer, and `finished` from `finish()` on. */
async function startServer({ keepAlive }: Case) {
  let finished = false;
  const requests = { before: 0, after: 0 };
  const connections = new Set<unknown>();
  let onSecond = (): void => undefined;
  const second = new Promise<void>((resolve) => (onSecond = resolve));
  const say = (response: ServerResponse, status: string): void => {
    if (!keepAlive) response.setHeader('connection', 'close');
    response.setHeader('content-type', 'application/json').end(JSON.stringify(status));
  };
  const server = createServer((request, response) => {
    if (finished) {
      requests.after++;
      say(response, 'finished');
      return;
    }
    requests.before++;
    connections.add(request.socket);
    if (requests.before === 1) say(response, 'running');
    else onSecond();
  });
  // the clients keep a connection for as long as the server promises to
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    requests,
    connections,
    /** Settles when the second request has come. */
    second,
    finish(closes: boolean): void {
      finished = true;
      if (closes) server.closeAllConnections();
    },
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The watches, what each has emitted, and how their process has ended. */
interface Suspended {
  readonly watches: readonly (Case & {
    readonly name: string;
    readonly server: Awaited<ReturnType<typeof startServer>>;
  })[];
  readonly events: ReadonlyMap<string, readonly string[]>;
  readonly run: Run;
}

/**
 * Runs all watches in one process, which is stopped once for all of them.
 *
 * @param scale how much longer the limits are; doubled until nothing but the stop passes them
 */
async function suspend(place: Place, scale = 1): Promise<Suspended> {
  const watches = await Promise.all(
    CASES.map(async (it) => ({ ...it, name: nameOf(it), server: await startServer(it) })),
  );
  const given = watches.map(({ name, client, state, server }): SuspendedWatch => {
    const { timeout, requestTimeout, initialDelay } = STATES[state].limits;
    return {
      name,
      client,
      baseUrl: server.baseUrl,
      timeout: timeout * scale,
      requestTimeout: requestTimeout * scale,
      initialDelay,
    };
  });
  const events = new Map(watches.map(({ name }) => [name, [] as string[]]));
  const startedAt = performance.now();
  const isTooSlow = () => performance.now() - startedAt > SOONER * scale;
  const program = startProgram(PROGRAM, [JSON.stringify(given)]);
  const polled = new Promise<void>((resolve) => {
    program.output.on('line', (line) => {
      if (!line.startsWith('{')) return;
      const { name, event } = JSON.parse(line) as SuspendedEvent;
      events.get(name)?.push(event);
      if ([...events.values()].every((seen) => seen.includes('running'))) resolve();
    });
  });
  const sent = watches
    .filter(({ state }) => STATES[state].inFlight)
    .map(({ server }) => server.second);
  const ready = async (): Promise<void> => {
    await Promise.all([polled, ...sent]);
    if (place === 'waiting') return;
    program.child.kill('SIGUSR2');
    await program.line(/^blocked$/);
  };
  const early = program.ended.then(({ stderr }) => {
    throw new Error(`The program ended too soon: ${stderr}`);
  });
  try {
    await Promise.race([ready(), early]).catch((error: unknown) => {
      if (!isTooSlow()) throw error;
    });
    program.child.kill('SIGSTOP');
    if (isTooSlow()) return await suspend(place, 2 * scale);
    for (const { state, server } of watches) server.finish(STATES[state].closes);
    // the watches began before the stop, so that both limits have passed by then
    await sleep(LATER * scale);
    program.child.kill('SIGCONT');
    const run = await program.ended;
    return { watches, events, run };
  } finally {
    program.child.kill('SIGKILL');
    for (const { server } of watches) server.close();
  }
}

// Windows cannot stop a process
describe.skipIf(process.platform === 'win32')(
  'a process that is stopped past its deadlines',
  () => {
    let suspended: Record<Place, Suspended>;

    beforeAll(async () => {
      const [waiting, blocked] = await Promise.all([suspend('waiting'), suspend('blocked')]);
      suspended = { waiting, blocked };
    });

    test.each(PLACES)('ends by itself when it goes on, %s', (place) => {
      expect(suspended[place].run).toMatchObject({ code: 0, stderr: '' });
    });

    test.each(
      PLACES.flatMap((place) => CASES.map((it) => [`${place}, ${nameOf(it)}`, place, it] as const)),
    )('polls once more: %s', (_, place, it) => {
      const { events, watches } = suspended[place];
      const name = nameOf(it);
      const seen = events.get(name);
      const server = watches.find((watch) => watch.name === name)?.server;
      expect(seen?.slice(-2)).toEqual(['finished', 'complete']);
      // what the stop has cut off comes before it
      expect(seen?.slice(1, -2).join()).toMatch(/^(network|request-timeout)?$/);
      expect(server?.requests.after).toBe(1);
      // the conditions of the case
      const { inFlight, closes } = STATES[it.state];
      expect(server?.requests.before).toBe(inFlight ? 2 : 1);
      expect(server?.connections.size).toBe(inFlight && !it.keepAlive ? 2 : 1);
      if (place === 'blocked' && closes && it.keepAlive) expect(seen).toContain('network');
    });
  },
);
