import axe, { type RunOptions } from 'axe-core';
import { describe, expect, inject, test } from 'vitest';
import { builtPages } from './built-pages.js';
import { startSiteBrowser } from './site-browser.js';

const WIDE = { width: 1280, height: 800 };
/** The smallest page of WCAG 2.2, 1.4.10. */
const NARROW = { width: 320, height: 640 };

const site = startSiteBrowser();

async function violations(options: RunOptions = {}): Promise<unknown[]> {
  const { page } = site;
  // colours that are changing have another contrast
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
  return page.evaluate(async (given) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(given);
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html).slice(0, 3)]);
  }, options);
}

describe.each(builtPages(inject('site')))('%s', (path) => {
  test('passes axe in light and dark, fits 320 px, and requests nothing elsewhere', async () => {
    const { page } = site;
    await page.setViewportSize(WIDE);
    await page.emulateMedia({ colorScheme: 'light' });
    await site.visit(`/${path}`);
    await page.evaluate(axe.source);
    expect(await violations()).toEqual([]);

    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => page.locator('html.dark').count()).toBe(1);
    // the rest is the same as in light
    expect(await violations({ runOnly: 'color-contrast' })).toEqual([]);

    await page.setViewportSize(NARROW);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(NARROW.width);
    expect(await violations({ runOnly: ['scrollable-region-focusable'] })).toEqual([]);

    expect(site.foreignRequests).toEqual([]);
    expect(site.complaints).toEqual([]);
  });
});
