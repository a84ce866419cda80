/**
 * Stands in for `cross-fetch` in browser bundles: every browser has `fetch` itself, so the fallback
 * would only be weight there.
 */
export function fetch(): Promise<never> {
  return Promise.reject(
    new Error('This runtime has no fetch; pass one with the fetch or the transport option'),
  );
}
