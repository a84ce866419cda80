import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import {
  controlTime,
  recordAnnouncements,
  rowOf,
  shows,
  startBoards,
  type BoardPlace,
  type PageTime,
} from './board-fixture.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const UNAVAILABLE = { status: 503, body: '{"detail": "Unavailable"}' };
const UNAUTHORIZED = { status: 401, body: '{"detail": "Invalid key"}' };

/** What the board shows while nothing answers, and that it recovers without a reload. */
export function testOutage(place: BoardPlace): void {
  const board = startBoards(place, () => ({
    timelines: {
      task_1: [['running', 0]],
      task_2: [['created', 0]],
      task_gone: [[{ status: 404, body: '{"detail": "Task not found"}' }, 0]],
      ...Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`other_${n}`, [['running', 0]]])),
    },
  }));
  const header = () => board.page.getByRole('banner').innerText();
  const row = (id: string) => rowOf(board, id).innerText();

  async function open(path: string): Promise<PageTime> {
    const time = await controlTime(board);
    await board.page.goto(board.origin + path);
    // a reload removes it
    await board.page.evaluate(() => Object.assign(window, { isSamePage: true }));
    return time;
  }
  const isSamePage = () => board.page.evaluate(() => 'isSamePage' in window);

  /** Ten minutes: the task API answers 503, then the board's server is down as well. */
  async function outage(time: PageTime, during: () => Promise<void>): Promise<void> {
    // the proxy reports each failure
    const log = vi.spyOn(console, 'error').mockReturnValue();
    board.upstream.answerWith(UNAVAILABLE);
    await time.pass(20 * SECOND);
    await during();
    await time.pass(280 * SECOND);
    const { port } = board.server.address() as AddressInfo;
    board.server.close();
    board.server.closeAllConnections();
    await time.pass(5 * MINUTE);
    await during();
    board.upstream.answerWith(undefined);
    await once(board.server.listen(port, '127.0.0.1'), 'listening');
    log.mockRestore();
  }

  async function rejectedKey(time: PageTime, during: () => Promise<void>): Promise<void> {
    board.upstream.answerWith(UNAUTHORIZED);
    await time.pass(20 * SECOND);
    await during();
    await time.pass(40 * SECOND);
    await during();
    board.upstream.answerWith(undefined);
  }

  test.each([
    ['ten minutes without an answer', outage],
    ['a minute of 401', rejectedKey],
  ])('the board recovers from %s', async (_, trouble) => {
    const said = await recordAnnouncements(board);
    const time = await open('/');
    await time.pass(5 * SECOND);
    await shows(board, 'running', 21);
    await expect.poll(header).toContain('Live');

    await trouble(time, async () => {
      await expect.poll(header).toMatch(/No answer since \d/);
      expect(await header()).not.toContain('Live');
      expect(await board.page.title()).toMatch(/^No answer since /);
      await expect.poll(() => row('task_1')).toMatch(/running.*not current.*no answer since \d/s);
      await expect.poll(() => row('task_2')).toMatch(/created.*not current.*no answer since \d/s);
      // its failure is final
      expect(await row('task_gone')).toContain('Task not found');
      expect(await row('task_gone')).not.toContain('not current');
      await shows(board, 'running', 21);
    });
    board.upstream.set('task_1', 'finished');
    await time.pass(MINUTE);

    await expect.poll(header).toContain('Live');
    await expect.poll(() => row('task_1')).toContain('finished');
    expect(await row('task_1')).not.toMatch(/not current|no answer/);
    expect(await row('task_2')).not.toMatch(/not current|no answer/);
    expect(await row('task_gone')).toContain('Task not found');
    board.upstream.set('task_2', 'failed');
    await time.pass(20 * SECOND);
    await expect.poll(() => row('task_2')).toContain('failed');
    expect(await isSamePage()).toBe(true);

    // said once each
    const about = (await said()).filter((text) => /answer/.test(text));
    expect(about).toEqual([
      expect.stringMatching(/^No answer since .* The last known statuses are shown\.$/),
      expect.stringMatching(/The tasks get answers again\./),
    ]);
    // a task that does not exist is not polled again
    expect(board.upstream.requests.filter(({ taskId }) => taskId === 'task_gone')).toHaveLength(1);
  });

  test.each([
    ['ten minutes without an answer', outage],
    ['a minute of 401', rejectedKey],
  ])('the page of a task recovers from %s', async (_, trouble) => {
    const time = await open('/tasks/task_1');
    const status = () => board.page.getByRole('status').first().innerText();
    await expect.poll(status).toBe('running');
    await expect.poll(header).toContain('Live');

    await trouble(time, async () => {
      await expect.poll(status).toMatch(/running.*not current.*no answer since \d.*trying again/s);
      await expect.poll(header).toMatch(/No answer since \d/);
      expect(await board.page.title()).toBe('Task task_1: running, not current · Task board');
    });
    await time.pass(MINUTE);
    await expect.poll(status).toBe('running');
    await expect.poll(header).toContain('Live');
    board.upstream.set('task_1', 'finished');
    await time.pass(20 * SECOND);
    await expect.poll(status).toBe('finished\nthe task has ended');
    expect(await isSamePage()).toBe(true);
  });

  test('a task without an answer does not hide that the others have one', async () => {
    const time = await open('/');
    await time.pass(5 * SECOND);
    await shows(board, 'running', 21);
    await board.page.route('**/task/task_1/status', (route) => route.abort());
    await time.pass(20 * SECOND);
    await expect.poll(header).toContain('1 without an answer');
    await expect.poll(() => row('task_1')).toContain('no answer since');
    await expect.poll(() => row('task_2')).not.toContain('no answer since');
  });

  test('a list that could not be loaded is loaded when the server is back', async () => {
    const time = await controlTime(board);
    await board.page.route('**/api/tasks', (route) => route.abort());
    await board.page.goto(board.origin);
    await time.pass(5 * SECOND);
    await expect
      .poll(() => board.page.getByRole('alert').allInnerTexts())
      .toContain('The list of tasks could not be loaded. The board tries again.');
    await board.page.unroute('**/api/tasks');
    await time.pass(15 * SECOND);
    await shows(board, 'running', 21);
  });

  test('a list is loaded when the user tries again, and the focus stays in the page', async () => {
    await board.page.route('**/api/tasks', (route) => route.abort());
    await board.page.goto(board.origin);
    const again = board.page.getByRole('button', { name: 'Try again now' });
    await again.focus();
    await board.page.unroute('**/api/tasks');
    await board.page.keyboard.press('Enter');
    await shows(board, 'running', 21);
    expect(await board.page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
  });
}
