/** The error of an operation that was aborted. It reaches no observer. */
export function abortError(): Error {
  return new Error('aborted');
}
