// #region recipe
import { field } from './field.js';

/** The state of an A2A task: `input-required`, which version 1.0 calls `TASK_STATE_INPUT_REQUIRED`. */
export function a2aState(task: unknown): unknown {
  const state = field(field(task, 'status'), 'state');
  if (typeof state !== 'string') return state;
  return state.replace('TASK_STATE_', '').replace('_', '-').toLowerCase();
}
// #endregion
