import axe from 'axe-core';
import type { Page } from 'playwright-core';

/**
 * What axe objects to, with the rule for the size of targets, which it leaves out by default.
 *
 * @param within a selector; the whole page if it is left out
 */
export async function axeViolations(page: Page, within?: string): Promise<unknown[]> {
  // colours that are changing have another contrast
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
  await page.evaluate(axe.source);
  return page.evaluate(async (selector) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(selector ?? document, {
      rules: { 'target-size': { enabled: true } },
    });
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html).slice(0, 3)]);
  }, within);
}
