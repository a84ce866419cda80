import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

const page = await readFile('docs/testing.md', 'utf8');

/** A test runner's section: the file that it embeds, and the calls of its table. */
const sections = page.split(/^## /m).flatMap((text) => {
  const [, path] = /^<!-- (test\/toolchains\/\S+) -->$/m.exec(text) ?? [];
  if (path === undefined) return [];
  const rows = [...text.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\|/gm)];
  return [{ path, works: setOf(rows, 1), fails: setOf(rows, 2) }];
});

function setOf(matches: readonly RegExpMatchArray[], group: number): readonly string[] {
  return [...new Set(matches.map((match) => match[group] ?? ''))].sort();
}

/** The titles of the tests in a part of a file. */
function titlesIn(text: string): readonly string[] {
  return setOf(
    [...text.matchAll(/^ +(?:test|it)\((?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/gm)].map((match) => {
      match[0] = (match[1] ?? match[2] ?? '').replace(/\\(.)/g, '$1');
      return match;
    }),
    0,
  );
}

test('docs/testing.md has a table for each test runner', () => {
  expect(sections.map(({ path }) => path.split('/')[2])).toEqual([
    'jest',
    'vitest',
    'mocha',
    'node-test',
    'jasmine',
    'vitest',
  ]);
});

describe.each(sections)('the table of $path', ({ path, works, fails }) => {
  test('lists exactly the calls that the tests run', async () => {
    const [, tests = ''] = (await readFile(path, 'utf8')).split("describe('works'");
    const [working = '', failing = ''] = tests.split("describe('does not work'");
    expect(works).toEqual(titlesIn(working));
    expect(fails).toEqual(titlesIn(failing));
  });
});
