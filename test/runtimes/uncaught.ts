/**
 * Listens for rejections that nobody handles.
 *
 * @returns them so far, without those that were handled later after all
 */
export function listenForRejections(): () => string[] {
  const unhandled = new Map<Promise<unknown>, string>();
  addEventListener('unhandledrejection', ({ promise, reason }) => {
    unhandled.set(promise, String(reason));
  });
  // some runtimes look before a promise that is returned has been taken over
  addEventListener('rejectionhandled', ({ promise }) => unhandled.delete(promise));
  return () => [...unhandled.values()];
}
