import { checkTask, withResumed } from './check.js';
import { hasEnded, written, type Evidence, type World } from './fault.js';
import { idsOf } from './task-faults.js';

/** The counters of the run at one moment. */
export interface Counters {
  readonly answers: number;
  readonly written: number;
  readonly printed: number;
  readonly audited: number;
  readonly repeated: number;
}

/** What happened between two moments. */
export interface Span {
  readonly name: string;
  readonly evidence?: Evidence;
  readonly from: Counters;
  readonly to: Counters;
}

/** A change that was read and not delivered. */
interface Lost {
  readonly taskId: string;
  readonly consumer: string;
  /** The number of the answer; the number of all answers for an end that is missing. */
  readonly answer: number;
  readonly answers: string;
  readonly delivered: string;
}

/** What was lost, and what was delivered that nobody has read. */
export interface Result {
  readonly lost: readonly Lost[];
  readonly wrong: number;
  readonly excused: number;
}

export async function countersOf(world: World): Promise<Counters> {
  const { api, printer, audit } = world;
  return {
    answers: api.answers.length,
    written: await written(world),
    printed: printer.deliveries.count,
    audited: audit.deliveries.count,
    repeated: printer.deliveries.repeated + audit.deliveries.repeated,
  };
}

/** Compares what both consumers got with what the workers have read. */
export function resultOf(world: World, withEndless: boolean): Result {
  const { api, lives, printer, audit, crashedAt, resumed } = world;
  const endless = new Set(idsOf(world, 'endless'));
  const numbers = new Map(api.answers.map((answer, number) => [answer, number]));
  const crashed = new Set(crashedAt.keys());
  const lost: Lost[] = [];
  let wrong = 0;
  let excused = 0;
  for (const taskId of lives.keys()) {
    const answers = withResumed(
      api.answersFor(taskId).map((answer) => ({ ...answer, number: numbers.get(answer)! })),
      resumed,
    );
    const isEndless = endless.has(taskId);
    const end = isEndless && withEndless ? 'timeout' : undefined;
    for (const [consumer, { deliveries }] of Object.entries({ printer, audit })) {
      const words = deliveries.wordsOf(taskId);
      const verdict = checkTask(answers, words, crashed, end);
      wrong += verdict.wrong;
      if (consumer === 'audit') excused += verdict.excused;
      const facts = {
        taskId,
        consumer,
        answers: answers
          .map(({ worker, word, read }) => `${worker} ${word ?? '-'}${read ? '' : '?'}`)
          .join(', '),
        delivered: words.join(', '),
      };
      for (const at of verdict.lost) {
        const answer = api.answersFor(taskId)[at];
        lost.push({ ...facts, answer: answer ? numbers.get(answer)! : api.answers.length });
      }
      if (!isEndless && !hasEnded(words)) lost.push({ ...facts, answer: api.answers.length });
    }
  }
  return { lost, wrong, excused };
}

/** The table of all faults, and of the whole run. */
export function table(world: World, spans: readonly Span[], result: Result): string {
  const head = ['fault', 'served', 'read', 'written', 'delivered', 'repeated', 'lost', 'evidence'];
  const rows = spans.map(({ name, evidence, from, to }) => {
    const answers = world.api.answers.slice(from.answers, to.answers);
    const isLast = to.answers === world.api.answers.length;
    const lost = result.lost.filter(
      ({ answer }) => answer >= from.answers && (answer < to.answers || isLast),
    );
    return [
      name,
      String(answers.filter(({ word }) => word !== undefined).length),
      String(answers.filter(({ word, read }) => read && word !== undefined).length),
      String(to.written - from.written),
      `${to.printed - from.printed} + ${to.audited - from.audited}`,
      String(to.repeated - from.repeated),
      // a change that neither consumer got counts once
      String(new Set(lost.map(({ taskId, answer }) => `${taskId} ${answer}`)).size),
      evidence ? `${evidence.count} ${evidence.of}` : '',
    ];
  });
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]!.length)),
  );
  const isText = (at: number) => at === 0 || at === head.length - 1;
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, at) => (isText(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
