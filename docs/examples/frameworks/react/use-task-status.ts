// #region recipe
import { useEffect, useState } from 'react';
import type { PooledStatus } from 'rxjs-task-status';
import { pool } from '../pool.js';

/** The latest status of a task, or the error that ended its watch; undefined before the first answer. */
export function useTaskStatus(taskId: string): PooledStatus | undefined {
  const [latest, setLatest] = useState<PooledStatus>();
  useEffect(() => {
    const subscription = pool.statuses$([taskId]).subscribe(setLatest);
    return () => subscription.unsubscribe();
  }, [taskId]);
  // after a change of the id, it is still that of the previous task
  return latest?.taskId === taskId ? latest : undefined;
}
// #endregion
