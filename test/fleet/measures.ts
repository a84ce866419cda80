// Measures of a fleet from the times of its requests, in ms and in order.

/** The highest number of requests within a second. */
export function busiestSecond(times: readonly number[]): number {
  return Math.max(
    ...times.map((from, at) => {
      const count = times.slice(at).findIndex((time) => time >= from + 1_000);
      return count < 0 ? times.length - at : count;
    }),
  );
}

/** The highest excess between any two requests: their number minus the number that the limit allows. */
export function highestExcess(times: readonly number[], requestsPerSecond: number): number {
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
 * The longest time without a request that starts between `from` and `within` ms later. Requests that were
 * in flight at `from` still arrive.
 */
export function longestGap(times: readonly number[], from: number, within: number): number {
  // if nothing was in flight, the first request arrives after the pause
  const later = [from, ...times.filter((at) => at >= from)];
  const soon = later.filter((at) => at < from + within);
  return Math.max(...soon.map((at, n) => (later[n + 1] ?? at) - at));
}
