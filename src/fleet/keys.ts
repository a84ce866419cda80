/** The default prefix of all keys. In braces, so that a Redis cluster keeps all keys on one node. */
export const DEFAULT_PREFIX = '{fleet}';

/** The default name of the queue. */
export const DEFAULT_QUEUE = 'tasks';

/** The keys of a fleet in Redis, besides those of BullMQ. */
export interface FleetKeys {
  /** The stream of all changes. */
  readonly changes: string;
  /** The number of the last change in the stream. */
  readonly sequence: string;
  /** When requests may be sent: a hold, a pause. */
  readonly gate: string;
  /** The next free time slot under the request limit. */
  readonly slot: string;
  /** The state of a task. */
  readonly task: (taskId: string) => string;
  /** The keys of a learned schedule, in the order of their last count. */
  readonly learnedKeys: string;
  /** What the counts of such a key start with; the key follows. */
  readonly learnedCounts: string;
  /** The position of a consumer. */
  readonly position: (consumer: string) => string;
  /** The last change of each task that a consumer has received, by day. */
  readonly received: (consumer: string, day: number) => string;
}

/** The keys below a prefix. */
export function fleetKeys(prefix: string): FleetKeys {
  return {
    changes: `${prefix}:changes`,
    sequence: `${prefix}:changes:sequence`,
    gate: `${prefix}:gate`,
    slot: `${prefix}:slot`,
    task: (taskId) => `${prefix}:task:${taskId}`,
    learnedKeys: `${prefix}:learned-keys`,
    learnedCounts: `${prefix}:learned-counts:`,
    position: (consumer) => `${prefix}:consumer:${consumer}:position`,
    received: (consumer, day) => `${prefix}:consumer:${consumer}:received:${day}`,
  };
}

/** The list of jobs that wait for a worker. It is one of BullMQ. */
export function waitingJobs(prefix: string, queue: string): string {
  return `${prefix}:${queue}:wait`;
}

/**
 * The id of a job. A task that is added again after its end has a new generation, so it has a new job.
 *
 * BullMQ allows no colon in an id, and no id that is a number.
 */
export function jobIdOf(taskId: string, generation: string): string {
  return `task-${encodeURIComponent(taskId)}-${generation}`;
}
