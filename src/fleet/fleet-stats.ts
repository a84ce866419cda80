/** What a worker of a fleet is doing. */
export interface FleetStats {
  /** How many tasks it watches. */
  readonly watching: number;
  /** How many tasks wait for a slot in the whole fleet. Read once a second. */
  readonly waiting: number;
  /** How many of its tasks had a failure as the latest answer. */
  readonly failing: number;
  /** How many of its requests wait for Redis, the limit, a hold or a pause. */
  readonly queued: number;
  /** How many of its requests are in flight. */
  readonly inFlight: number;
  /** How many requests it has sent. */
  readonly requests: number;
  /** How many of them have failed. */
  readonly errors: number;
  /** How many changes it has read that Redis has not accepted yet. */
  readonly unpublished: number;
  /** How many changes it has published. */
  readonly published: number;
  /** How many of its tasks other workers have taken over. */
  readonly lost: number;
  /** Whether the fleet is paused because the API key was rejected. */
  readonly paused: boolean;
  /** When the requests may be sent again that are held, by the worker's clock; absent if none are. */
  readonly heldUntil?: number;
  /** When it got its last good answer, by its clock; absent before the first one. */
  readonly lastAnswerAt?: number;
}
