import { hasEnded, PREFIX, QUEUE, type World } from './fault.js';

/** Only the first tasks are shown. */
const MAX_TASKS = 30;

/** Says of each worker what it does, and of each task that has not ended where it is: for a run that hangs. */
export async function whereabouts({ api, audit, lives, redis, workers }: World): Promise<string> {
  const key = (name: string) => `${PREFIX}:${QUEUE}:${name}`;
  const waiting = new Set(await redis.lrange(key('wait'), 0, -1));
  const active = new Set(await redis.lrange(key('active'), 0, -1));
  const lines = [...workers.running].map(
    (worker) => `${worker.name}: ${JSON.stringify(worker.stats())}`,
  );
  lines.push(...workers.log);
  const open = [...lives.keys()].filter((id) => !hasEnded(audit.deliveries.wordsOf(id)));
  for (const taskId of open.slice(0, MAX_TASKS)) {
    const state = await redis.hgetall(`${PREFIX}:task:${taskId}`);
    const jobId = `task-${taskId}-${state['generation'] ?? ''}`;
    const list = waiting.has(jobId) ? 'waiting' : active.has(jobId) ? 'active' : 'in no list';
    const isLocked = await redis.exists(`${key(jobId)}:lock`);
    const answer = api.answersFor(taskId).at(-1);
    const lock = isLocked ? 'locked' : 'not locked';
    lines.push(`${taskId}: ${list}, ${lock}, ${JSON.stringify(state)}, ${JSON.stringify(answer)}`);
  }
  return lines.join('\n');
}
