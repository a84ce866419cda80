// What a task costs in a fleet, beside one pool on the same work, with default options: npm run bench:fleet
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { filter, firstValueFrom, lastValueFrom, take } from 'rxjs';
import { createTaskStatusPool, type TaskStatusOptions } from 'rxjs-task-status';
import { addTasks, changes$, createFleetWorker } from 'rxjs-task-status/fleet';
import { RedisServer } from '../support/redis-server.js';

const WAYS = ['a pool', 'a worker, 500 slots', 'a worker, a slot for each task'] as const;
/** The answers for each task. */
const ANSWERS = ['created', 'running', 'running', 'running', 'finished'] as const;
const CHANGES = 3;
/** The mean delay between two polls of a task that has been running for a while, by default, ms. */
const USUAL_DELAY = 4_750;

/** What a process that watches reports. */
interface Watched {
  /** The CPU time, ms. */
  readonly cpu: number;
  readonly elapsed: number;
  /** How many requests were answered in the process. */
  readonly answered: number;
}

/** What Redis reports. */
interface RedisInfo {
  /** The calls of scripts. */
  readonly scripts: number;
  /** All commands, also those that scripts run. */
  readonly commands: number;
  readonly cpu: number;
  /** The memory in bytes, without the buffers of clients and of the append-only file. */
  readonly memory: number;
}

interface Cost extends Watched {
  /** How many requests were answered. */
  readonly requests: number;
  readonly changes: number;
  readonly redis?: {
    readonly scripts: number;
    readonly commands: number;
    readonly cpu: number;
    /** Bytes per task: added, watched, ended. */
    readonly memory: readonly [added: number, watched: number, ended: number];
  };
}

const [way, tasksArgument, baseUrl, port] = process.argv.slice(2);
if (way === undefined) await compare();
else await watch(way, Number(tasksArgument), baseUrl ?? '', Number(port));

async function compare(): Promise<void> {
  console.log(
    '| Answers | Tasks | Way | Requests a second | CPU per request | CPU of Redis per request | Scripts per request | Scripts per change | Commands per change | Bytes per task: added | watched | ended |',
  );
  console.log('|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|');
  const overHttp: Cost[] = [];
  for (const [answers, tasks] of [
    ['over HTTP', 1_000],
    ['in the process', 1_000],
    ['in the process', 20_000],
  ] as const) {
    for (const each of WAYS) {
      const cost = await measure(each, tasks, answers === 'over HTTP');
      if (answers === 'over HTTP') overHttp.push(cost);
      console.log(`| ${answers} | ${tasks.toLocaleString('en')} | ${each} | ${cellsOf(cost)} |`);
    }
  }
  console.log(`\nEach task: ${ANSWERS.length} requests, ${CHANGES} changes.`);
  console.log('The CPU allows, over HTTP, with the default backoff:');
  const [pool = 0] = overHttp.map(perSecond);
  for (const [at, cost] of overHttp.entries()) {
    const most = perSecond(cost);
    const redis = cost.redis ? (1_000 / cost.redis.cpu) * cost.requests : Infinity;
    const tasks = round((most * USUAL_DELAY) / 1_000);
    console.log(
      [
        `${WAYS[at]}: ${round(most)} requests a second and core, ${tasks} running tasks`,
        ...(cost.redis
          ? [
              `${(most / pool).toFixed(2)} of the pool`,
              `Redis is busy at ${round(redis)} requests a second, with ${Math.round(redis / most)} workers`,
            ]
          : []),
      ].join('; '),
    );
  }
}

/** How many requests a second one core allows. */
function perSecond({ cpu, requests }: Cost): number {
  return (1_000 / cpu) * requests;
}

function cellsOf({ requests, changes, cpu, elapsed, redis }: Cost): string {
  const cells = [round((requests / elapsed) * 1_000), `${(cpu / requests).toFixed(2)} ms`];
  if (!redis) return [...cells, ...Array<string>(7).fill('')].join(' | ');
  return [
    ...cells,
    `${(redis.cpu / requests).toFixed(2)} ms`,
    (redis.scripts / requests).toFixed(1),
    (redis.scripts / changes).toFixed(1),
    (redis.commands / changes).toFixed(0),
    ...redis.memory.map((bytes) => Math.round(bytes).toLocaleString('en')),
  ].join(' | ');
}

/** Two digits: the figures depend on the machine. */
function round(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en');
}

async function measure(each: string, tasks: number, isHttp: boolean): Promise<Cost> {
  const answer = answers();
  let served = 0;
  const server = createServer((request, response) => {
    served += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer(String(request.url))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = isHttp ? `http://127.0.0.1:${address.port}` : '';
  try {
    const cost =
      each === WAYS[0] ? await start(each, tasks, url, 0) : await measureFleet(each, tasks, url);
    return { ...cost, requests: served + cost.answered, changes: tasks * CHANGES };
  } finally {
    server.close();
  }
}

async function measureFleet(
  each: string,
  tasks: number,
  url: string,
): Promise<Omit<Cost, 'requests' | 'changes'>> {
  const server = await RedisServer.start();
  const redis = new Redis(server.url);
  try {
    await redis.config('SET', 'appendfsync', 'everysec');
    const connection = { port: Number(new URL(server.url).port) };
    const empty = await infoOf(redis);
    await addTasks(connection, idsOf(tasks));
    const added = await infoOf(redis);
    let highest = added.memory;
    const sampler = setInterval(() => {
      void infoOf(redis).then(({ memory }) => (highest = Math.max(highest, memory)));
    }, 500);
    const read = lastValueFrom(
      changes$(connection, { consumer: 'bench' }).pipe(take(tasks * CHANGES)),
    );
    const watched = await start(each, tasks, url, connection.port);
    await read;
    clearInterval(sampler);
    // the connections have ended
    await sleep(1_000);
    const ended = await infoOf(redis);
    return {
      ...watched,
      redis: {
        scripts: ended.scripts - added.scripts,
        commands: ended.commands - added.commands,
        cpu: ended.cpu - added.cpu,
        memory: [
          (added.memory - empty.memory) / tasks,
          (highest - empty.memory) / tasks,
          (ended.memory - empty.memory) / tasks,
        ],
      },
    };
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

async function infoOf(redis: Redis): Promise<RedisInfo> {
  const info = await redis.info('everything');
  const field = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  const calls = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)]
    // the benchmark's own commands
    .filter(([, name]) => name !== 'info' && !name?.startsWith('config'))
    .map(([, name, count]) => [name, Number(count)] as const);
  const sum = (list: typeof calls) => list.reduce((total, [, count]) => total + count, 0);
  return {
    scripts: sum(calls.filter(([name]) => name === 'evalsha' || name === 'eval')),
    commands: sum(calls),
    cpu: 1_000 * (field('used_cpu_user') + field('used_cpu_sys')),
    memory: field('used_memory') - field('mem_clients_normal') - field('mem_aof_buffer'),
  };
}

/** Watches all tasks in a process. */
async function start(...args: readonly [string, number, string, number]): Promise<Watched> {
  const child = fork(fileURLToPath(import.meta.url), args.map(String));
  const [watched] = (await once(child, 'message')) as [Watched];
  await once(child, 'exit');
  return watched;
}

/** Watches all tasks until they have ended, and reports what it cost. */
async function watch(each: string, tasks: number, url: string, redisPort: number): Promise<void> {
  const answer = answers();
  let answered = 0;
  const options: TaskStatusOptions = url
    ? { baseUrl: url }
    : {
        transport: ({ taskId }) =>
          new Promise((resolve) => {
            answered += 1;
            const body = JSON.stringify(answer(taskId));
            setImmediate(() => resolve({ status: 200, headers: {}, body }));
          }),
      };
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let stop = async (): Promise<void> => {};
  if (each === WAYS[0]) {
    const pool = createTaskStatusPool(options);
    await lastValueFrom(pool.statuses$(idsOf(tasks)));
  } else {
    const worker = createFleetWorker({
      connection: { port: redisPort },
      watch: options,
      concurrency: each === WAYS[1] ? 500 : tasks,
    });
    stop = worker.stop;
    await firstValueFrom(
      worker.stats$.pipe(filter(({ published }) => published === tasks * CHANGES)),
    );
  }
  const { user, system } = process.cpuUsage(before);
  const watched: Watched = {
    cpu: (user + system) / 1_000,
    elapsed: performance.now() - startedAt,
    answered,
  };
  process.send?.(watched);
  await stop();
  process.exit();
}

/** A task API: returns the next status of a task. */
function answers(): (taskId: string) => (typeof ANSWERS)[number] {
  const counts = new Map<string, number>();
  return (taskId) => {
    const count = counts.get(taskId) ?? 0;
    counts.set(taskId, count + 1);
    return ANSWERS[Math.min(count, ANSWERS.length - 1)] ?? 'finished';
  };
}

function idsOf(tasks: number): string[] {
  return Array.from({ length: tasks }, (_, n) => `task_${n}`);
}
