/**
 * Listens for unhandled rejections.
 *
 * @returns those so far, except those that were handled later
 */
export function listenForRejections(): () => string[] {
  const unhandled = new Map<Promise<unknown>, string>();
  addEventListener('unhandledrejection', ({ promise, reason }) => {
    unhandled.set(promise, String(reason));
  });
  // some runtimes report a returned promise before it is handled
  addEventListener('rejectionhandled', ({ promise }) => unhandled.delete(promise));
  return () => [...unhandled.values()];
}
