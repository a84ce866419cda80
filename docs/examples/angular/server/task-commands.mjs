// @ts-check
/** @typedef {import('./fake-tasks.mjs').Task} Task */

const TIMEOUT = 30_000;

/** The longest body of a request, bytes. */
const BODY_LIMIT = 10_000;

/**
 * Creates a handler of web requests that starts and stops tasks, and adds the API key:
 * `POST /api/tasks` with `{"task": "…"}`, and `POST /api/tasks/<id>/stop` with `{}`.
 *
 * A page of another site cannot send such a request: a form cannot send JSON, and the server does not
 * answer the preflight request of a script.
 *
 * @param {object} options
 * @param {string} options.upstream the task API's origin
 * @param {string} options.apiKey
 * @param {Task[]} options.tasks the list of tasks; a started task is added at its beginning
 * @returns {(request: Request) => Promise<Response | undefined>} `undefined`: not for this handler
 */
export function taskCommands({ upstream, apiKey, tasks }) {
  /** @param {string} method @param {string} path @param {unknown} [body] */
  const send = async (method, path, body) => {
    const response = await fetch(`${upstream}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'error', // a redirect could send the key to another server
      signal: AbortSignal.timeout(TIMEOUT),
    });
    /** @type {unknown} */
    const json = await response.json().catch(() => undefined);
    return { status: response.status, ok: response.ok, json };
  };

  /** @param {unknown} body */
  const start = async (body) => {
    const text = fieldOf(body, 'task');
    if (typeof text !== 'string' || text.trim() === '') {
      return answer(422, { detail: 'Describe the task' });
    }
    const { status, ok, json } = await send('POST', 'run-task', { task: text });
    const id = fieldOf(json, 'id');
    if (!ok) return refusal(status, json);
    if (typeof id !== 'string') return answer(502, { detail: 'The task API returned no id' });
    const task = { id, title: text.trim(), place: 'Started here' };
    tasks.unshift(task);
    return answer(201, task);
  };

  /** @param {string} id */
  const stop = async (id) => {
    const { status, ok, json } = await send('PUT', `stop-task?task_id=${encodeURIComponent(id)}`);
    return ok ? answer(200, {}) : refusal(status, json);
  };

  /** @param {number} status @param {unknown} json */
  const refusal = (status, json) => {
    const detail = fieldOf(json, 'detail');
    const reason = typeof detail === 'string' ? detail.slice(0, 200) : 'no reason given';
    return answer(status, {
      detail: `The task API refused (${status}): ${reason.replaceAll(apiKey, '***')}`,
    });
  };

  return async (request) => {
    const { pathname } = new URL(request.url);
    const [, encodedId] = /^\/api\/tasks\/([\w%-]+)\/stop$/.exec(pathname) ?? [];
    const isStart = pathname === '/api/tasks';
    if (request.method !== 'POST' || !(isStart || encodedId)) return undefined;
    if (!/^application\/json(;|$)/.test(request.headers.get('content-type') ?? '')) {
      return answer(415, { detail: 'The request must be JSON' });
    }
    if (isFromOtherOrigin(request)) return answer(403, { detail: 'Not from this origin' });
    // if tasks belong to users, check here who sends the request
    try {
      const body = await bodyOf(request);
      if (body === undefined) return answer(400, { detail: 'The request must be short JSON' });
      return encodedId ? await stop(decodeURIComponent(encodedId)) : await start(body);
    } catch (error) {
      console.error(error);
      return answer(502, { detail: 'The task API cannot be reached' });
    }
  };
}

/** @param {Request} request */
function isFromOtherOrigin({ url, headers }) {
  const origin = headers.get('origin');
  // behind a proxy that terminates TLS the scheme differs: the hosts are compared
  return origin !== null && (!URL.canParse(origin) || new URL(origin).host !== new URL(url).host);
}

/** The parsed body; `undefined` if it is too long or not JSON. @param {Request} request */
async function bodyOf(request) {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of /** @type {AsyncIterable<Uint8Array>} */ (request.body ?? [])) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > BODY_LIMIT) return undefined;
  }
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @param {string} name @returns {unknown} */
function fieldOf(value, name) {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** @param {number} status @param {unknown} json */
function answer(status, json) {
  return Response.json(json, { status, headers: { 'cache-control': 'no-store' } });
}
