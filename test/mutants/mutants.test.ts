import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { mutate, MUTANTS } from './mutants.js';

test.each(MUTANTS)('the mutant of $law still fits the sources: $wrong', async (mutant) => {
  const source = await readFile(mutant.file, 'utf8');
  expect(mutate(mutant, source)).not.toBe(source);
});
