import { createRedactor, type Redactor } from './redact.js';
import type { TaskApi } from './task-api.js';

/** The headers of a watch's requests, and the secrets in them. One object serves many requests. */
export class Credentials {
  /** What is sent, the API key included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #api: TaskApi<string>;
  readonly #ownHeaders: Readonly<Record<string, string>>;
  readonly #apiKeys: readonly string[];
  readonly #authorizationHeader: string | undefined;
  #redact: Redactor | undefined;

  /**
   * @param ownHeaders the option `headers`
   * @param apiKeys the current key and the one before it, where there are any
   */
  constructor(
    api: TaskApi<string>,
    ownHeaders: Readonly<Record<string, string>>,
    apiKeys: readonly string[] = [],
  ) {
    this.#api = api;
    this.#ownHeaders = ownHeaders;
    this.#apiKeys = apiKeys;
    const [apiKey] = apiKeys;
    if (apiKey === undefined) this.headers = ownHeaders;
    else {
      const [name, value] = api.authorization(apiKey);
      this.#authorizationHeader = name;
      this.headers = Object.freeze({ ...ownHeaders, [name]: value });
    }
  }

  /** The same with another key. The last one is kept as a secret: a server may still quote it. */
  withKey(apiKey: string): Credentials {
    const [last] = this.#apiKeys;
    if (apiKey === last) return this;
    const apiKeys = last === undefined ? [apiKey] : [apiKey, last];
    return new Credentials(this.#api, this.#ownHeaders, apiKeys);
  }

  /** Replaces each secret in a server's or a client's text by `***`. */
  get redact(): Redactor {
    return (this.#redact ??= createRedactor({
      apiKeys: this.#apiKeys,
      headers: this.headers,
      authorizationHeader: this.#authorizationHeader,
    }));
  }
}
