import axe, { type RunOptions } from 'axe-core';
import { describe, expect, inject, test } from 'vitest';
import { builtPages } from './built-pages.js';
import { startSiteBrowser } from './site-browser.js';

const WIDE = { width: 1280, height: 800 };
/** The smallest page of WCAG 2.2, 1.4.10. */
const NARROW = { width: 320, height: 640 };

const site = startSiteBrowser();

/** Leaves one piece of code of each colour, because axe takes long for thousands of them. */
async function keepOneOfEachColour(): Promise<void> {
  await site.page.evaluate(() => {
    const seen = new Set<string | null>();
    for (const piece of document.querySelectorAll('pre span[style]')) {
      const colour = piece.getAttribute('style');
      if (seen.has(colour)) piece.replaceWith(piece.textContent);
      seen.add(colour);
    }
  });
}

async function violations(options: RunOptions = {}): Promise<unknown[]> {
  return site.page.evaluate(async (given) => {
    // colours that are changing have another contrast
    for (const animation of document.getAnimations()) animation.finish();
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run({ ...given, resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html).slice(0, 3)]);
  }, options);
}

describe.each(builtPages(inject('site')))('%s', (path) => {
  test('passes axe in light and dark, fits 320 px, and requests nothing elsewhere', async () => {
    const { page } = site;
    await page.setViewportSize(WIDE);
    await page.emulateMedia({ colorScheme: 'light' });
    await site.visit(`/${path}`);
    await keepOneOfEachColour();
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
