// Puts tasks into the queue, each once: an id that is in it already is left alone.
// REDIS_URL=… node --import tsx docs/examples/fleet/add-tasks.ts <task-id...>
import { Queue } from 'bullmq';
import { connect, PREFIX, QUEUE } from './settings.js';

const redis = connect();
const queue = new Queue<{ taskId: string }>(QUEUE, { connection: redis, prefix: PREFIX });
const jobs = await queue.addBulk(
  process.argv.slice(2).map((taskId) => ({
    name: 'watch',
    data: { taskId },
    // BullMQ takes no colon in an id, and no mere number
    opts: { jobId: `task-${encodeURIComponent(taskId)}`, removeOnComplete: { age: 86_400 } },
  })),
);
console.log(`${jobs.length} tasks are in the queue`);
await queue.close();
await redis.quit();
