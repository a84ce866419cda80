import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, test } from 'vitest';
import { focused, startSiteBrowser, tabTo } from './site-browser.js';

const site = startSiteBrowser();

beforeEach(() => site.page.setViewportSize({ width: 1280, height: 800 }));

async function search(text: string): Promise<string[]> {
  const { page } = site;
  await site.visit('/');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('searchbox').fill(text);
  await expect.poll(() => page.locator('a.result').count()).toBeGreaterThan(0);
  return page
    .locator('a.result')
    .evaluateAll((results) => results.map((result) => result.getAttribute('href') ?? ''));
}

/** The text of the section that a result leads to. */
async function textAt(result: string): Promise<string> {
  const { page } = site;
  await site.visit(result);
  return page.evaluate(() => {
    const start = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    let text = start?.textContent ?? '';
    for (let next = start?.nextElementSibling; next && !/^H\d$/.test(next.tagName);) {
      text += next.textContent;
      next = next.nextElementSibling;
    }
    return text;
  });
}

describe('search', () => {
  test.each([
    'Retry-After',
    'notFoundGrace',
    'maxConcurrent',
    'TaskTimeoutError',
    'The API key was rejected',
  ])('finds %s in the first result', async (text) => {
    const [first = ''] = await search(text);
    expect(await textAt(first)).toContain(text);
  });

  test('does not show the sources of examples', async () => {
    const chunks = join(inject('site'), 'assets', 'chunks');
    const index = (await readdir(chunks)).find((file) => file.startsWith('@localSearchIndexroot'));
    const content = await readFile(join(chunks, index ?? ''), 'utf8');
    expect(content).toContain('/pool.html');
    expect(content).not.toContain('/repository/');
  });
});

describe('with the keyboard', () => {
  test('search opens, finds a page and opens it', async () => {
    const { page } = site;
    await site.visit('/');
    await tabTo(page, 'Search');
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox').waitFor();
    await page.keyboard.type('Retry-After');
    await page.locator('a.result.selected').waitFor();
    const target = await page.locator('a.result.selected').getAttribute('href');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toBe(site.origin + (target ?? ''));
    expect(await page.locator('main').innerText()).toContain('Retry-After');
  });

  test('skips to the content', async () => {
    const { page } = site;
    await site.visit('/pool.html');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('VPContent');
  });

  test('both menus of a narrow page open, and lead to pages', async () => {
    const { page } = site;
    await page.setViewportSize({ width: 320, height: 640 });
    await site.visit('/pool.html');
    await tabTo(page, 'mobile navigation');
    await page.keyboard.press('Enter');
    await tabTo(page, 'API reference');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toBe(`${site.origin}/api/README.html`);

    await site.visit('/pool.html');
    await tabTo(page, 'Menu');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Webhooks');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toBe(`${site.origin}/webhooks.html`);
  });
});
