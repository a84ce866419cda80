import { defer, firstValueFrom, timeout } from 'rxjs';
import { isTaskStatusError, type TaskApi } from 'rxjs-task-status';

import { DEFAULT_BODY_LIMIT } from '../api/body-limit.js';
import { fieldOf } from '../api/guards.js';
import { detailResponse } from './json-response.js';
import { pageAnswer, UnusableAnswerError } from './page-answer.js';
import {
  resolveProxyOptions,
  type ResolvedProxyOptions,
  type TaskStatusProxyOptions,
} from './proxy-options.js';
import { createRoute, type RouteMatcher } from './route.js';
import { createUpstream, type Upstream } from './upstream.js';

/** The longest result, bytes, unless the API allows more. `taskResult$` has the same limit. */
const RESULT_LIMIT = 16_777_216;

/** How long `authorize` may take, ms. */
const AUTHORIZE_TIMEOUT = 30_000;

/** A route of the proxy, and the request that it makes. */
interface ProxyRoute {
  readonly match: RouteMatcher;
  readonly api: TaskApi<string>;
  readonly limit: number;
}

/**
 * Creates a proxy that adds the API key, so that a page can poll without it.
 *
 * The proxy is a handler of web requests, for every runtime that has `Request` and `Response`. It answers
 * `GET` requests for `basePath` followed by the API's `path` of a task or, with `results`, by its
 * `resultPath`. For every other request it resolves with `undefined`, so you can call it before other
 * handlers. It never throws or rejects.
 *
 * - The request to the task API is built from the task id alone. The proxy passes on no header, query or
 *   body of the page, and follows no redirect. It sends a `POST` to an API that is polled with `POST`.
 * - The answer has the status of the task API, its JSON with the key replaced by `***`, `Retry-After`,
 *   `retry-after-ms`, `Date`, and the headers that the API's own functions read. Only these
 *   answers have the header `Proxy-Status` with `received-status`.
 * - An error that is not JSON or too long becomes `{"detail": "…"}` with the same status.
 * - 502: there is no answer, or a redirect, or a 2xx that is not JSON or longer than the API's `bodyLimit`
 *   (65,536 bytes; a result may have 16,777,216). 504: no answer within 30 s.
 * - 403: `authorize` returned `false`. 500: `authorize`, `taskId`, `apiKey` or the API failed.
 * - If the request is aborted, the request to the task API is aborted too. The answer is a 499, which no
 *   client receives.
 *
 * @param options see {@link TaskStatusProxyOptions}
 * @throws TypeError at the call, for an option that is not valid
 * @see https://www.rfc-editor.org/rfc/rfc9209 for `Proxy-Status`
 *
 * @example
 * const proxy = taskStatusProxy({
 *   apiKey: () => process.env.BROWSER_USE_API_KEY ?? '',
 *   basePath: '/api/v1',
 *   authorize: (request, taskId) => isOwner(request.headers.get('cookie'), taskId),
 * });
 * const response = (await proxy(request)) ?? new Response('Not found', { status: 404 });
 * // in the page: taskStatus$('task_1', { baseUrl: '/api/v1' })
 */
export function taskStatusProxy(
  options: TaskStatusProxyOptions,
): (request: Request) => Promise<Response | undefined> {
  const resolved = resolveProxyOptions(options);
  const routes = routesOf(resolved);
  const upstream = createUpstream(resolved);
  const { isTaskId, onError } = resolved;
  return async (request) => {
    try {
      const url = fieldOf(request, 'url');
      if (fieldOf(request, 'method') !== 'GET' || typeof url !== 'string') return undefined;
      for (const route of routes) {
        const taskId = route.match(url);
        if (taskId !== undefined && isTaskId(taskId)) {
          const refusal = await refusalOf(request, taskId, resolved);
          return refusal ?? (await respond(request, taskId, route, upstream));
        }
      }
      return undefined;
    } catch (error) {
      const response = failureResponse(error, request);
      if (response.status !== 499) onError(error);
      return response;
    }
  };
}

function routesOf({ api, basePath, results }: ResolvedProxyOptions): readonly ProxyRoute[] {
  const { resultPath } = api;
  const limit = api.bodyLimit ?? DEFAULT_BODY_LIMIT;
  // without details: only the page reads them
  const status = { ...api, details: undefined };
  const routes = [{ match: createRoute(basePath, api.path), api: status, limit }];
  if (!results || !resultPath) return routes;
  const resultLimit = Math.max(limit, RESULT_LIMIT);
  const result: TaskApi<string> = {
    ...status,
    path: resultPath,
    bodyLimit: resultLimit,
    // only the headers: the result is fetched with GET
    request: (taskId) => ({ headers: api.request?.(taskId).headers }),
  };
  return [...routes, { match: createRoute(basePath, resultPath), api: result, limit: resultLimit }];
}

/** Asks `authorize`. Returns the answer to a request that is not allowed; `undefined` if it is allowed. */
async function refusalOf(
  request: Request,
  taskId: string,
  { authorize }: ResolvedProxyOptions,
): Promise<Response | undefined> {
  if (!authorize) return undefined;
  const permission$ = defer(async (): Promise<unknown> => authorize(request, taskId)).pipe(
    timeout(AUTHORIZE_TIMEOUT),
  );
  const permission = await firstValueFrom(permission$, { defaultValue: false });
  if (permission === true) return undefined;
  if (permission === false) return detailResponse(403, 'You may not see this task');
  if (isResponse(permission)) return permission;
  throw new TypeError(`authorize must return true, false or a Response, got ${typeof permission}`);
}

async function respond(
  request: Request,
  taskId: string,
  { api, limit }: ProxyRoute,
  upstream: Upstream,
): Promise<Response> {
  return pageAnswer(await upstream(taskId, api, request.signal), api, limit);
}

/** The proxy's own answer to a failure. It contains no details of the server. */
function failureResponse(error: unknown, request: unknown): Response {
  if (fieldOf(fieldOf(request, 'signal'), 'aborted') === true) {
    return detailResponse(499, 'The client has closed the connection');
  }
  if (error instanceof UnusableAnswerError) return detailResponse(502, error.message);
  if (isTaskStatusError(error) && error.code === 'request-timeout') {
    return detailResponse(504, 'The task API did not answer in time');
  }
  if (isTaskStatusError(error)) return detailResponse(502, 'The task API cannot be reached');
  return detailResponse(500, 'The server cannot handle this request');
}

function isResponse(value: unknown): value is Response {
  return (
    typeof fieldOf(value, 'status') === 'number' && typeof fieldOf(value, 'headers') === 'object'
  );
}
