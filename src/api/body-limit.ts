import { fieldOf, isObject } from './guards.js';

/** The `bodyLimit` of an API that does not set one, in bytes. */
export const DEFAULT_BODY_LIMIT = 65_536;

/**
 * The key under which a request has the `bodyLimit` of its API, if the API sets one. The signal of the
 * request has it as well: a transport may pass on only the documented fields.
 *
 * A registered symbol, so that a transport of another entry point can read it too.
 */
export const BODY_LIMIT = Symbol.for('rxjs-task-status.bodyLimit');

/** The longest body that the answer to this request may have, in bytes. */
export function requestBodyLimit(request: object): number {
  const limit = limitIn(request) ?? limitIn(fieldOf(request, 'signal'));
  return typeof limit === 'number' && limit >= 0 ? limit : DEFAULT_BODY_LIMIT;
}

function limitIn(holder: unknown): unknown {
  return isObject(holder) ? Reflect.get(holder, BODY_LIMIT) : undefined;
}
