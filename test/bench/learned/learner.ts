import type { MonoTypeOperatorFunction } from 'rxjs';
import type { TaskPoll } from 'rxjs-task-status';

/** What is simulated of `LearnedDelay`. */
export interface Learner {
  delay(
    seen: number,
    status: string | undefined,
    context: { taskId: string; elapsed: number },
  ): number;
  record(status: string, ms: number, taskId?: string): void;
  learn(): MonoTypeOperatorFunction<TaskPoll>;
}

/** `learnedDelay` of the library, or another one to compare with. */
export type CreateLearner = (options: {
  requestCost: number;
  key?: (taskId: string) => string;
}) => Learner;
