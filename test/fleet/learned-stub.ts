import type { FleetLearned, FleetObservation } from 'rxjs-task-status/fleet';

/** A schedule whose bins are seconds, and that keeps what the fleet passes to it. */
export function learnedStub(options: Partial<FleetLearned> = {}) {
  const shared = new Map<string, readonly FleetObservation[]>();
  const delays: { taskId: string; seen: number; status: string | undefined; elapsed: number }[] =
    [];
  const learned: FleetLearned = {
    delay: (seen, status, { taskId, elapsed }) => {
      delays.push({ taskId, seen, status, elapsed });
      return 20;
    },
    halfLife: Infinity,
    observe: ({ status, from, to, censored }) => [
      { key: '', status, bin: Math.floor((from + to) / 2 / 1_000), weight: 1, censored },
    ],
    replaceShared: (key, observations) => {
      if (observations.length > 0) shared.set(key, observations);
      else shared.delete(key);
    },
    ...options,
  };
  /** How many durations of a status the fleet has counted, as far as this worker knows. */
  const count = (status: string, censored = false, key = ''): number =>
    (shared.get(key) ?? [])
      .filter((observation) => observation.status === status && observation.censored === censored)
      .reduce((sum, { weight }) => sum + weight, 0);
  return { learned, shared, delays, count };
}
