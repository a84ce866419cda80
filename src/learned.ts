/**
 * `import … from 'rxjs-task-status/learned'`: a schedule that learns how long tasks take.
 *
 * @packageDocumentation
 */

export { learnedDelay, type LearnedDelay } from './learned/learned-delay.js';
export type { LearnedHistory, LearnedKey } from './learned/history.js';
export type { LearnedDelayOptions } from './learned/options.js';
export type { LearnedDuration, LearnedObservation } from './learned/shared-counts.js';
