import { readdir, readFile } from 'node:fs/promises';
import { EMPTY, VirtualTimeScheduler } from 'rxjs';
import { fakeTaskApi } from 'rxjs-task-status/testing';
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
    '  0.0 s  without webhook: running',
    '  0.0 s  poll now: running',
    ' 20.1 s  poll now: finished',
    ' 20.1 s  trusted: finished',
    ' 23.1 s  without webhook: finished',
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
  ],
  'show-progress': [
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

  test('of the webhook keeps polling if the webhook completes without a status', async () => {
    // first: a module prints only when it is loaded for the first time
    await outputOf(`${EXAMPLES}/webhook.ts`);
    const { firstTerminalStatus$ } = await import('../../docs/examples/rxjs/webhook.js');
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi(
      {
        task_1: [
          ['running', 0],
          ['finished', 9_000],
        ],
      },
      { scheduler, latency: 100 },
    );
    const statuses: string[] = [];
    firstTerminalStatus$('task_1', EMPTY, { transport, scheduler }).subscribe((status) =>
      statuses.push(status),
    );
    scheduler.flush();
    expect(statuses).toEqual(['finished']);
  });

  test('are all on the page', async () => {
    const page = await readFile('docs/recipes.md', 'utf8');
    const files = (await readdir(EXAMPLES)).filter((file) => file !== 'in-memory.ts');
    expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(
      Object.keys(outputs).sort(),
    );
    for (const file of files) expect(page).toContain(`<!-- ${EXAMPLES}/${file} -->`);
  });
});
