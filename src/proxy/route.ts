import { show } from '../api/guards.js';

/** A placeholder for the task id in a path. Neither a task API nor a URL parser changes it. */
const PLACEHOLDER = 'rxjs-task-status-id';

/**
 * Returns the task id if a URL is exactly the one that a page polls for this task, else `undefined`.
 *
 * It never throws. It decodes the id once, and does not check it in any other way.
 */
export type RouteMatcher = (url: string) => string | undefined;

/**
 * Creates the matcher of one route: `basePath`, then the path of the task API.
 *
 * If the path does not contain the task id, because the API gets it in the body of a `POST`, the route
 * is `basePath`, the path, a slash and the id.
 *
 * @param basePath without a slash at the end
 * @param pathOf `path` or `resultPath` of a task API
 * @throws TypeError for an API whose path is an absolute URL: no page can request it below `basePath`
 */
export function createRoute(
  basePath: string,
  pathOf: (encodedTaskId: string) => string,
): RouteMatcher {
  const example = pathOf(PLACEHOLDER);
  if (/^[a-z][a-z\d+.-]*:/i.test(example)) {
    throw new TypeError(
      `taskStatusProxy() needs an API whose paths are below its baseUrl, got ${show(example)}`,
    );
  }
  const isInPath = example.includes(PLACEHOLDER);
  const routeOf = (encodedId: string): string => {
    const path = pathOf(encodedId).replace(/^(?!\/)/, '/');
    const url = basePath + (isInPath ? path : path.replace(/[?#].*|\/*$/, `/${encodedId}`));
    // percent-encoded as a page sends it; the host is not used
    const { pathname, search } = new URL(`http://localhost${url}`);
    return pathname + search;
  };
  const route = routeOf(PLACEHOLDER);
  const pattern = patternOf(route);
  return (url) => {
    const { path, query } = partsOf(url);
    const written = pattern.exec(route.includes('?') ? path + query : path)?.[1];
    if (written === undefined) return undefined;
    try {
      const taskId = decodeURIComponent(written);
      // The route of the decoded id differs if the id was written in another way (`%2e%2e`, a double
      // encoding) or if it changes the path (`..`, a query, `a/b` instead of `a%2Fb`).
      const expected = route.replaceAll(PLACEHOLDER, () => written);
      return routeOf(encodeURIComponent(taskId)) === expected ? taskId : undefined;
    } catch {
      // the percent-encoding is wrong, or the API has no path for this id
      return undefined;
    }
  };
}

function patternOf(route: string): RegExp {
  const [start = '', ...rest] = route
    .split(PLACEHOLDER)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const isInQuery = start.includes('?');
  const id = isInQuery ? '([^&]+)' : '([^?]+)';
  // the query of the page's option `baseUrl` follows that of the API
  const end = route.includes('?') ? '(?:&.*)?$' : '$';
  return new RegExp(`^${start}${id}${rest.join('\\1')}${end}`);
}

/**
 * The path and the query of a URL as they were received. No URL parser is used, because it removes `..` and
 * line breaks, and converts backslashes.
 */
function partsOf(url: string): { path: string; query: string } {
  const [, path = '', query = ''] =
    /^https?:\/\/[^/?#\\\s]*(\/[^?#\s]*)(\?[^#\s]*)?(?:#.*)?$/i.exec(url) ?? [];
  return { path, query };
}
