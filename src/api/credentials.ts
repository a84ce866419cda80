import { createRedactor, type Redactor } from './redact.js';
import type { TaskApi } from './task-api.js';

/** The headers of requests, and the secrets in them. Many requests share one object. */
export class Credentials {
  /** The headers that are sent, including that of the API key. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #api: TaskApi<string>;
  readonly #ownHeaders: Readonly<Record<string, string>>;
  readonly #apiKeys: readonly string[];
  readonly #authorizationHeader: string | undefined;
  #redact: Redactor | undefined;

  /**
   * @param ownHeaders the option `headers`
   * @param apiKeys the current key, then the previous one; empty if there is no key
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

  /** The credentials with another key. The current key stays a secret: a server may still quote it. */
  withKey(apiKey: string): Credentials {
    const [current] = this.#apiKeys;
    if (apiKey === current) return this;
    const apiKeys = current === undefined ? [apiKey] : [apiKey, current];
    return new Credentials(this.#api, this.#ownHeaders, apiKeys);
  }

  /** Replaces each secret in text from an answer or a foreign error by `***`. */
  get redact(): Redactor {
    return (this.#redact ??= createRedactor({
      apiKeys: this.#apiKeys,
      headers: this.headers,
      authorizationHeader: this.#authorizationHeader,
    }));
  }
}
