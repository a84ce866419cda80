import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { Place } from './applications.js';
import { startRendered, type Rendered } from './rendering.js';
import { quiet } from './upstream.js';

/** What the page counts about its requests. */
interface CountingWindow extends Window {
  inFlight: number;
  mostInFlight: number;
}

/**
 * Tests how many requests an application makes, by the log of the task API.
 *
 * @param mode a configuration that has been built, whose backend is fetch
 */
export function testLoad(place: Place, mode: string): void {
  describe('requests to the task API', () => {
    let rendered: Rendered;
    let page: Page;

    beforeAll(async () => {
      rendered = await startRendered(place, mode);
    });
    beforeEach(async () => {
      rendered.upstream.requests.length = 0;
      rendered.upstream.answers.clear();
      page = await place.browser.newPage();
    });
    afterEach(() => page.close());
    afterAll(() => {
      rendered?.server.stop();
      rendered?.upstream.close();
    });

    test('a list of 300 tasks starts without a burst, and asks for each once', async () => {
      const taskIds = Array.from({ length: 300 }, (_, index) => `task_${index}`);
      for (const taskId of taskIds) rendered.upstream.answers.set(taskId, 'finished');
      // Chromium opens six connections, so only the page can count its requests
      await page.addInitScript(countRequests);
      rendered.upstream.hold();
      await page.goto(`${rendered.server.origin}/list/never/300`);
      await expect.poll(() => inFlight(page)).toBe(16);
      // no other one while these have no answer
      await page.waitForTimeout(500);
      expect(await inFlight(page)).toBe(16);
      rendered.upstream.release();
      await expect.poll(() => page.locator('.row.ended').count()).toBe(300);
      expect(await page.evaluate(() => (window as unknown as CountingWindow).mostInFlight)).toBe(
        16,
      );
      expect(rendered.upstream.requests.map(({ taskId }) => taskId).sort()).toEqual(taskIds.sort());
    });

    test('the watches of one task make one request per poll', async () => {
      rendered.upstream.answers.set('task_1', 'running');
      await page.goto(`${rendered.server.origin}/shown/never/task_1`);
      const attempt = async (): Promise<number> =>
        Number(await page.locator('#attempt').innerText());
      await expect.poll(attempt).toBeGreaterThan(4);
      rendered.upstream.answers.set('task_1', 'finished');
      for (const name of ['resource', 'toSignal', 'async']) {
        const element = page.locator(`[data-record="${name}"]`);
        await expect.poll(() => element.innerText()).toBe('finished');
      }
      await quiet(rendered.upstream, 1_500);
      expect(rendered.upstream.requests).toHaveLength(await attempt());
    });
  });

  test('the server can poll the task API itself, with a key that the browser never gets', async () => {
    const key = 'bu_key_of_the_server';
    const { server, upstream } = await startRendered(place, mode, ({ origin }) => ({
      TASK_API: `${origin}/api/v1`,
      TASK_KEY: key,
      TASK_SSR: 'once',
    }));
    const page = await place.browser.newPage();
    try {
      upstream.answers.set('task_1', 'running');
      const html = await (await fetch(`${server.origin}/task_1`)).text();
      expect(html).toContain('RUNNING');
      expect(html).not.toContain(key);
      expect(upstream.requests).toMatchObject([{ who: 'server', authorization: `Bearer ${key}` }]);
      await page.goto(`${server.origin}/task_1`);
      const ofBrowser = (): unknown[] => upstream.requests.filter(({ who }) => who === 'browser');
      await expect.poll(() => ofBrowser().length).toBeGreaterThan(0);
      expect(ofBrowser()[0]).toMatchObject({ authorization: undefined });
    } finally {
      await page.close();
      server.stop();
      upstream.close();
    }
  });
}

async function inFlight(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as CountingWindow).inFlight);
}

/** Runs in the page, before its scripts. */
function countRequests(): void {
  const counting = window as unknown as CountingWindow;
  const fetch = window.fetch.bind(window);
  counting.inFlight = 0;
  counting.mostInFlight = 0;
  window.fetch = async (...args) => {
    counting.inFlight++;
    counting.mostInFlight = Math.max(counting.mostInFlight, counting.inFlight);
    try {
      return await fetch(...args);
    } finally {
      counting.inFlight--;
    }
  };
}
