import { fieldOf } from './guards.js';
import { misuse } from './misuse.js';

/**
 * Loads the `fetch` of `cross-fetch`, for a runtime without one.
 *
 * The literal name lets bundlers and test runners find, replace or exclude the package. The build
 * makes `require` of it in the CommonJS files, because Jest refuses `import()` there, and the
 * `browser` and `react-native` fields of package.json map it to an empty module.
 *
 * @throws a `misuse()` if there is no `cross-fetch` either
 */
export async function loadCrossFetch(): Promise<unknown> {
  let cause: unknown;
  // within `try`, esbuild and webpack let a build pass that cannot resolve the package
  try {
    const module: unknown = await import('cross-fetch');
    const fetch = fieldOf(module, 'fetch') ?? fieldOf(fieldOf(module, 'default'), 'fetch');
    if (typeof fetch === 'function') return fetch;
  } catch (error) {
    cause = error;
  }
  throw noFetch(cause);
}

/** The error for a runtime with neither `fetch` nor `cross-fetch`. */
export function noFetch(cause?: unknown): TypeError {
  return misuse(
    'This runtime has no fetch: pass one with the fetch or the transport option',
    cause,
  );
}
