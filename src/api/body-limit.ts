/** How many bytes of a body are read if the API does not say otherwise. */
export const DEFAULT_BODY_LIMIT = 65_536;

/**
 * The field of a request that holds the limit of its answer's body, where it is not the default.
 *
 * It is a registered symbol, so that a transport of another entry point can read it too.
 */
export const BODY_LIMIT = Symbol.for('rxjs-task-status.bodyLimit');

/** The longest body that the answer to this request may have, in bytes. */
export function bodyLimitOf(request: object): number {
  const limit: unknown = Reflect.get(request, BODY_LIMIT);
  return typeof limit === 'number' && limit >= 0 ? limit : DEFAULT_BODY_LIMIT;
}
