// #region recipe
/** The delay that GitHub asks for in its own headers, ms; 0 for none. */
export function githubDelay(headers: { get(name: string): string | null }): number {
  const seconds = (name: string) => Number(headers.get(name));
  if (headers.get('x-ratelimit-remaining') !== '0') return seconds('x-poll-interval') * 1000;
  // the server's own clock; a page cannot read this header
  const now = Date.parse(headers.get('date') ?? '') || Date.now();
  return Math.max(seconds('x-ratelimit-reset') * 1000 - now, seconds('x-poll-interval') * 1000);
}
// #endregion
