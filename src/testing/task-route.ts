import type { TaskApi } from 'rxjs-task-status';

/** Finds the task id in a URL, below any `baseUrl`; `undefined` if it is not the URL of a task. */
export function taskIdFinder(api: TaskApi<string>): (url: string) => string | undefined {
  const path = api
    .path('{id}')
    .split('{id}')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('([^/?&#]+)');
  const pattern = new RegExp(`${path}(?:[?&#].*)?$`);
  return (url) => {
    const encoded = pattern.exec(url)?.[1];
    let taskId: string | undefined;
    try {
      taskId = encoded && decodeURIComponent(encoded);
    } catch {
      // a `%` without two hexadecimal digits
    }
    return taskId;
  };
}
