// #region recipe
import { lastValueFrom, map, toArray } from 'rxjs';
import { defineTaskApi, taskPolls$ } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTaskApi } from 'rxjs-task-status/testing';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { expect, test } from 'vitest';

const field = (json: unknown, name: string): unknown => Reflect.get(new Object(json), name);
const jobsApi = defineTaskApi({
  baseUrl: 'https://jobs.example.com',
  path: (id) => `/jobs/${id}`,
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: (json) => field(json, 'status'),
  statuses: ['running', 'done', 'failed'],
  terminal: ['done', 'failed'],
  successful: ['done'],
  details: (json) => field(json, 'percent'),
});

/** The program to test: it starts a job, and watches it. */
async function main(baseUrl: string): Promise<unknown[]> {
  const started = await fetch(`${baseUrl}/jobs`, { method: 'POST' });
  if (!started.ok) throw new Error(`The job was not started: ${started.status}`);
  const id = String(field(await started.json(), 'id'));
  const polls$ = taskPolls$(id, { api: jobsApi, baseUrl });
  return lastValueFrom(
    polls$.pipe(
      map(({ details }) => details),
      toArray(),
    ),
  );
}

test('the program shows the progress', async () => {
  let percent = 0;
  const fake = fakeTaskApi(
    {
      job_1: [
        ['running', 0],
        ['done', 500],
      ],
    },
    {
      api: jobsApi,
      // called for each answer, without the time
      body: (status) => ({ status, percent: status === 'done' ? 100 : (percent += 10) }),
    },
  );
  const api: FakeTaskApi['fetch'] = async (url, init) =>
    init?.method === 'POST'
      ? Response.json({ id: 'job_1' }, { status: 202 })
      : fake.fetch(url, init);
  const server = await serveTaskApi({ fetch: api });
  try {
    expect(await main(server.baseUrl)).toEqual([10, 100]);
  } finally {
    await server.close();
  }
});
// #endregion
