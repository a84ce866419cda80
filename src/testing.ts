/**
 * `import … from 'rxjs-task-status/testing'`: a task API in memory, for your own tests.
 *
 * @packageDocumentation
 */

export {
  fakeTaskApi,
  type FakeRequest,
  type FakeTaskApi,
  type FakeTaskApiOptions,
} from './testing/fake-task-api.js';
export { type FakeAnswer, type FakeTimeline } from './testing/timeline.js';
