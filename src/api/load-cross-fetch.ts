import { misuse } from './misuse.js';
import { fieldOf } from './guards.js';

/**
 * The `fetch` of `cross-fetch`, for a runtime without one.
 *
 * @returns whatever that module has under the name; `undefined` where bundlers replace it by an empty
 * module
 * @throws a `misuse()` if the module cannot be loaded
 */
export async function loadCrossFetch(): Promise<unknown> {
  let module: unknown;
  try {
    module = await import('#cross-fetch');
  } catch (error) {
    throw noFetch(error);
  }
  return fieldOf(module, 'fetch') ?? fieldOf(fieldOf(module, 'default'), 'fetch');
}

/** The error for a runtime with neither `fetch` nor `cross-fetch`. */
export function noFetch(cause?: unknown): TypeError {
  return misuse(
    'This runtime has no fetch: pass one with the fetch or the transport option',
    cause,
  );
}
