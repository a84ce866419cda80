/** Replaces the task id in a path. Neither a task API nor a URL parser changes it. */
const MARK = 'rxjs-task-status-id';

/**
 * Returns the task id if a URL is exactly the one that a page polls for this task, else `undefined`.
 *
 * It never throws. The id is decoded once, and not checked in any other way.
 */
export type RouteMatcher = (url: string) => string | undefined;

/**
 * Creates the matcher of one route: `basePath`, then the path of the task API.
 *
 * If the path does not contain the task id, because the API reads it in the body of a `POST`, the route
 * is `basePath`, the path, a slash and the id.
 *
 * @param basePath without a slash at the end
 * @param pathOf `path` or `resultPath` of a task API
 */
export function createRoute(
  basePath: string,
  pathOf: (encodedTaskId: string) => string,
): RouteMatcher {
  const isInPath = pathOf(MARK).includes(MARK);
  const routeOf = (encodedId: string): string => {
    const path = pathOf(encodedId).replace(/^(?!\/)/, '/');
    const url = basePath + (isInPath ? path : path.replace(/[?#].*|\/*$/, `/${encodedId}`));
    // as a page sends it; the host is not used
    const { pathname, search } = new URL(`http://localhost${url}`);
    return pathname + search;
  };
  const route = routeOf(MARK);
  const pattern = patternOf(route);
  return (url) => {
    const { path, query } = partsOf(url);
    const written = pattern.exec(route.includes('?') ? path + query : path)?.[1];
    if (written === undefined) return undefined;
    try {
      const taskId = decodeURIComponent(written);
      // Another way to write the id, such as `%2e%2e` or a double encoding, gives another route. So does
      // an id that changes the path: `..`, `a/b` in place of `a%2Fb`, a query.
      const expected = route.replaceAll(MARK, () => written);
      return routeOf(encodeURIComponent(taskId)) === expected ? taskId : undefined;
    } catch {
      // not percent-encoded, or an id for which the API has no path
      return undefined;
    }
  };
}

function patternOf(route: string): RegExp {
  const [start = '', ...rest] = route
    .split(MARK)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const isInQuery = start.includes('?');
  const id = isInQuery ? '([^&]+)' : '([^?]+)';
  // the query of the option `baseUrl` of the page follows the API's own
  const end = route.includes('?') ? '(?:&.*)?$' : '$';
  return new RegExp(`^${start}${id}${rest.join('\\1')}${end}`);
}

/**
 * The path and the query of a URL as they were received. Not parsed again: a parser removes `..` and
 * line breaks, and converts backslashes.
 */
function partsOf(url: string): { path: string; query: string } {
  const [, path = '', query = ''] =
    /^https?:\/\/[^/?#\\\s]*(\/[^?#\s]*)(\?[^#\s]*)?(?:#.*)?$/i.exec(url) ?? [];
  return { path, query };
}
