import { sharesOf } from './comparison.js';
import type { CreateLearner } from './learner.js';
import { optimumAt, type Cost } from './optimum.js';
import { randomNumbers } from './random.js';
import { calibrate, learners } from './schedules.js';
import { decidedBy, fixedInterval, learnedAfter } from './simulation.js';
import { stratifiedTasks, summary, watchTask } from './virtual-time.js';
import type { Workload } from './workloads.js';

/** The cost of schedules of one kind for some lags. */
interface Curve {
  readonly name: string;
  readonly points: readonly (Cost & { readonly label: string })[];
}

/** Requests against lag for one workload. */
export interface Curves {
  readonly workload: string;
  readonly schedules: readonly Curve[];
  readonly optimum: readonly Cost[];
}

const SECOND = 1_000;
const INTERVALS = [1, 2, 3, 5, 10];
const MAX_DELAYS = [2, 3, 5, 8, 15];
const OBSERVED = [10, 100];
/** The lags of the learned schedules, s. */
const LAGS = [0.5, 1, 2, 3, 5];
/** The curve of the optimum, s, and how many points it has. */
const OPTIMUM = { from: 0.4, to: 8, points: 40 };

/** The library's requests and lag with each schedule, and the exact curve of the optimum. */
export function curvesOf(
  create: CreateLearner,
  workload: Workload,
  histories: number,
  tasks: number,
): Curves {
  const random = randomNumbers(5);
  const sample = stratifiedTasks(workload, tasks, random);
  const shares = sharesOf(workload);
  const learned = OBSERVED.map((observed) => ({
    name: learnedAfter(observed),
    points: LAGS.map((lag) => {
      const { price } = calibrate(create, workload, observed, histories, lag * SECOND);
      const watched = learners(create, workload, observed, histories, price).flatMap((each) => {
        const backoff = decidedBy((...state) => each.delay(...state));
        return sample.map((task) => watchTask(task, backoff));
      });
      return { ...summary(watched), label: '' };
    }),
  }));
  return {
    workload: workload.name,
    schedules: [
      {
        name: 'fixed interval',
        points: INTERVALS.map((seconds) => ({
          ...summary(sample.map((task) => watchTask(task, fixedInterval(seconds * SECOND)))),
          label: `${seconds} s`,
        })),
      },
      {
        name: 'backoff',
        points: MAX_DELAYS.map((seconds) => ({
          ...summary(sample.map((task) => watchTask(task, { maxDelay: seconds * SECOND, random }))),
          label: `${seconds} s`,
        })),
      },
      ...learned,
    ],
    optimum: Array.from({ length: OPTIMUM.points }, (_, at) => {
      const part = at / (OPTIMUM.points - 1);
      const lag = OPTIMUM.from * (OPTIMUM.to / OPTIMUM.from) ** part * SECOND;
      const { requests } = optimumAt(shares, lag);
      return { requests, lag };
    }),
  };
}
