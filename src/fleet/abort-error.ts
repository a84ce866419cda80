/** The error of an operation that was aborted. Nobody sees it: what was aborted has no observer. */
export function abortError(): Error {
  return new Error('aborted');
}
