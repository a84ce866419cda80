// A reader: prints each change once, as a line of JSON, and continues after a restart.
// REDIS_URL=… node --import tsx docs/examples/fleet/reader.ts
import { readChanges } from './changes.js';
import { connect, PREFIX } from './settings.js';

const POSITION = `${PREFIX}:reader:position`;
/** The last ordinal of each task. */
const SEEN = `${PREFIX}:reader:seen`;

const redis = connect();
let repeats = 0;

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const start = (await redis.get(POSITION)) ?? '0';
for await (const { change, position } of readChanges(redis, start, stop.signal)) {
  const seen = Number((await redis.hget(SEEN, change.taskId)) ?? 0);
  if (change.ordinal > seen) console.log(JSON.stringify(change));
  else repeats += 1;
  // saved after the change was handled: a crash in between repeats a change, and loses none
  await redis
    .multi()
    .hset(SEEN, change.taskId, Math.max(seen, change.ordinal))
    .set(POSITION, position)
    .exec();
}
console.error(`${repeats} repeats were dropped`);
await redis.quit();
