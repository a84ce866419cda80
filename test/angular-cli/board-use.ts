import { describe, expect, test } from 'vitest';
import type { FakeTimeline } from 'rxjs-task-status/testing';
import {
  API_KEY,
  controlTime,
  counter,
  focused,
  recordAnnouncements,
  recordInFlight,
  rowOf,
  shows,
  startBoards,
  tabTo,
  type Board,
  type BoardPlace,
} from './board-fixture.js';
import { quiet } from './upstream.js';

const SECOND = 1_000;
const NOT_FOUND = { status: 404, body: '{"detail": "Task not found"}' };
const INVALID = {
  status: 422,
  body: '{"detail": [{"loc": ["path", "task_id"], "msg": "no valid id", "type": "value_error"}]}',
};

/** 210 tasks that never change, and a few that do. */
function timelines(): Record<string, FakeTimeline> {
  const steady = (['created', 'running', 'paused', 'finished', 'stopped', 'failed'] as const).map(
    (status, at) => Array.from({ length: 35 }, (_, n) => [`${status}_${at}_${n}`, status] as const),
  );
  return {
    changing: [
      ['created', 0],
      ['running', 4 * SECOND],
      ['finished', 9 * SECOND],
    ],
    slow_1: [['running', 0]],
    ...Object.fromEntries(steady.flat().map(([id, status]) => [id, [[status, 0]]])),
    'not a task': [[INVALID, 0]],
  };
}

/** What the board does, and that every button works. */
export function testUse(place: BoardPlace): void {
  const board = startBoards(place, () => ({
    timelines: timelines(),
    unlisted: ['not a task'],
    results: { finished_3_0: { id: 'finished_3_0', output: 'Two invoices.', steps: [{}, {}] } },
    // not visible at first
    started: [
      [NOT_FOUND, 0],
      ['created', 2 * SECOND],
      ['running', 4 * SECOND],
    ],
  }));
  const row = (id: string) => rowOf(board, id);
  const requestCount = (): number => board.upstream.requests.length;
  const requestsFor = (id: string) =>
    board.upstream.requests.filter(({ taskId }) => taskId === id).length;

  /** Lets the page poll at once; the next regular poll is at least 2.7 s away. */
  async function pollsAfter(action: () => Promise<unknown>): Promise<void> {
    const before = requestCount();
    await action();
    await expect.poll(requestCount, { timeout: 2_500 }).toBeGreaterThan(before);
  }

  test('shows every task, its status until the end, and the number of each status', async () => {
    const { page } = board;
    const said = await recordAnnouncements(board);
    await page.goto(board.origin);
    await shows(board, 'all tasks', 212);
    await shows(board, 'stopped', 35);
    await expect.poll(() => row('created_0_3').innerText()).toContain('created');
    await expect.poll(() => row('changing').innerText()).toMatch(/created|running/);
    await expect.poll(() => row('changing').innerText()).toContain('finished');
    await shows(board, 'finished', 36);
    await expect.poll(said).toContain('Task changing: finished.');
    expect(await row('created_0_3').innerText()).toMatch(/\d+ s.*(in \d+ s|now)/s);
    expect(board.complaints).toEqual([]);
  });

  test('never has more than six requests in flight, and never the key in the browser', async () => {
    const { page, upstream } = board;
    const sent: string[] = [];
    page.on('request', (request) => sent.push(JSON.stringify(request.headers())));
    const mostInFlight = await recordInFlight(board);
    await page.goto(board.origin);
    await shows(board, 'failed', 35);
    expect(await mostInFlight()).toBe(6);
    expect(new Set(upstream.requests.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${API_KEY}`]),
    );
    expect(sent.length).toBeGreaterThan(200);
    expect(sent.filter((headers) => /authorization|bu_/i.test(headers))).toEqual([]);
  });

  test('filters by status and by text, and keeps the filter in the URL', async () => {
    const { page, origin } = board;
    const rowCount = () => page.getByRole('table').getAttribute('aria-rowcount');
    await page.goto(origin);
    await shows(board, 'failed', 35);
    await page.getByRole('button', { name: 'failed' }).click();
    await expect.poll(rowCount).toBe('36');
    await page.getByRole('searchbox', { name: 'Filter by title, place or id' }).fill('5_12');
    await expect.poll(rowCount).toBe('2');
    expect(page.url()).toBe(`${origin}/?status=failed&text=5_12`);
    await page.reload();
    await expect.poll(rowCount).toBe('2');
  });

  test('selecting another task cancels the request for the first', async () => {
    const { page, upstream } = board;
    await page.goto(`${board.origin}/tasks/slow_1`);
    await expect.poll(requestCount).toBe(1);
    expect(upstream.requests).toMatchObject([{ taskId: 'slow_1', end: 'open' }]);
    await page.getByRole('link', { name: 'Next task' }).click();
    await expect.poll(() => upstream.requests[0]?.end).toBe('aborted');
    await expect.poll(() => page.getByRole('status').allInnerTexts()).toContain('created');
  });

  test('leaving the page ends its polling', async () => {
    const { page, upstream } = board;
    await page.goto(board.origin);
    await shows(board, 'running', 36);
    await page.getByRole('link', { name: 'Task created_0_2' }).click();
    await expect.poll(() => page.getByRole('status').allInnerTexts()).toContain('created');
    await page.getByRole('button', { name: 'Pause updates' }).click();
    await quiet(upstream, 4_000);
    await page.getByRole('button', { name: 'Pause updates' }).click();
    const left = upstream.requests.length;
    await expect.poll(requestCount).toBeGreaterThan(left + 1);
    expect(new Set(upstream.requests.slice(left).map(({ taskId }) => taskId))).toEqual(
      new Set(['created_0_2']),
    );
    await pollsAfter(() => page.goBack());
  });

  test('polls now when the user clicks Refresh', async () => {
    const { page, upstream } = board;
    await page.goto(`${board.origin}/tasks/running_1_0`);
    // by then there are at least six seconds between polls
    await expect.poll(requestCount).toBe(3);
    await quiet(upstream, 500);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect.poll(requestCount, { timeout: 4_000 }).toBe(4);
  });

  test('shows the result of a finished task', async () => {
    const { page } = board;
    await page.goto(`${board.origin}/tasks/finished_3_0`);
    await expect.poll(() => page.locator('app-task-result').innerText()).toContain('Two invoices.');
    expect(await page.locator('app-task-result').innerText()).toContain('2 steps');
    expect(board.complaints).toEqual([]);
  });

  test('says that a result cannot be loaded', async () => {
    const { page } = board;
    await page.goto(`${board.origin}/tasks/finished_3_1`);
    await expect
      .poll(() => page.locator('app-task-result').innerText())
      .toMatch(/could not be loaded: .*404/);
  });

  describe('starts a task', () => {
    const start = async (text: string): Promise<void> => {
      await board.page.getByRole('textbox', { name: 'New task' }).fill(text);
      await board.page.keyboard.press('Enter');
    };

    test('adds the key, shows the task at once and polls it until it is visible', async () => {
      const { page, upstream } = board;
      const said = await recordAnnouncements(board);
      await page.goto(board.origin);
      await shows(board, 'running', 36);
      await start('Compare the fares');
      await shows(board, 'all tasks', 213);
      const first = page.getByRole('row').nth(1);
      expect(await first.innerText()).toContain('Compare the fares');
      await expect.poll(() => first.innerText()).toMatch(/created|running/);
      expect(requestsFor('task_new')).toBeGreaterThan(1);
      expect(upstream.commands).toEqual([
        {
          method: 'POST',
          url: '/api/v1/run-task',
          authorization: `Bearer ${API_KEY}`,
          body: '{"task":"Compare the fares"}',
        },
      ]);
      await expect.poll(said).toContain('Compare the fares: started.');
      const input = page.getByRole('textbox', { name: 'New task' });
      expect(await input.inputValue()).toBe('');
      expect(await input.evaluate((element) => element === document.activeElement)).toBe(true);
    });

    test('shows and announces why it could not be started, and keeps the text', async () => {
      const { page, upstream } = board;
      await page.goto(board.origin);
      await shows(board, 'running', 36);
      upstream.answerWith({ status: 402, body: `{"detail": "No credit for ${API_KEY}"}` });
      await start('Compare the fares');
      await expect
        .poll(() => page.getByRole('alert').innerText())
        .toBe('The task was not started: The task API refused (402): No credit for ***.');
      expect(await page.getByRole('textbox', { name: 'New task' }).inputValue()).not.toBe('');
      expect(await counter(board, 'all tasks')).toBe('212');
    });

    test('asks for a description', async () => {
      const { page } = board;
      await page.goto(board.origin);
      await start(' ');
      await expect.poll(() => page.getByRole('alert').innerText()).toBe('Describe the task first.');
      expect(board.upstream.commands).toEqual([]);
    });
  });

  describe('stops a task', () => {
    test('on the board, polls it at once, and moves the focus to its row', async () => {
      const { page, upstream } = board;
      const time = await controlTime(board);
      await page.goto(board.origin);
      await time.pass(15 * SECOND);
      await shows(board, 'running', 36);
      const polled = requestsFor('created_0_1');
      await row('created_0_1').getByRole('button').focus();
      await page.keyboard.press('Enter');
      // no delay between two polls ends here: the clock stands still for more than 250 ms only
      await expect.poll(() => row('created_0_1').innerText()).toContain('stopped');
      expect(requestsFor('created_0_1')).toBe(polled + 1);
      expect(upstream.commands).toMatchObject([
        {
          method: 'PUT',
          url: '/api/v1/stop-task?task_id=created_0_1',
          authorization: `Bearer ${API_KEY}`,
        },
      ]);
      await expect.poll(() => row('created_0_1').getByRole('button').count()).toBe(0);
      expect(await focused(board)).toContain('Task created_0_1');
    });

    test('on its own page', async () => {
      const { page } = board;
      await page.goto(`${board.origin}/tasks/running_1_0`);
      await tabTo(board, 'Stop');
      await page.keyboard.press('Enter');
      await expect
        .poll(() => page.getByRole('status').first().innerText())
        .toBe('stopped\nthe task has ended');
      expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0);
      expect(await focused(board)).toContain('Task running_1_0');
    });

    test('shows and announces why it could not be stopped', async () => {
      const { page, upstream } = board;
      const said = await recordAnnouncements(board);
      await page.goto(board.origin);
      await shows(board, 'running', 36);
      await page.getByRole('button', { name: 'Pause updates' }).click();
      await quiet(upstream, 500);
      upstream.answerWith({ status: 409, body: '{"detail": "It is ending"}' });
      await row('created_0_1').getByRole('button', { name: 'Stop Task created_0_1' }).click();
      await expect.poll(() => row('created_0_1').innerText()).toContain('not stopped');
      await expect
        .poll(said)
        .toContain('Task created_0_1 was not stopped: The task API refused (409): It is ending.');
    });
  });

  test('shows that a task does not exist', async () => {
    const { page, upstream } = board;
    await page.goto(`${board.origin}/tasks/missing`);
    await expect
      .poll(() => page.getByRole('heading').allInnerTexts())
      .toEqual(['This task does not exist']);
    await quiet(upstream, 4_000);
    expect(upstream.requests).toHaveLength(1);
    expect(board.complaints).toEqual([expect.stringContaining('404')]);
    expect(await page.title()).toBe('This task does not exist · Task board');
  });

  test('shows that an id is invalid', async () => {
    const { page } = board;
    await page.goto(`${board.origin}/tasks/not%20a%20task`);
    await expect
      .poll(() => page.getByRole('heading').allInnerTexts())
      .toEqual(['This is not a valid task id']);
    await expect.poll(() => page.getByRole('listitem').innerText()).toContain('no valid id');
    expect(board.complaints).toEqual([expect.stringContaining('422')]);
  });

  test('a hidden tab makes no requests, and polls at once when it is visible again', async () => {
    const { page, upstream } = board;
    await page.goto(board.origin);
    await shows(board, 'running', 36);
    await hide(board, true);
    await quiet(upstream, 6_000);
    await pollsAfter(() => hide(board, false));
    expect(board.complaints).toEqual([]);
  });

  test('an offline tab says so, makes no requests, and polls again when it is online', async () => {
    const { page, context, upstream } = board;
    const said = await recordAnnouncements(board);
    await page.goto(board.origin);
    await shows(board, 'running', 36);
    await context.setOffline(true);
    await expect.poll(() => page.getByRole('banner').innerText()).toContain('Offline');
    await quiet(upstream, 4_000);
    await pollsAfter(() => context.setOffline(false));
    await expect.poll(() => page.getByRole('banner').innerText()).toContain('Live');
    await expect.poll(said).toContain('Online again.');
  });

  test('the user can pause polling', async () => {
    const { page } = board;
    await page.goto(board.origin);
    await shows(board, 'running', 36);
    await page.getByRole('button', { name: 'Pause updates', pressed: false }).click();
    await expect
      .poll(() => page.getByRole('button', { name: 'Pause updates', pressed: true }).count())
      .toBe(1);
    await quiet(board.upstream, 4_000);
    await expect.poll(() => row('created_0_0').innerText()).toContain('paused');
  });
}

/** Simulates that another tab covers this one; a headless browser never does that. */
async function hide({ page }: Board, hidden: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      Object.defineProperty(document, 'hidden', { value: state === 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    hidden ? 'hidden' : 'visible',
  );
}
