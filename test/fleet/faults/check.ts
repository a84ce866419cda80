/** An answer of the API to a worker, in the order in which the API gave them. */
export interface Answered {
  readonly taskId: string;
  /** The name of the worker. */
  readonly worker: string;
  /** The status, or the code of the error that ends a task; `undefined` for a failure that passes. */
  readonly word: string | undefined;
  /** Whether the worker has said that it read the answer. */
  readonly read: boolean;
}

/** An answer, and which claim of the worker it belongs to. */
export interface ClaimedAnswer extends Answered {
  /** The number of the answer in the whole run. */
  readonly number: number;
  /** How often the worker had claimed the task. */
  readonly claim: number;
}

/** A worker that was frozen goes on. */
export interface Resumed {
  /** The number of answers then. */
  readonly answers: number;
  /** How often it had claimed each task, as far as it had said. */
  readonly claims: ReadonlyMap<string, number>;
}

/**
 * Renames workers where they go on after they were frozen, because then they must lose nothing again.
 * With a claim from before, a worker may still read answers, and another worker may have the task.
 *
 * @param answers the answers for one task, in order
 * @param resumed by the name of the worker
 */
export function withResumed(
  answers: readonly ClaimedAnswer[],
  resumed: ReadonlyMap<string, Resumed>,
): Answered[] {
  const claimsBefore = new Map<string, number>();
  return answers.map((answer) => {
    const { taskId, worker, number, claim } = answer;
    const since = resumed.get(worker);
    if (!since || number < since.answers) {
      claimsBefore.set(worker, claim);
      return answer;
    }
    const before = Math.max(since.claims.get(taskId) ?? 0, claimsBefore.get(worker) ?? 0);
    return claim <= before ? answer : { ...answer, worker: `${worker} again` };
  });
}

/** What became of the changes of one task. */
export interface Verdict {
  /** The positions of the answers whose change is missing, in the list of answers. */
  readonly lost: readonly number[];
  /** How many words were delivered that do not follow from the answers, or at a wrong place. */
  readonly wrong: number;
  /** How many changes only a worker knew that died or was frozen. */
  readonly excused: number;
}

/** A status that was read once or several times in a row. */
interface Run {
  readonly word: string;
  /** The position of the first answer. */
  readonly at: number;
  readonly isExcusable: boolean;
}

/** So many changes of a task can die with workers, else the check would take too long. */
const MAX_EXCUSES = 8;

/**
 * Compares the changes of one task that were delivered with those that workers have read.
 *
 * Each change that a worker has read must be delivered, in order. There is one exception: the last
 * status that a worker read before it was killed or frozen, if another worker has the task next. Only
 * that worker knew it.
 *
 * @param answers the answers for this task, in order
 * @param delivered the words that a consumer received, in order, without repetitions
 * @param crashed the workers that were killed or frozen
 * @param end a word that must follow after all answers, such as `timeout`
 */
export function checkTask(
  answers: readonly Answered[],
  delivered: readonly string[],
  crashed: ReadonlySet<string>,
  end?: string,
): Verdict {
  const runs = runsOf(answers, delivered, crashed);
  const excusable = runs.filter(({ isExcusable }) => isExcusable).slice(-MAX_EXCUSES);
  let best: Verdict | undefined;
  for (let subset = 0; subset < 2 ** excusable.length; subset += 1) {
    const dropped = new Set(excusable.filter((_, bit) => (subset >> bit) & 1));
    const kept = collapse(runs.filter((run) => !dropped.has(run)));
    const expected = end === undefined ? kept : [...kept, { word: end, at: answers.length }];
    const verdict = compare(expected, delivered, dropped.size);
    if (!best || costOf(verdict) < costOf(best)) best = verdict;
  }
  return best!;
}

/** The statuses in order. An answer that nobody is known to have read counts if it was delivered. */
function runsOf(
  answers: readonly Answered[],
  delivered: readonly string[],
  crashed: ReadonlySet<string>,
): Run[] {
  const runs: Run[] = [];
  answers.forEach(({ word, worker, read }, at) => {
    if (word === undefined) return;
    const isUnsure = !read && delivered.includes(word);
    if (!read && !isUnsure) return;
    const next = answers.slice(at + 1).find((answer) => answer.word !== undefined);
    const isLast = next !== undefined && next.worker !== worker;
    runs.push({ word, at, isExcusable: isUnsure || (crashed.has(worker) && isLast) });
  });
  return runs;
}

/** Removes the words that are the same as the one before. */
function collapse<T extends { readonly word: string }>(runs: readonly T[]): T[] {
  return runs.filter(({ word }, at) => word !== runs[at - 1]?.word);
}

/** Finds the longest common part: what is not in it is lost or wrong. */
function compare(
  expected: readonly { readonly word: string; readonly at: number }[],
  delivered: readonly string[],
  excused: number,
): Verdict {
  const lengths = Array.from({ length: expected.length + 1 }, () =>
    Array.from({ length: delivered.length + 1 }, () => 0),
  );
  for (let i = expected.length - 1; i >= 0; i -= 1) {
    for (let j = delivered.length - 1; j >= 0; j -= 1) {
      lengths[i]![j] =
        expected[i]!.word === delivered[j]
          ? lengths[i + 1]![j + 1]! + 1
          : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  const lost: number[] = [];
  for (let i = 0, j = 0; i < expected.length; i += 1) {
    while (j < delivered.length && expected[i]!.word !== delivered[j]) {
      if (lengths[i]![j + 1]! < lengths[i]![j]!) break;
      j += 1;
    }
    if (j < delivered.length && expected[i]!.word === delivered[j]) j += 1;
    else lost.push(expected[i]!.at);
  }
  return { lost, wrong: delivered.length - lengths[0]![0]!, excused };
}

function costOf({ lost, wrong, excused }: Verdict): number {
  return 1_000 * (lost.length + wrong) + excused;
}
