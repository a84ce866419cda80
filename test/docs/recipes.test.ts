import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { outputOf } from './embed.js';

const EXAMPLES = 'docs/examples/rxjs';

/** What each recipe must print of tasks whose timelines stand in its file; answers take no time. */
const outputs: Record<string, string[]> = {
  // polls at 0 s (not found), 1 s (created), 2 s, 3.5 s (running) and on
  'start-then-watch': ['  1.0 s  created', '  3.5 s  running', ' 11.6 s  finished', ' 11.6 s  end'],
  'follow-selection': [
    '  0.0 s  running',
    '  3.0 s  Task "task_0" was not found (404): Task not found',
    '  4.0 s  created',
    '  8.8 s  finished',
  ],
  'many-ids': [
    '  0.0 s  {"task_1":"running"}',
    '  0.0 s  {"task_1":"running","task_2":"created"}',
    '  0.0 s  {"task_1":"running","task_2":"created","task_3":"not-found"}',
    '  2.5 s  {"task_1":"running","task_2":"running","task_3":"not-found"}',
    '  8.1 s  {"task_1":"finished","task_2":"running","task_3":"not-found"}',
    ' 10.6 s  {"task_1":"finished","task_2":"failed","task_3":"not-found"}',
    ' 10.6 s  all have ended',
  ],
  'detect-stall': [
    '  0.0 s  created',
    '  4.8 s  running',
    ' 64.8 s  Error: task_1 has not changed for 60000 ms',
    ' 64.8 s  18 requests, and none after that',
  ],
  webhook: [
    '  0.0 s  left alone: running',
    '  0.0 s  knocked: running',
    ' 20.1 s  knocked: finished',
    ' 20.1 s  believed: finished',
    ' 23.1 s  left alone: finished',
  ],
  share: [
    '  0.0 s  the list sees running',
    '  2.0 s  the detail sees running',
    '  8.1 s  the list sees finished',
    '  8.1 s  the detail sees finished',
    '  8.1 s  5 requests for both',
  ],
  results: [
    '  0.0 s  task_1 {"status":"running"}',
    '  0.0 s  task_2 {"status":"running"}',
    '  4.8 s  task_1 {"status":"finished"}',
    '  4.8 s  TaskUnsuccessfulError: Task "task_2" ended as stopped',
    '  5.0 s  task_1 {"status":"finished","result":"the output of task_1"}',
  ],
  'retry-task': [
    '  0.0 s  started task_1',
    '  0.0 s  running',
    '  9.8 s  started task_2',
    '  9.8 s  running',
    ' 12.3 s  finished',
    ' 12.3 s  end',
  ],
  'show-progress': [
    '  0.0 s  #1 running, next in 1 s',
    '  1.0 s  #2 running, next in 1.5 s',
    '  2.5 s  #3 trouble (http), next in 3 s',
    '  5.5 s  #4 running, next in 2.25 s',
    '  7.8 s  #5 running, next in 3.375 s',
    ' 11.1 s  #6 finished, that was all',
  ],
};

describe('the recipes', () => {
  test.each(Object.entries(outputs))('%s runs as its page says', async (name, lines) => {
    expect((await outputOf(`${EXAMPLES}/${name}.ts`)).split('\n')).toEqual(lines);
  });

  test('are all in the page', async () => {
    const page = await readFile('docs/recipes.md', 'utf8');
    const files = (await readdir(EXAMPLES)).filter((file) => file !== 'in-memory.ts');
    expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(
      Object.keys(outputs).sort(),
    );
    for (const file of files) expect(page).toContain(`<!-- ${EXAMPLES}/${file} -->`);
  });
});
