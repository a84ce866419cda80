/** Whether no retry can fix the failure of a request. */
export function isPermanentNetworkFailure(_reason: unknown): boolean {
  return false;
}
