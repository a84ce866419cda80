import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { outputOf } from './embed.js';

const EXAMPLES = 'docs/examples/rxjs';

/** What each recipe must print for the timelines in its file. Answers take no time. */
const outputs: Record<string, string[]> = {
  // polls at 0 s (not found), 1 s (created), 2 s, 3.5 s (running) and on
  'start-then-watch': [
    '  1.0 s  created',
    '  3.5 s  running',
    ' 11.6 s  finished',
    ' 11.6 s  complete',
  ],
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
    ' 10.6 s  all tasks have ended',
  ],
  'detect-stall': [
    '  0.0 s  created',
    '  4.8 s  running',
    ' 64.8 s  Error: task_1 has not changed for 60000 ms',
    ' 64.8 s  18 requests, and none after the error',
  ],
  webhook: [
    '  0.0 s  created after 1 polls',
    ' 21.9 s  running after 3 polls',
    '141.9 s  finished after 5 polls',
    '141.9 s  complete',
  ],
  // polls while the connection is lost: at 10 s, 11 s, 12 s and 13.5 s
  'server-sent-events': [
    '  0.1 s  open  after 0 polls',
    '  0.1 s  message created after 0 polls',
    '  0.1 s  status: created',
    '  3.0 s  message running after 0 polls',
    '  3.0 s  status: running',
    ' 10.0 s  error  after 0 polls',
    ' 11.0 s  status: paused',
    ' 13.5 s  status: running',
    ' 14.0 s  open  after 4 polls',
    ' 14.0 s  message running after 4 polls',
    ' 20.0 s  message finished after 4 polls',
    ' 20.0 s  status: finished',
    ' 20.0 s  complete',
    ' 20.0 s  event stream closed',
  ],
  'stop-unwatched': [
    '  0.0 s  list: task_1 running',
    '  0.0 s  detail: task_1 running',
    '  0.0 s  task_2 running',
    '  4.8 s  task_2 finished',
    '  4.8 s  task_2 left',
    '  7.0 s  PUT /stop-task?task_id=task_1',
    '  7.0 s  8 requests',
  ],
  share: [
    '  0.0 s  list: running',
    '  2.0 s  detail: running',
    '  8.1 s  list: finished',
    '  8.1 s  detail: finished',
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
    ' 12.3 s  complete',
    // with a deadline of 10 s
    ' 12.3 s  started task_1',
    ' 17.3 s  started task_3',
    ' 17.3 s  running',
    ' 22.3 s  Error: Not finished within 10000 ms',
  ],
  'show-progress': [
    '  0.0 s  0. Starting',
    '  2.5 s  1. Opened the shop',
    '  7.5 s  3. Searched for a lamp',
    ' 15.9 s  4. Read the price',
    ' 15.9 s  complete',
  ],
  hours: [
    '  0.0 s  running',
    '21775.0 s  finished',
    '21775.0 s  complete after 85 requests',
    '21775.0 s  2 3 5 7 10 15 23 34 51 77 115 173 259 300 … seconds',
  ],
  'conditional-requests': [
    '  0.0 s  If-None-Match: none, answer: 200',
    '  0.0 s  running',
    '  1.0 s  If-None-Match: "running", answer: 304',
    '  2.5 s  If-None-Match: "running", answer: 304',
    '  4.8 s  If-None-Match: "running", answer: 200',
    '  4.8 s  finished',
    '  4.8 s  complete',
  ],
  'show-attempts': [
    '  0.0 s  #1 running, next in 1 s',
    '  1.0 s  #2 running, next in 1.5 s',
    '  2.5 s  #3 error (http), next in 3 s',
    '  5.5 s  #4 running, next in 2.25 s',
    '  7.8 s  #5 running, next in 3.375 s',
    ' 11.1 s  #6 finished, the last one',
  ],
};

describe('the recipes', () => {
  test.each(Object.entries(outputs))('%s prints what the page shows', async (name, lines) => {
    expect((await outputOf(`${EXAMPLES}/${name}.ts`)).split('\n')).toEqual(lines);
  });

  test.each(Object.keys(outputs))(
    '%s has less than 25 lines of code below its imports',
    async (name) => {
      const [recipe = ''] = (await readFile(`${EXAMPLES}/${name}.ts`, 'utf8')).split(
        '// #endregion',
      );
      const lines = recipe.slice(recipe.indexOf('\n/** ')).split('\n');
      expect(lines.filter((line) => line !== '' && !/^ *(\/|\*)/.test(line)).length).toBeLessThan(
        25,
      );
    },
  );

  test('are all on the page', async () => {
    const page = await readFile('docs/recipes.md', 'utf8');
    const files = (await readdir(EXAMPLES)).filter((file) => file !== 'in-memory.ts');
    expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(
      Object.keys(outputs).sort(),
    );
    for (const file of files) expect(page).toContain(`<!-- ${EXAMPLES}/${file} -->`);
  });
});
