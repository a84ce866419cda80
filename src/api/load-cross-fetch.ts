import { fieldOf } from './guards.js';
import { misuse } from './misuse.js';

/**
 * Loads the `fetch` of `cross-fetch`, for a runtime without one.
 *
 * The literal name lets bundlers and test runners find, replace or exclude the package. In the CommonJS
 * files the build replaces `import()` by `require()`, because Jest refuses `import()` there. The
 * `browser` and `react-native` fields of package.json map the package to an empty module.
 *
 * @throws a `misuse()` error if there is no `cross-fetch` either
 */
export async function loadCrossFetch(): Promise<unknown> {
  let cause: unknown;
  // inside `try`, because there esbuild and webpack accept a package that they cannot resolve
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
  return misuse('This runtime has no fetch; pass the option fetch or transport', cause);
}
