import { tasksOf, until, type Fault, type World } from './fault.js';
import { pick } from './task-life.js';
import type { FleetProcess } from './workers.js';

/** A frozen worker may have sent this many requests before it stopped. */
const MAX_STALE = 3;

/** A worker is killed. */
const killed: Fault = {
  name: 'kill',
  lane: 'workers',
  async run(world, random) {
    const worker = await victim(world, random);
    const tasks = crash(world, worker, 'SIGKILL');
    world.workers.replace(worker);
    await takenOver(world, worker, tasks);
    return { count: tasks.length, of: 'tasks of a killed worker taken over' };
  },
};

/** A worker is frozen until others have its tasks. */
const frozen: Fault = {
  name: 'freeze',
  lane: 'workers',
  async run(world, random) {
    const { api, workers, failures } = world;
    const worker = await victim(world, random);
    const lost = worker.stats()?.lost ?? 0;
    const tasks = crash(world, worker, 'SIGSTOP');
    workers.running.delete(worker);
    await takenOver(world, worker, tasks);
    const claims = new Map(tasks.map((taskId) => [taskId, lastClaim(world, taskId, worker)]));
    const from = api.answers.length;
    world.resumed.set(worker.name, { answers: from, claims: new Map(worker.claims) });
    worker.child.kill('SIGCONT');
    workers.running.add(worker);
    await until('the worker knows that it was frozen', () => (worker.stats()?.lost ?? 0) > lost);
    const stale = api.answers.slice(from).filter(({ worker: name, taskId, claim }) => {
      const before = claims.get(taskId);
      return name === worker.name && before !== undefined && claim <= before;
    });
    if (stale.length > MAX_STALE) {
      failures.push(`a worker that was frozen sent ${stale.length} requests for tasks of others`);
    }
    return { count: tasks.length, of: `tasks of a frozen worker taken over` };
  },
};

/** A worker is stopped with SIGTERM. */
const stopped: Fault = {
  name: 'stop',
  lane: 'others',
  async run(world, random) {
    const { workers, failures } = world;
    const worker = await victim(world, random);
    const tasks = tasksOf(world, worker);
    workers.replace(worker);
    worker.child.kill('SIGTERM');
    const code = await worker.exited;
    if (code !== 0) failures.push(`a worker that was stopped exited with ${String(code)}`);
    await takenOver(world, worker, tasks);
    return { count: tasks.length, of: 'tasks of a stopped worker handed over' };
  },
};

/** A worker that has tasks. */
async function victim(world: World, random: () => number): Promise<FleetProcess> {
  const candidates = () =>
    [...world.workers.running].filter((worker) => tasksOf(world, worker).length > 0);
  await until('a worker has tasks', () => candidates().length > 0);
  return pick(random, candidates());
}

/** Kills or freezes a worker. Returns its tasks. */
function crash(world: World, worker: FleetProcess, signal: 'SIGKILL' | 'SIGSTOP'): string[] {
  const tasks = tasksOf(world, worker);
  worker.child.kill(signal);
  world.crashedAt.set(worker.name, world.api.answers.length);
  world.resumed.delete(worker.name);
  return tasks;
}

/** Waits until other workers have asked for the tasks. */
async function takenOver(
  world: World,
  worker: FleetProcess,
  tasks: readonly string[],
): Promise<void> {
  await until(`other workers have the ${tasks.length} tasks of ${worker.name}`, () => {
    const left = new Set(tasksOf(world, worker));
    return !tasks.some((taskId) => left.has(taskId));
  });
}

/** How often a worker had claimed a task at its last request. */
function lastClaim({ api }: World, taskId: string, { name }: FleetProcess): number {
  const own = api.answersFor(taskId).filter(({ worker }) => worker === name);
  return own.at(-1)?.claim ?? 0;
}

export const WORKER_FAULTS: readonly Fault[] = [killed, frozen, stopped];
