// #region recipe
class HttpError extends Error {
  constructor(readonly status: number) {
    super(`The server answered ${status}`);
  }
}

/** Retries cannot change these answers. A 429 means that there were too many requests. */
export function isPermanent(error: unknown): boolean {
  return error instanceof HttpError && error.status < 500 && error.status !== 429;
}

export function hasEnded(status: string): boolean {
  return ['finished', 'stopped', 'failed'].includes(status);
}

export async function readStatus(response: Response): Promise<string> {
  if (!response.ok) throw new HttpError(response.status);
  return String(await response.json());
}
// #endregion
