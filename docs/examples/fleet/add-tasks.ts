// Adds tasks to the queue, each once: an id that is already in the queue is ignored.
// REDIS_URL=… node --import tsx docs/examples/fleet/add-tasks.ts <task-id...>
import { Queue } from 'bullmq';
import { connect, PREFIX, QUEUE } from './settings.js';

const redis = connect();
const queue = new Queue<{ taskId: string }>(QUEUE, { connection: redis, prefix: PREFIX });
const jobs = await queue.addBulk(
  process.argv.slice(2).map((taskId) => ({
    name: 'watch',
    data: { taskId },
    // BullMQ allows neither a colon nor a number as an id
    opts: { jobId: `task-${encodeURIComponent(taskId)}`, removeOnComplete: { age: 86_400 } },
  })),
);
console.log(`${jobs.length} tasks are in the queue`);
await queue.close();
await redis.quit();
