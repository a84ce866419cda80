import type { TaskApi } from 'rxjs-task-status';

/** A request to a fake API. */
interface RoutedRequest {
  /** The whole URL, or only its path. */
  readonly url: string;
  /** The body of a `POST`. */
  readonly body: string | undefined;
}

/** What a request asks for. */
export interface Route {
  readonly taskId: string;
  readonly isForResult: boolean;
}

/** The ids that are known now: tests may add some later. */
interface TaskIds {
  has(taskId: string): boolean;
  all(): readonly string[];
}

/**
 * Finds what a request asks for, below any `baseUrl`; `undefined` if it asks for no task.
 *
 * The task id is read in the URL. Where the URL does not contain it, as for APIs that are polled with
 * `POST` or whose ids are URLs, it is the id for which the API would send this request.
 */
export function router(
  api: TaskApi<string>,
  taskIds: TaskIds,
): (request: RoutedRequest) => Route | undefined {
  const matchStatus = matcher(api.path, taskIds, api.request);
  const matchResult = api.resultPath && matcher(api.resultPath, taskIds);
  return (request) => {
    const status = matchStatus(request);
    const result = matchResult?.(request);
    // `/jobs/{id}/result` also ends like `/{id}`: the longer path is meant
    if (result && result.length > (status?.length ?? 0)) {
      return { taskId: result.taskId, isForResult: true };
    }
    return status && { taskId: status.taskId, isForResult: false };
  };
}

interface Match {
  readonly taskId: string;
  /** How much of the URL the path explains. */
  readonly length: number;
}

function matcher(
  pathOf: (encodedTaskId: string) => string,
  taskIds: TaskIds,
  requestOf?: TaskApi<string>['request'],
): (request: RoutedRequest) => Match | undefined {
  const pattern = patternOf(pathOf('{id}'));
  return ({ url, body }) => {
    const inUrl = idIn(pattern, url);
    if (inUrl && taskIds.has(inUrl.taskId)) return inUrl;
    const target = pathAndQuery(url);
    for (const taskId of taskIds.all()) {
      const path = pathAndQuery(pathOf(encodeURIComponent(taskId)));
      // the query of a base URL follows the path
      const at = target.lastIndexOf(path);
      if (at < 0 || !/^(?:[?&].*)?$/.test(target.slice(at + path.length))) continue;
      if (requestOf?.(taskId).body === body) return { taskId, length: path.length };
    }
    return inUrl;
  };
}

function patternOf(path: string): RegExp {
  const source = path
    .split('{id}')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('([^/?&#]+)');
  return new RegExp(`${source}(?=(?:[?&#].*)?$)`);
}

function idIn(pattern: RegExp, url: string): Match | undefined {
  const [{ length } = '', encoded] = pattern.exec(url) ?? [];
  try {
    if (encoded) return { taskId: decodeURIComponent(encoded), length };
  } catch {
    // a `%` without two hexadecimal digits
  }
  return undefined;
}

/** A URL without its origin and its hash. */
function pathAndQuery(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/, '');
}
