/**
 * Stands in for `cross-fetch` in browser bundles: every browser has `fetch` itself, so the fallback
 * would only be weight there.
 *
 * Its type is what `#cross-fetch` means to TypeScript: the types of `cross-fetch` are no module.
 */
export const fetch: (...request: unknown[]) => Promise<never> = () =>
  Promise.reject(
    new Error('This runtime has no fetch; pass one with the fetch or the transport option'),
  );
