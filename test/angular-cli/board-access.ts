import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  controlTime,
  focused,
  recordAnnouncements,
  rowOf,
  shows,
  startBoards,
  tabTo,
  type Board,
  type BoardPlace,
} from './board-fixture.js';

const SECOND = 1_000;
const UNAVAILABLE = { status: 503, body: '{"detail": "Unavailable"}' };
const INVALID = {
  status: 422,
  body: '{"detail": [{"loc": ["path", "task_id"], "msg": "no valid id", "type": "value_error"}]}',
};
const NOT_FOUND = { status: 404, body: '{"detail": "Task not found"}' };

/** The smallest page of WCAG 2.2, 1.4.10: 1280 by 1024 at 400 %. */
const ZOOMED = { width: 320, height: 256 };

function startAccessBoards(place: BoardPlace): Board {
  return startBoards(place, () => ({
    timelines: {
      running_1: [['running', 0]],
      created_1: [['created', 0]],
      paused_1: [['paused', 0]],
      finished_1: [['finished', 0]],
      stopped_1: [['stopped', 0]],
      failed_1: [['failed', 0]],
      gone_1: [[NOT_FOUND, 0]],
      'not a task': [[INVALID, 0]],
      ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`more_${n}`, [['running', 0]]])),
    },
    unlisted: ['not a task'],
    results: { finished_1: { id: 'finished_1', output: 'Two invoices.', steps: [{}] } },
  }));
}

/** What a page shows, and how to get there. */
interface View {
  readonly name: string;
  readonly path: string;
  readonly heading: string;
  readonly reach?: (board: Board) => Promise<void>;
}

const VIEWS: readonly View[] = [
  { name: 'the board', path: '/', heading: 'All tasks', reach: (board) => isFull(board) },
  {
    name: 'the board in an outage',
    path: '/',
    heading: 'All tasks',
    reach: async (board) => {
      await isFull(board);
      await loseConnection(board);
      await expect.poll(() => rowOf(board, 'running_1').innerText()).toContain('no answer since');
    },
  },
  {
    name: 'the board after a task was not started',
    path: '/',
    heading: 'All tasks',
    reach: async (board) => {
      await board.page.getByRole('button', { name: 'Start' }).click();
      await expect.poll(() => board.page.getByRole('alert').innerText()).toContain('Describe');
    },
  },
  {
    name: 'the board with a filter that nothing matches',
    path: '/?text=nothing',
    heading: 'All tasks',
    reach: async ({ page }) => page.getByText('No task matches the filter.').waitFor(),
  },
  { name: 'a task', path: '/tasks/running_1', heading: 'Task running_1' },
  {
    name: 'a task in an outage',
    path: '/tasks/running_1',
    heading: 'Task running_1',
    reach: async (board) => {
      await board.page.getByRole('button', { name: 'Stop' }).waitFor();
      await loseConnection(board);
      await board.page.getByText('trying again').waitFor();
    },
  },
  {
    name: 'a finished task',
    path: '/tasks/finished_1',
    heading: 'Task finished_1',
    reach: ({ page }) => page.getByText('Two invoices.').waitFor(),
  },
  { name: 'a missing task', path: '/tasks/missing', heading: 'This task does not exist' },
  { name: 'an invalid id', path: '/tasks/not%20a%20task', heading: 'This is not a valid task id' },
];

async function isFull(board: Board): Promise<void> {
  await shows(board, 'running', 61);
}

/** Every request from now on fails in the page. */
async function loseConnection({ page }: Board): Promise<void> {
  await page.route('**/api/v1/**', (route) => route.fulfill({ ...UNAVAILABLE }));
}

async function openView(board: Board, { path, heading, reach }: View): Promise<void> {
  await board.page.goto(board.origin + path);
  await expect.poll(() => board.page.locator('h1').innerText()).toBe(heading);
  await reach?.(board);
}

/** The elements that are not visible in their whole width. */
async function cutElements(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter((element) => {
        if (!element.checkVisibility() || element.closest('.hidden, .head, .skip, svg'))
          return false;
        const { left, right } = element.getBoundingClientRect();
        const isHidden = getComputedStyle(element).overflowX !== 'visible';
        const isCut = isHidden && element.scrollWidth > element.clientWidth;
        return left < 0 || right > innerWidth || isCut;
      })
      .map(({ outerHTML }) => outerHTML.slice(0, 200)),
  );
}

/** What axe objects to, with the rule for the size of targets, which it leaves out by default. */
async function violations(page: Page): Promise<unknown[]> {
  // colours that are changing have another contrast
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run({ rules: { 'target-size': { enabled: true } } });
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html).slice(0, 3)]);
  });
}

/** Nothing that axe objects to: every page and state, in both themes, with forced colours, and zoomed. */
export function testAxe(place: BoardPlace): void {
  const board = startAccessBoards(place);

  test.each(VIEWS)('$name', async (view) => {
    const { page } = board;
    await openView(board, view);
    for (const media of MEDIA) {
      await page.emulateMedia(media);
      expect([media, await violations(page)]).toEqual([media, []]);
    }
    await page.setViewportSize(ZOOMED);
    expect(await violations(page)).toEqual([]);
  });
}

const MEDIA = [
  { colorScheme: 'light', forcedColors: 'none' },
  { colorScheme: 'dark', forcedColors: 'none' },
  { colorScheme: 'light', forcedColors: 'active' },
] as const;

/** The layout of small pages, the keyboard, and what a screen reader announces. */
export function testAccess(place: BoardPlace): void {
  const board = startAccessBoards(place);

  describe('at 320 px and at 400 % zoom nothing is cut and the page does not scroll sideways', () => {
    test.each(VIEWS)('$name', async (view) => {
      const { page } = board;
      await page.setViewportSize({ width: 320, height: 800 });
      await openView(board, view);
      expect(await cutElements(page)).toEqual([]);
      await page.setViewportSize(ZOOMED);
      expect(await cutElements(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    });
  });

  test('a row is high enough for its content, also in an outage and with wide text', async () => {
    const { page } = board;
    await page.setViewportSize({ width: 320, height: 800 });
    await openView(board, { name: '', path: '/', heading: 'All tasks' });
    // WCAG 2.2, 1.4.12
    await page.addStyleTag({
      content: `* { letter-spacing: 0.12em !important; word-spacing: 0.16em !important;
        line-height: 1.5 !important; }`,
    });
    await loseConnection(board);
    await expect.poll(() => rowOf(board, 'running_1').innerText()).toContain('no answer since');
    const tooLow = await page.evaluate(() =>
      [...document.querySelectorAll('[appBoardRow]')]
        .filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight)
        .map(({ textContent }) => textContent),
    );
    expect(tooLow).toEqual([]);
  });

  describe('with forced colours', () => {
    beforeEach(() => board.page.emulateMedia({ forcedColors: 'active' }));

    test('shows what is pressed and what has the focus', async () => {
      const { page } = board;
      await openView(board, VIEWS[0] as View);
      const created = page.getByRole('button', { name: /^\d+ created/ });
      const plain = await created.screenshot();
      await created.click();
      await page.getByRole('button', { name: 'Start' }).focus();
      await page.mouse.move(0, 0);
      const pressed = await created.screenshot();
      expect(pressed.equals(plain)).toBe(false);

      const link = page.getByRole('link', { name: 'Task created_1' });
      const clip = await link.boundingBox();
      if (!clip) throw new Error('The link is not visible');
      const area = { x: clip.x - 4, y: clip.y - 4, width: clip.width + 8, height: clip.height + 8 };
      const before = await page.screenshot({ clip: area });
      await tabTo(board, 'Task created_1');
      expect((await page.screenshot({ clip: area })).equals(before)).toBe(false);
    });

    test('shows which status is not current without colours', async () => {
      await openView(board, VIEWS[0] as View);
      const badge = rowOf(board, 'created_1').locator('app-status-badge');
      const style = () => badge.evaluate((element) => getComputedStyle(element).outlineStyle);
      expect(await style()).toBe('none');
      await loseConnection(board);
      await expect.poll(style).toBe('dashed');
      expect(await badge.innerText()).toMatch(/created.*not current/s);
    });
  });

  test('nothing moves for users who prefer that', async () => {
    const { page } = board;
    const moving = () =>
      page.evaluate(
        () =>
          [...document.querySelectorAll('*')].filter((element) => {
            const { transitionDuration, animationName } = getComputedStyle(element);
            return animationName !== 'none' || /[1-9]/.test(transitionDuration);
          }).length,
      );
    await openView(board, VIEWS[0] as View);
    expect(await moving()).toBeGreaterThan(0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await moving()).toBe(0);
  });

  describe('with the keyboard', () => {
    test('skips to the content, and opens a task, whose heading gets the focus', async () => {
      const { page } = board;
      await openView(board, VIEWS[0] as View);
      await page.keyboard.press('Tab');
      expect(await focused(board)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
      await tabTo(board, 'Task running_1');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
      expect(await focused(board)).toBe('Task running_1');
      expect(page.url()).toBe(`${board.origin}/tasks/running_1`);
    });

    test('reaches everything in the order in which it is shown', async () => {
      const { page } = board;
      await openView(board, VIEWS[0] as View);
      const reached: string[] = [];
      for (let steps = 0; steps < 19; steps++) {
        await page.keyboard.press('Tab');
        reached.push(
          await page.evaluate(() => {
            const { activeElement } = document;
            const label = activeElement?.getAttribute('aria-label') ?? activeElement?.textContent;
            return activeElement?.id || (label ?? '').replace(/\s+/g, ' ').trim();
          }),
        );
      }
      expect(reached.map((name) => name.replace(/^\d+ ?/, ''))).toEqual([
        'Skip to the content',
        'Task board',
        'lookup',
        'Pause updates',
        'new-task',
        'Start',
        'all tasks',
        'created',
        'running',
        'paused',
        'finished',
        'stopped',
        'failed',
        'no status',
        'text',
        'Task running_1',
        'Stop Task running_1',
        'Task created_1',
        'Stop Task created_1',
      ]);
    });

    test('what has the focus is never below the head of the table', async () => {
      const { page } = board;
      await page.setViewportSize({ width: 1000, height: 500 });
      await openView(board, VIEWS[0] as View);
      for (let steps = 0; steps < 45; steps++) await page.keyboard.press('Tab');
      for (let steps = 0; steps < 20; steps++) {
        await page.keyboard.press('Shift+Tab');
        const isVisible = await page.evaluate(() => {
          const { activeElement } = document;
          const box = activeElement?.getBoundingClientRect();
          if (!box) return false;
          const top = document.elementFromPoint(box.x + box.width / 2, box.y + 3);
          return activeElement?.contains(top) ?? false;
        });
        expect(isVisible).toBe(true);
      }
    });

    test('the focus stays on a filter, and moves to the content when its button goes', async () => {
      const { page } = board;
      await openView(board, VIEWS[0] as View);
      const failed = page.getByRole('button', { name: 'failed' });
      await failed.focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => page.getByRole('table').getAttribute('aria-rowcount')).toBe('2');
      expect(await failed.evaluate((element) => element === document.activeElement)).toBe(true);

      await page.getByRole('searchbox').fill('nothing');
      await page.getByRole('button', { name: 'Show all tasks' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('table').waitFor();
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    });

    test('the focus stays in the table when its row is scrolled away', async () => {
      const { page } = board;
      await openView(board, VIEWS[0] as View);
      await tabTo(board, 'Task created_1');
      await page.mouse.move(500, 500);
      await page.mouse.wheel(0, 100_000);
      await rowOf(board, 'more_59').waitFor();
      await expect.poll(() => focused(board)).toBe('Tasks');
      await page.keyboard.press('Tab');
      expect(await focused(board)).toMatch(/^Task more_\d+$/);
    });
  });

  test('the title says what the page shows', async () => {
    const { page, upstream } = board;
    await openView(board, VIEWS[0] as View);
    await expect.poll(() => page.title()).toBe('61 running, 1 finished · Task board');
    await page.getByRole('link', { name: 'Task running_1' }).click();
    await expect.poll(() => page.title()).toBe('Task running_1: running · Task board');
    upstream.set('running_1', 'finished');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect.poll(() => page.title()).toBe('Task running_1: finished · Task board');
  });

  test('ended tasks are announced once and together, and nothing else is', async () => {
    const { page, upstream } = board;
    const said = await recordAnnouncements(board);
    const time = await controlTime(board);
    await page.goto(board.origin);
    await time.pass(20 * SECOND);
    await isFull(board);
    const news = async () => (await said()).filter((text) => text !== 'Loading the tasks …');
    // statuses that were there from the beginning, and those that change, are not announced
    upstream.set('created_1', 'running');
    await time.pass(20 * SECOND);
    await shows(board, 'running', 62);
    expect(await news()).toEqual([]);

    await time.freeze();
    for (let at = 0; at < 10; at++) upstream.set(`more_${at}`, at < 8 ? 'finished' : 'failed');
    // polls all tasks
    await page.getByRole('button', { name: 'Pause updates' }).click();
    await page.getByRole('button', { name: 'Pause updates' }).click();
    await time.pass(10 * SECOND);
    await shows(board, 'failed', 3);
    expect(await news()).toEqual(['10 tasks have ended: 8 finished, 2 failed.']);
  });
}
