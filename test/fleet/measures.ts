// What the times of a server's requests, in ms and in their order, tell of a fleet.

/** The most requests within a second. */
export function busiestSecond(times: readonly number[]): number {
  return Math.max(
    ...times.map((from, at) => {
      const count = times.slice(at).findIndex((time) => time >= from + 1_000);
      return count < 0 ? times.length - at : count;
    }),
  );
}

/** Between any two requests: how many there were, less how many the limit allows in that time. */
export function mostAhead(times: readonly number[], requestsPerSecond: number): number {
  let least = Infinity;
  let most = 0;
  times.forEach((at, index) => {
    const surplus = index - (at / 1_000) * requestsPerSecond;
    least = Math.min(least, surplus);
    most = Math.max(most, surplus - least);
  });
  return Math.round(most);
}

/**
 * The longest time without a request that begins at `from` or within so many ms of it: what was on its
 * way then still comes in.
 */
export function longestSilence(times: readonly number[], from: number, within: number): number {
  // nothing may have been on its way: then the first to come in is one from after the silence
  const later = [from, ...times.filter((at) => at >= from)];
  const soon = later.filter((at) => at < from + within);
  return Math.max(...soon.map((at, n) => (later[n + 1] ?? at) - at));
}
