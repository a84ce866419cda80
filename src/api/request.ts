import type { Unsubscribable } from 'rxjs';

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
export class Exchange {
  /** Lets it leave; called by a gate. */
  admit: (() => void) | undefined;
  /** Whether it has left. Until then it waits at the gate. */
  left = false;
  /** Whether its failure is the gate's doing and does not count. */
  excused = false;
  /** The keys that its answer is to be rid of. */
  keys: readonly string[] | undefined;
  /** What it is sent with. */
  headers: Readonly<Record<string, string>>;
  /** The subscription to a transport that gives an Observable. */
  answer: Unsubscribable | undefined;
  // not #private: made for each request, such fields cost a tenth of a poll
  private controller: AbortController | undefined;
  private aborted = false;

  constructor(headers: Readonly<Record<string, string>>) {
    this.headers = headers;
  }

  /** Made on demand: it costs more than all the rest, and not every transport can be aborted. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort();
    }
    return this.controller.signal;
  }

  /** Lets go of the answer: it has come, or will not. */
  release(): void {
    const { answer } = this;
    this.answer = undefined;
    answer?.unsubscribe();
  }

  /** Tells the transport to stop. */
  unsubscribe(): void {
    this.aborted = true;
    try {
      this.controller?.abort();
    } finally {
      this.release();
    }
  }
}

/** What the transport gets of an exchange. */
export class Request implements StatusRequest {
  readonly taskId: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  declare readonly signal: AbortSignal;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, taskId: string, url: string) {
    this.taskId = taskId;
    this.url = url;
    this.headers = exchange.headers;
    this.#exchange = exchange;
    Object.defineProperty(this, 'signal', Request.#signal);
  }

  // own and enumerable, for { ...request }; one getter for all, for with a new one each object would
  // get a hidden class of its own (472 against 138 ns, 693 against 88 bytes)
  static readonly #signal = {
    enumerable: true,
    get(this: Request): AbortSignal {
      return this.#exchange.signal;
    },
  };
}
