import { LIBRARY, OTHERS, type Contender } from './contenders.js';
import { observe, type Situation } from './observe.js';
import type { Size } from './size.js';
import { verdict, type Verdict } from './verdict.js';

/** What each contender did in a situation, the library first. */
async function outcomesOf(situation: Situation): Promise<readonly string[]> {
  const run = async (contender: Contender) =>
    situation.outcome(await observe(situation, contender));
  const contenders = [LIBRARY, ...OTHERS];
  if (!situation.hasPage) return Promise.all(contenders.map(run));
  const outcomes = new Array<string>();
  for (const contender of contenders) outcomes.push(await run(contender));
  return outcomes;
}

/** The row of a situation, and the verdict for each contender other than the library. */
export function rowOf(
  { name, right }: Pick<Situation, 'name' | 'right'>,
  [library = '', ...others]: readonly string[],
): { cells: readonly string[]; verdicts: readonly Verdict[] } {
  const verdicts = others.map((outcome) => verdict(right, outcome, library));
  const cells = others.map((outcome, index) => {
    const word = verdicts[index] ?? 'same';
    return word === 'same' ? word : `**${word}**: ${outcome}`;
  });
  return { cells: [name, right, ...cells, library === right ? 'right' : library], verdicts };
}

export async function situationTable(situations: readonly Situation[]): Promise<string> {
  const rows = new Array<ReturnType<typeof rowOf>>();
  for (const situation of situations) rows.push(rowOf(situation, await outcomesOf(situation)));
  const totals = OTHERS.map((_, index) => {
    const count = (word: Verdict) => rows.filter(({ verdicts }) => verdicts[index] === word).length;
    return `${count('same')} same, ${count('better')} better, ${count('worse')} worse`;
  });
  return table([
    ['Situation', 'What is right', ...OTHERS.map(({ name }) => name), LIBRARY.name],
    ...rows.map(({ cells }) => cells),
    ['Total', '', ...totals, ''],
  ]);
}

export function sizeTable(sizes: ReadonlyMap<Contender, Size>): string {
  return table([
    [
      '',
      'Lines of your code',
      'Added to a bundle that has RxJS',
      'Added to a bundle without RxJS',
      'Packages',
    ],
    ...[...sizes].map(([{ name }, { lines, bytes, bytesWithRxjs, packages }]) => [
      name,
      String(lines),
      kilobytes(bytes),
      kilobytes(bytesWithRxjs),
      packages.map((one) => `\`${one}\``).join(', ') || 'none',
    ]),
  ]);
}

/** Rounded up to two digits: most changes of the sources do not change the page. */
export function kilobytes(bytes: number): string {
  const unit = 10 ** (Math.floor(Math.log10(bytes)) - 1);
  return `${(Math.ceil(bytes / unit) * unit) / 1_000} kB`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
