/** What each contender gets besides the id of the task. All times are in milliseconds. */
export interface Settings {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** The delay between two polls. */
  readonly interval: number;
  /** The limit of one request. */
  readonly requestTimeout: number;
  /** The limit of the whole watch. */
  readonly deadline: number;
}
