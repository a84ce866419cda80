import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { until, type Fault } from './fault.js';

/** So much is added to the append-only file before a restart: 25,000 keys of 2,500 characters. */
const FILLER_KEYS = 25_000;
const FILLER_CHUNK = 2_500;
const FILLER_SIZE = 2_500;

/** Redis refuses writes because it is full. */
const full: Fault = {
  name: 'full',
  lane: 'others',
  async run({ redis, proxy }) {
    const before = proxy.count('-OOM');
    await redis.config('SET', 'maxmemory', '1');
    await sleep(3_000);
    await until('a worker is refused with OOM', () => proxy.count('-OOM') > before);
    await redis.config('SET', 'maxmemory', '0');
    return { count: proxy.count('-OOM') - before, of: 'OOM replies' };
  },
};

/** Redis is a replica for some time, as in a failover. */
const readOnly: Fault = {
  name: 'read-only',
  lane: 'others',
  async run({ redis, proxy }) {
    const before = proxy.count('-READONLY');
    await redis.replicaof('127.0.0.1', '1');
    await sleep(5_000);
    await until('a worker is refused with READONLY', () => proxy.count('-READONLY') > before);
    await redis.replicaof('NO', 'ONE');
    return { count: proxy.count('-READONLY') - before, of: 'READONLY replies' };
  },
};

/** Redis is killed, and loads a large append-only file for some seconds. */
const loading: Fault = {
  name: 'loading',
  lane: 'others',
  async run({ redis, redisPort, server, proxy }) {
    const script = `
      local value = string.rep('x', ARGV[1])
      for i = 1, ARGV[2] do redis.call('SET', KEYS[1] .. i, value) end`;
    for (let n = 0; n < FILLER_KEYS; n += FILLER_CHUNK) {
      await redis.eval(script, 1, `filler:${n}:`, FILLER_SIZE, FILLER_CHUNK);
    }
    const count = () => proxy.count('-LOADING') + proxy.count('loading:1');
    const before = count();
    await server.kill();
    // like a slow disk: it sleeps before each command (µs), until a worker has seen it loading
    const started = server.start({ 'key-load-delay': 100 });
    await until('a worker is told that Redis is loading', () => count() > before);
    const hasty = new Redis(redisPort, { enableReadyCheck: false });
    await hasty.config('SET', 'key-load-delay', '0');
    hasty.disconnect();
    await started;
    return { count: count() - before, of: 'replies that Redis is loading' };
  },
};

/** Connections break in the middle of a reply. */
const cut: Fault = {
  name: 'cut-reply',
  lane: 'others',
  async run({ proxy, workers }) {
    const before = proxy.cuts;
    proxy.cutNextReplies();
    await until('the connections are cut', () => proxy.cuts - before >= workers.running.size);
    return { count: proxy.cuts - before, of: 'replies cut in the middle' };
  },
};

export const REDIS_FAULTS: readonly Fault[] = [full, readOnly, loading, cut];
