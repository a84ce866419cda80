// #region recipe
import type { PooledStatus } from 'rxjs-task-status';
import { shallowRef, watchPostEffect, type ShallowRef } from 'vue';
import { pool } from '../pool.js';

/** The latest status of a task, or the error that ended its watch; undefined before the first answer. */
export function useTaskStatus(taskId: () => string): ShallowRef<PooledStatus | undefined> {
  const latest = shallowRef<PooledStatus>();
  // not watchEffect, which also runs on a server that renders the page
  watchPostEffect((onCleanup) => {
    latest.value = undefined;
    const subscription = pool.statuses$([taskId()]).subscribe((task) => (latest.value = task));
    onCleanup(() => subscription.unsubscribe());
  });
  return latest;
}
// #endregion
