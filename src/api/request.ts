import type { TaskApi } from './task-api.js';
import type { StatusRequest } from './transport.js';

/** The headers with the API key in the API's own. */
export function withKey(
  api: TaskApi<string>,
  key: string,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [name, value] = api.authorization(key);
  return Object.freeze({ ...headers, [name]: value });
}

/** Where a task's status is: a query of the base URL stays at the end. */
export function urlOf(api: TaskApi<string>, base: string, query: string, taskId: string): string {
  const path = api.path(encodeURIComponent(taskId));
  return base + path + (path.includes('?') ? query.replace('?', '&') : query);
}

/** One request, until its answer has come or is not waited for any more; its object is its identity. */
export class Request implements StatusRequest {
  readonly taskId: string;
  readonly url: string;
  headers: Readonly<Record<string, string>>;
  declare readonly signal: AbortSignal;
  #controller: AbortController | undefined;

  constructor(taskId: string, url: string, headers: Readonly<Record<string, string>>) {
    this.taskId = taskId;
    this.url = url;
    this.headers = headers;
    Object.defineProperty(this, 'signal', Request.#signal);
  }

  // own and enumerable, for { ...request }; one getter for all, for with a new one each object would
  // get a hidden class of its own (472 against 138 ns, 693 against 88 bytes)
  static readonly #signal = {
    enumerable: true,
    get(this: Request): AbortSignal {
      return this.#abortable().signal;
    },
  };

  /** Tells the transport to stop. */
  abort(): void {
    this.#abortable().abort();
  }

  /** Made on demand: it costs more than all the rest, and not every transport can be aborted. */
  #abortable(): AbortController {
    return (this.#controller ??= new AbortController());
  }
}
