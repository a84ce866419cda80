/**
 * `import … from 'rxjs-task-status/fleet'`: polling on many machines, over BullMQ and Redis.
 *
 * @packageDocumentation
 */

export { addTasks, type AddTasksOptions } from './fleet/add-tasks.js';
export type { FleetChange, FleetUpdate } from './fleet/change.js';
export { changes$, type FleetChangesOptions } from './fleet/changes.js';
export type { FleetConnection } from './fleet/connection.js';
export type { FleetDuration, FleetLearned, FleetObservation } from './fleet/fleet-learned.js';
export type { FleetStats } from './fleet/fleet-stats.js';
export { FleetGapError, type FleetGapFacts } from './fleet/gap-error.js';
export type { FleetLogger } from './fleet/logger.js';
export { createFleetWorker, type FleetWorker } from './fleet/worker.js';
export type { FleetLimit, FleetWorkerOptions } from './fleet/worker-options.js';
