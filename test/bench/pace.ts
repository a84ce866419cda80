/**
 * Lets time run faster or slower for everything in this process that is loaded after it.
 *
 * Default options wait 1 to 5 s, so 20 polls take 83 s. A benchmark that shortens the waits by
 * options would no longer measure the defaults, and peers without such options could not follow.
 * Here the clocks run `pace` times as fast and the timers are the real ones, set `pace` times as
 * short: what a poll does stays the same, and so does the order of things.
 */
export function setPace(pace: number): void {
  const { setTimeout, setInterval } = globalThis;
  const date = Date.now;
  const startedAt = date();
  const read = performance.now.bind(performance);
  const started = read();
  type Callback = (...args: unknown[]) => void;
  Object.assign(globalThis, {
    setTimeout: (callback: Callback, ms = 0, ...args: unknown[]) =>
      setTimeout(callback, ms / pace, ...args),
    setInterval: (callback: Callback, ms = 0, ...args: unknown[]) =>
      setInterval(callback, ms / pace, ...args),
  });
  Date.now = () => startedAt + (date() - startedAt) * pace;
  performance.now = () => started + (read() - started) * pace;
}
