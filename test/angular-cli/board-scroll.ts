import type { CDPSession, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { FakeTimeline } from 'rxjs-task-status/testing';
import {
  recordInFlight,
  rowOf,
  shows,
  startBoards,
  type Board,
  type BoardPlace,
} from './board-fixture.js';
import { quiet } from './upstream.js';

const MANY = 2_000;
const FEW = 200;

function running(count: number): Record<string, FakeTimeline> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`task_${n}`, [['running', 0]]]),
  );
}

/** How the board behaves with 2,000 tasks. */
export function testScroll(place: BoardPlace): void {
  describe('of 2,000 tasks', () => {
    const board = startBoards(place, () => ({ timelines: running(MANY), latency: 0 }));

    test('renders only the rows near the visible ones, and says which these are', async () => {
      const { page } = board;
      const mostInFlight = await recordInFlight(board);
      await page.goto(board.origin);
      await shows(board, 'all tasks', MANY);
      const table = page.getByRole('table', { name: 'Tasks' });
      expect(await table.getAttribute('aria-rowcount')).toBe(String(MANY + 1));
      const shown: number[] = [];
      const counts: number[] = [];
      for (let step = 0; step <= 20; step++) {
        await page.evaluate((at) => {
          scrollTo(0, (document.documentElement.scrollHeight * at) / 20);
        }, step);
        await expect.poll(() => firstVisible(page)).toBeGreaterThan(shown.at(-1) ?? 0);
        const rows = await rowIndexes(page);
        // rows in order, without gaps
        expect(rows).toEqual(rows.map((_, at) => (rows[0] ?? 0) + at));
        shown.push(await firstVisible(page));
        counts.push(rows.length);
      }
      // the viewport has room for about eleven rows, and the buffers for eight more on each side
      expect(Math.max(...counts)).toBeLessThan(40);
      expect((await rowIndexes(page)).at(-1)).toBe(MANY + 1);
      expect(await page.getByRole('row').last().innerText()).toContain(`Task task_${MANY - 1}`);
      // and they all start without a burst
      expect(await mostInFlight()).toBe(6);
    });

    test('a changed status changes its row, and no other row', async () => {
      const { page, upstream } = board;
      await page.goto(board.origin);
      const rows = page.locator('[appBoardRow]');
      await expect.poll(() => rows.count()).toBeGreaterThan(14);
      await expect.poll(async () => (await rows.allInnerTexts()).every(isRunning)).toBe(true);
      await page.evaluate(() => {
        const changed = new Set<string | null>();
        Object.assign(window, { changed });
        new MutationObserver((changes) => {
          for (const { target } of changes) {
            const element = target instanceof Element ? target : target.parentElement;
            // the times change every second
            if (element?.closest('.number')) continue;
            const row = element?.closest('[role=row]');
            if (row) changed.add(row.getAttribute('aria-rowindex'));
          }
        }).observe(document, {
          subtree: true,
          childList: true,
          characterData: true,
          attributes: true,
        });
      });
      upstream.set('task_3', 'paused');
      const polls = upstream.requests.length;
      // its second poll is after the first poll of all others
      await expect
        .poll(() => rowOf(board, 'task_3').innerText(), { timeout: 280_000 })
        .toContain('paused');
      expect(upstream.requests.length).toBeGreaterThan(polls + 100);
      const changed = await page.evaluate(() => [
        ...(window as unknown as { changed: Set<string> }).changed,
      ]);
      // the head of the table is row 1
      expect(changed).toEqual(['5']);
    });
  });

  describe('compared with 200 tasks', () => {
    const many = startBoards(place, () => ({ timelines: running(MANY), latency: 0 }));
    const few = startBoards(place, () => ({ timelines: running(FEW), latency: 0 }));

    test('scrolling costs about as much for 2,000 as for 200', async () => {
      const [load2000, load200] = [await measure(many, MANY), await measure(few, FEW)];
      // The CPU time of the main thread, so a busy machine does not matter. Without virtual scrolling it
      // is a multiple, because each step lays out all rows.
      expect(load2000.perStep / load200.perStep).toBeLessThan(3);
    });
  });
}

function isRunning(row: string): boolean {
  return row.includes('running');
}

interface Load {
  /** How much of the time the main thread was busy, 0 to 1. */
  readonly share: number;
  /** The longest task of the main thread, ms; 0 if none took 50 ms. */
  readonly longest: number;
  /** The CPU time of the main thread for each step of scrolling, ms. */
  readonly perStep: number;
}

/** Prints how busy the main thread is while the board scrolls and polls. Returns the same while paused. */
async function measure(board: Board, count: number): Promise<Load> {
  const { page, upstream } = board;
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(duration);
    }).observe({ type: 'longtask' });
  });
  await page.goto(board.origin);
  await shows(board, 'all tasks', count);
  await expect.poll(() => upstream.requests.length).toBeGreaterThan(FEW);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const { share, longest, perStep } = await scroll(page, session);
  console.log(
    `${count} tasks, scrolling and polling: the main thread was busy ${(share * 100).toFixed(0)} % of ` +
      `the time, its longest task took ${longest < 50 ? 'less than 50' : longest.toFixed(0)} ms, ` +
      `${perStep.toFixed(1)} ms of CPU time for each step`,
  );
  await page.getByRole('button', { name: 'Pause updates' }).click();
  await quiet(upstream, 200);
  return scroll(page, session);
}

/** Scrolls through 50 rows and back. */
async function scroll(page: Page, session: CDPSession): Promise<Load> {
  const steps = 100;
  await page.evaluate(() => {
    (window as unknown as { tasks: number[] }).tasks.length = 0;
  });
  const [begun, cpuBefore] = [performance.now(), await cpuTime(session)];
  await page.evaluate(async (steps) => {
    const frame = (): Promise<unknown> => new Promise(requestAnimationFrame);
    for (let step = 0; step < steps; step++) {
      scrollTo(0, 300 + 70 * Math.min(step, steps - step));
      await frame();
      await frame();
    }
  }, steps);
  const [elapsed, cpu] = [performance.now() - begun, (await cpuTime(session)) - cpuBefore];
  const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
  return { share: cpu / elapsed, longest: Math.max(0, ...tasks), perStep: cpu / steps };
}

/** The CPU time of the main thread so far, ms. */
async function cpuTime(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1_000;
}

async function rowIndexes(page: Page): Promise<number[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('[appBoardRow]')].map((row) =>
      Number(row.getAttribute('aria-rowindex')),
    ),
  );
}

/** The index of the first row that is visible below the head of the table. */
async function firstVisible(page: Page): Promise<number> {
  return page.evaluate(() => {
    const row = [...document.querySelectorAll('[appBoardRow]')].find(
      (row) => row.getBoundingClientRect().bottom > 40,
    );
    return Number(row?.getAttribute('aria-rowindex') ?? 0);
  });
}
