/**
 * Makes time run faster or slower for everything in this process that is loaded later.
 *
 * With default options a delay is 1 to 5 s, so 20 polls take 83 s. A benchmark with shorter delays would
 * not measure the defaults, and some alternatives have no such options. So all clocks run `pace` times as
 * fast, and real timers get delays that are `pace` times as short. The work of a poll and the order of
 * events stay the same.
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
