/** What a call throws. */
export function thrownBy(misuse: () => unknown): Error {
  try {
    misuse();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
