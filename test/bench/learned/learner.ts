/** The part of a learned delay that is simulated. */
export interface Learner {
  delay(
    seen: number,
    status: string | undefined,
    context: { taskId: string; elapsed: number },
  ): number;
  record(status: string, ms: number, taskId?: string): void;
  toJSON(): unknown;
}

/** `learnedDelay` of the library, or another one to compare with. */
export type CreateLearner = (options: {
  requestCost?: number;
  history?: never;
  key?: (taskId: string) => string;
}) => Learner;
