import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

import { LIBRARY, OTHERS } from '../../docs/examples/comparison/contenders.js';
import { observe, type Observation } from '../../docs/examples/comparison/observe.js';
import { SITUATIONS } from '../../docs/examples/comparison/situations.js';
import { linesOfCode } from '../../docs/examples/comparison/size.js';
import { kilobytes, rowOf } from '../../docs/examples/comparison/tables.js';
import { verdict } from '../../docs/examples/comparison/verdict.js';

const page = await readFile('docs/comparison.md', 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

describe('the verdict', () => {
  test.each([
    ['right', 'right', 'same'],
    ['wrong', 'wrong in another way', 'same'],
    ['right', 'wrong', 'better'],
    ['wrong', 'right', 'worse'],
  ])('for a contender that is %s and a library that is %s is %s', (outcome, library, word) => {
    expect(verdict('right', outcome, library)).toBe(word);
  });
});

describe('a row', () => {
  const situation = { name: 'Rain', right: 'stays dry' };

  test('shows what a contender did only where the verdict differs', () => {
    const outcomes = ['stays dry', 'stays dry', 'gets wet'];
    expect(rowOf(situation, outcomes)).toEqual({
      cells: ['Rain', 'stays dry', 'same', '**worse**: gets wet', 'right'],
      verdicts: ['same', 'worse'],
    });
  });

  test('shows what the library did where it is not right', () => {
    const { cells } = rowOf(situation, ['gets wet', 'stays dry']);
    expect(cells).toEqual(['Rain', 'stays dry', '**better**: stays dry', 'gets wet']);
  });
});

test('the page has twelve situations, and the rules of this program', () => {
  expect(SITUATIONS).toHaveLength(12);
  const shown = rows.filter(([name]) => SITUATIONS.some((situation) => situation.name === name));
  expect(shown.map(([name, right]) => ({ name, right }))).toEqual(
    SITUATIONS.map(({ name, right }) => ({ name, right })),
  );
});

test('the totals of the page are the sums of its verdicts', () => {
  const shown = rows.filter(([name]) => SITUATIONS.some((situation) => situation.name === name));
  const totals = rows.find(([name]) => name === 'Total')?.slice(2, 2 + OTHERS.length);
  expect(totals).toEqual(
    OTHERS.map((_, index) => {
      const words = shown.map((cells) => /same|better|worse/.exec(cells[2 + index] ?? '')?.[0]);
      return ['same', 'better', 'worse']
        .map((word) => `${words.filter((one) => one === word).length} ${word}`)
        .join(', ');
    }),
  );
});

function seen(change: Partial<Observation>): Observation {
  return {
    statuses: ['created', 'running', 'finished'],
    end: 'completed',
    requests: 4,
    aborted: 0,
    notes: new Set(),
    ...change,
  };
}

/** For each situation an observation that is right, and some that are not. */
const OBSERVATIONS: readonly (readonly [Observation, ...Observation[]])[] = [
  [seen({}), seen({ requests: 5 }), seen({ statuses: ['finished'] }), seen({ end: 'failed' })],
  [seen({}), seen({ statuses: ['created'], end: 'failed' })],
  [seen({ aborted: 1 }), seen({}), seen({ aborted: 1, statuses: ['created'], end: 'failed' })],
  [
    seen({ end: 'none', requests: 2, aborted: 1 }),
    seen({ end: 'none', requests: 3, aborted: 1 }),
    seen({ end: 'none', requests: 2, aborted: 0 }),
  ],
  [
    seen({ end: 'failed', requests: 1 }),
    seen({ end: 'failed', requests: 2 }),
    seen({ end: 'none', requests: 1 }),
  ],
  [seen({}), seen({ notes: new Set(['early']) }), seen({ statuses: ['created'], end: 'failed' })],
  [seen({}), seen({ statuses: ['running'], end: 'failed' }), seen({ statuses: [] })],
  [seen({}), seen({ statuses: ['created'], end: 'failed' })],
  [seen({ end: 'failed' }), seen({ end: 'none' })],
  [seen({}), seen({ notes: new Set(['request while hidden']) }), seen({ statuses: ['running'] })],
  [
    seen({ statuses: Array<string>(40).fill('finished') }),
    seen({ statuses: Array<string>(39).fill('finished') }),
    seen({ statuses: Array<string>(40).fill('finished'), notes: new Set(['refused']) }),
  ],
  [
    seen({ end: 'failed', error: new TypeError('The key is not valid') }),
    seen({ end: 'failed', error: new TypeError('"Bearer bu_live_0123" is not valid') }),
    seen({ end: 'failed', error: new Error('failed', { cause: new Error('bu_live_0123') }) }),
    seen({}),
  ],
];

describe.each(SITUATIONS.map((situation, index) => [situation.name, situation, index] as const))(
  '%s',
  (_, { outcome, right }, index) => {
    const [good, ...bad] = OBSERVATIONS[index] ?? [];

    test('has an observation that is right', () => {
      expect(good && outcome(good)).toBe(right);
    });

    test.each(bad.map((one) => [outcome(one), one] as const))('is not right: %s', (name) => {
      expect(name).not.toBe(right);
    });
  },
);

describe.each([LIBRARY, ...OTHERS])('$name', (contender) => {
  test.each(SITUATIONS.slice(0, 2))('does what is right: $name', async (situation) => {
    expect(situation.outcome(await observe(situation, contender))).toBe(situation.right);
  });
});

test('lines of code are counted without imports, comments and blank lines', () => {
  const source = [
    "import { of } from 'rxjs';",
    'import {',
    '  map,',
    "} from 'rxjs';",
    '',
    '/**',
    ' * A stream.',
    ' */',
    'export const a$ = of(1).pipe(',
    '  // doubles',
    '  map((value) => value * 2), // here',
    ');',
  ];
  expect(linesOfCode(source.join('\n'))).toBe(3);
});

test.each([
  [538, '0.54 kB'],
  [540, '0.54 kB'],
  [7_101, '7.2 kB'],
  [13_511, '14 kB'],
])('%i bytes are rounded up to two digits: %s', (bytes, shown) => {
  expect(kilobytes(bytes)).toBe(shown);
});
