import { addTasks } from 'rxjs-task-status/fleet';
import { hasEnded, PREFIX, until, type Fault, type World } from './fault.js';
import type { LifeKind } from './task-life.js';

/** The `maxAge` of the fleet, ms. No run takes that long: see `endless`. */
export const MAX_AGE = 3_600_000;

/** Tasks fail, and are added again. */
const again: Fault = {
  name: 'added-again',
  lane: 'tasks',
  async run(world) {
    const { lives, audit, redis } = world;
    const ids = idsOf(world, 'again');
    const words = (taskId: string) => audit.deliveries.wordsOf(taskId);
    for (const taskId of ids) lives.get(taskId)!.release();
    await until('the tasks have failed', () => ids.every((taskId) => hasEnded(words(taskId))));
    const before = new Map(ids.map((taskId) => [taskId, words(taskId).length]));
    for (const taskId of ids) lives.set(taskId, lives.get(taskId)!.restart());
    // it rejects while Redis refuses writes
    await until('the tasks are added', () =>
      addTasks(redis, ids, { prefix: PREFIX }).then(
        () => true,
        () => false,
      ),
    );
    const isWatched = (taskId: string) =>
      words(taskId).length > before.get(taskId)! && hasEnded(words(taskId));
    await until('the tasks have ended again', () => ids.every(isWatched));
    return { count: ids.length, of: 'tasks watched again after a 404 or 422' };
  },
};

/** Tasks never end. The run makes them older, and hands them over, because the age is read at a claim. */
const endless: Fault = {
  name: 'endless',
  lane: 'last',
  async run(world) {
    const { audit, redis, workers, failures } = world;
    const ids = idsOf(world, 'endless');
    for (const taskId of ids) await redis.hincrby(`${PREFIX}:task:${taskId}`, 'since', -MAX_AGE);
    for (const worker of [...workers.running]) {
      workers.replace(worker);
      worker.child.kill('SIGTERM');
      const code = await worker.exited;
      if (code !== 0) failures.push(`a worker that was stopped exited with ${String(code)}`);
    }
    const isOver = (taskId: string) => audit.deliveries.wordsOf(taskId).at(-1) === 'timeout';
    await until('the endless tasks are given up', () => ids.every(isOver));
    return { count: ids.length, of: 'tasks published as timeout after maxAge' };
  },
};

export function idsOf({ lives }: World, kind: LifeKind): string[] {
  return [...lives].filter(([, life]) => life.kind === kind).map(([taskId]) => taskId);
}

export const TASK_FAULTS: readonly Fault[] = [again, endless];
