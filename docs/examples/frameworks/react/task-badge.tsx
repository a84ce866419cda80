// #region recipe
import { useTaskStatus } from './use-task-status.js';

export function TaskBadge({ taskId }: { readonly taskId: string }) {
  const task = useTaskStatus(taskId);
  if (task?.error) return <p role="alert">The status cannot be read</p>;
  return <p>{task?.status ?? 'loading'}</p>;
}
// #endregion
