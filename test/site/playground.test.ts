import type { Locator, Page } from 'playwright-core';
import { axeViolations } from '../support/axe-violations.js';
import { beforeEach, describe, expect, test } from 'vitest';
import { fromQuery } from '../../docs/.vitepress/theme/playground/link.js';
import { START, type Settings } from '../../docs/.vitepress/theme/playground/settings.js';
import { expectedRequests } from '../docs/playground-model.js';
import { runProgram, typeErrors } from '../docs/playground-program.js';
import { startSiteBrowser } from './site-browser.js';

const WIDE = { width: 1280, height: 800 };
/** The smallest page of WCAG 2.2, 1.4.10. */
const NARROW = { width: 320, height: 640 };

const NO_JITTER = 'backoff.jitter=0&retry.jitter=0';
const WITHOUT_JITTER: Settings = { ...START, 'backoff.jitter': 0, 'retry.jitter': 0 };

const site = startSiteBrowser();

beforeEach(async () => {
  await site.page.setViewportSize(WIDE);
  await site.page.emulateMedia({ colorScheme: 'light' });
});

async function openPlayground(query = NO_JITTER): Promise<Page> {
  await site.visit(`/playground.html?${query}`);
  await site.page.locator('#playground-marbles').waitFor();
  return site.page;
}

function slider(page: Page, group: string, label: string): Locator {
  return page.getByRole('group', { name: group, exact: true }).getByLabel(label, { exact: true });
}

/** When the marble diagram shows that requests were sent, ms: read from its marks and its axis. */
async function drawnTimes(page: Page): Promise<number[]> {
  return page.locator('#playground-marbles').evaluate((svg) => {
    const marks = [...svg.querySelectorAll('text.mark')].map((mark) => ({
      x: Number(mark.getAttribute('x')),
      seconds: Number(/^([\d.]+) s$/.exec(mark.textContent)?.[1]),
    }));
    const [first, last] = [marks.at(0), marks.at(-1)];
    if (!first || !last) throw new Error('The axis has no marks');
    const msPerPixel = ((last.seconds - first.seconds) * 1_000) / (last.x - first.x);
    return [...svg.querySelectorAll('path.request')]
      .flatMap((path) => [...(path.getAttribute('d') ?? '').matchAll(/M([\d.]+)/g)])
      .map(([, x]) => (Number(x) - first.x) * msPerPixel)
      .sort((a, b) => a - b);
  });
}

/** When the table of the requests says that they were sent, s. */
async function tabledTimes(page: Page): Promise<string[]> {
  return page.locator('tbody tr td:nth-child(2)').allInnerTexts();
}

/** Compares the diagram and the table with the formula. */
async function expectFormula(page: Page, settings: Settings): Promise<void> {
  const expected = expectedRequests(settings).map(({ sent }) => sent);
  if (!(await page.locator('details').evaluate((it) => (it as HTMLDetailsElement).open))) {
    await page.getByText('The requests as a table').click();
  }
  await expect
    .poll(() => tabledTimes(page))
    .toEqual(expected.map((sent) => (sent / 1_000).toFixed(3)));
  const drawn = await drawnTimes(page);
  expect(drawn).toHaveLength(expected.length);
  const end = Math.max(...expected);
  // the marks are drawn to a hundredth of a pixel
  drawn.forEach((ms, index) =>
    expect(Math.abs(ms - (expected[index] ?? NaN)) / end).toBeLessThan(1e-3),
  );
}

describe('moving a slider changes the diagram as the formula says', () => {
  test.each([
    ['backoff', 'initialDelay', 5, { 'backoff.initialDelay': 1_500 }],
    ['backoff', 'factor', 10, { 'backoff.factor': 2.5 }],
    ['backoff', 'maxDelay', 8, { 'backoff.maxDelay': 9_000 }],
    ['backoff', 'maxDelay', -7, { 'backoff.maxDelay': 1_500 }],
  ] as const)('%s %s by %i steps', async (group, label, steps, changed) => {
    const page = await openPlayground();
    await expectFormula(page, WITHOUT_JITTER);
    await slider(page, group, label).focus();
    for (let step = 0; step < Math.abs(steps); step++) {
      await page.keyboard.press(steps > 0 ? 'ArrowRight' : 'ArrowLeft');
    }
    await expectFormula(page, { ...WITHOUT_JITTER, ...changed });
    expect(site.complaints).toEqual([]);
  });

  test('also with the mouse', async () => {
    const page = await openPlayground();
    const before = await drawnTimes(page);
    // in its middle
    await slider(page, 'backoff', 'initialDelay').click();
    await expect.poll(() => drawnTimes(page)).not.toEqual(before);
    await expect.poll(() => page.url()).toContain('backoff.initialDelay=');
    await expectFormula(page, fromQuery(new URL(page.url()).search));
  });

  test('also in an outage', async () => {
    const page = await openPlayground();
    await page.getByLabel('Outage with 503').check();
    await expectFormula(page, { ...WITHOUT_JITTER, timeline: 'outage' });
    await slider(page, 'retry', 'initialDelay').focus();
    for (let step = 0; step < 20; step++) await page.keyboard.press('ArrowRight');
    await expectFormula(page, {
      ...WITHOUT_JITTER,
      timeline: 'outage',
      'retry.initialDelay': 2_500,
    });
  });
});

test('Retry-After is obeyed', async () => {
  const page = await openPlayground();
  await page.getByLabel('429 with Retry-After').check();
  await expectFormula(page, { ...WITHOUT_JITTER, timeline: 'limited' });
  const rows = await page
    .locator('tbody tr')
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  const limited = rows.findIndex(([, , , answer]) => answer === '429');
  const [answered, next] = [Number(rows[limited]?.[2]), Number(rows[limited + 1]?.[1])];
  expect(next - answered).toBeGreaterThanOrEqual(15);
});

test('a task of an hour is drawn', async () => {
  const page = await openPlayground();
  await page.getByLabel('Finished after an hour').check();
  await expect.poll(() => page.locator('.result').innerText()).toMatch(/complete after 1 h/);
});

test('a value that the library refuses shows its message, and the page goes on', async () => {
  const page = await openPlayground();
  const factor = slider(page, 'backoff', 'factor');
  await factor.focus();
  await page.keyboard.press('Home');
  await expect
    .poll(() => page.locator('.result').innerText())
    .toBe('RangeError: backoff.factor must be a number from 1 to Infinity, got 0.5');
  // the last diagram is not that of these options
  expect(await page.getByRole('img', { name: 'Marble diagram' }).count()).toBe(0);
  await page.keyboard.press('End');
  await expectFormula(page, { ...WITHOUT_JITTER, 'backoff.factor': 4 });
  expect(site.complaints).toEqual([]);
});

describe('the link', () => {
  test('restores the settings in a new page', async () => {
    const page = await openPlayground('');
    await page.getByLabel('Paused for a while').check();
    await slider(page, 'backoff', 'factor').focus();
    await page.keyboard.press('ArrowRight');
    await page.getByLabel('resetOnChange').uncheck();
    await page.getByLabel('timeout').selectOption('30 s');
    await expect.poll(() => page.url()).toContain('timeout=30000');
    const diagram = await page.locator('#playground-marbles').innerHTML();

    const other = await page.context().browser()!.newPage({ viewport: WIDE });
    await other.goto(page.url());
    await expect.poll(() => other.locator('#playground-marbles').innerHTML()).toBe(diagram);
    expect(await other.getByLabel('Paused for a while').isChecked()).toBe(true);
    expect(await slider(other, 'backoff', 'factor').inputValue()).toBe('1.6');
    expect(await other.getByLabel('resetOnChange').isChecked()).toBe(false);
    expect(await other.getByLabel('timeout').inputValue()).toBe('30000');
    await other.close();
  });

  test('of nonsense shows the defaults', async () => {
    const page = await openPlayground('backoff.factor=x&timeline=y&backoff.initialDelay=1e99');
    expect(await slider(page, 'backoff', 'factor').inputValue()).toBe('1.5');
    expect(await slider(page, 'backoff', 'initialDelay').inputValue()).toBe('10000');
    expect(await page.getByLabel('Steady').isChecked()).toBe(true);
    expect(site.complaints).toEqual([]);
  });

  test('is copied, and a reset clears it', async () => {
    const page = await openPlayground();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText('Link copied.').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => page.url()).toBe(`${site.origin}/playground.html`);
    expect(await slider(page, 'backoff', 'jitter').inputValue()).toBe('0.1');
  });
});

test('the copied code type-checks, and sends the requests of the diagram', async () => {
  const page = await openPlayground('backoff.factor=2.2&retry.maxRetries=4&timeline=outage');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy code' }).click();
  await page.getByText('Code copied.').waitFor();
  expect(await page.getByText('Code copied.').evaluate((text) => text.getAttribute('role'))).toBe(
    'status',
  );
  const code = await page.evaluate(() => navigator.clipboard.readText());
  expect(typeErrors(code)).toEqual([]);
  await page.getByText('The requests as a table').click();
  const sent = runProgram(code, fromQuery(new URL(page.url()).search));
  expect(await tabledTimes(page)).toEqual(sent.map((ms) => (ms / 1_000).toFixed(3)));
});

test('the keyboard reaches every control', async () => {
  const page = await openPlayground();
  const reached = new Set<string>();
  await page.locator('.playground input').first().focus();
  for (let steps = 0; steps < 30; steps++) {
    reached.add(
      await page.evaluate(
        () => document.activeElement?.id || String(document.activeElement?.textContent),
      ),
    );
    await page.keyboard.press('Tab');
  }
  const controls = await page
    .locator('.playground :is(input[type=range], input[type=checkbox], select)')
    .evaluateAll((all) => all.map(({ id }) => id));
  expect(controls.length).toBeGreaterThan(14);
  expect([...reached]).toEqual(expect.arrayContaining(controls));
  expect([...reached]).toEqual(
    expect.arrayContaining(['playground-timeline-steady', 'Reset', 'Copy link', 'Copy code']),
  );
});

test('on a small screen what has the focus is never behind the diagram or a bar', async () => {
  await site.page.setViewportSize({ width: 390, height: 800 });
  const page = await openPlayground();
  await page.getByRole('button', { name: 'Copy code' }).focus();
  const hidden: string[] = [];
  for (let steps = 0; steps < 20; steps++) {
    await page.keyboard.press('Shift+Tab');
    const id = await page.evaluate(() => {
      const { activeElement } = document;
      const box = activeElement?.getBoundingClientRect();
      if (!activeElement || !box) return 'nothing';
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + 3);
      return activeElement.contains(top) ? undefined : activeElement.outerHTML;
    });
    if (id !== undefined) hidden.push(id);
  }
  expect(hidden).toEqual([]);
});

const STATES = ['timeline=outage', 'timeline=limited&retry.maxRetryAfter=0', 'backoff.factor=0.5'];

describe.each(STATES)('with %s', (query) => {
  const openTable = async (page: Page): Promise<void> => {
    const table = page.getByText('The requests as a table');
    if ((await table.count()) > 0) await table.click();
  };

  test.each(['light', 'dark'] as const)('axe passes in %s', async (colorScheme) => {
    await site.page.emulateMedia({ colorScheme });
    const page = await openPlayground(query);
    await openTable(page);
    expect(await axeViolations(page, '.playground')).toEqual([]);
    await page.setViewportSize(NARROW);
    expect(await axeViolations(page, '.playground')).toEqual([]);
  });

  test('nothing is cut at 320 px', async () => {
    await site.page.setViewportSize(NARROW);
    const page = await openPlayground(query);
    await openTable(page);
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
      .toBe(NARROW.width);
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll('.playground *')]
        .filter((element) => !element.closest('.scroll, .code'))
        .filter((element) => {
          const { left, right } = element.getBoundingClientRect();
          return left < 0 || right > innerWidth;
        })
        .map(({ outerHTML }) => outerHTML.slice(0, 200)),
    );
    expect(cut).toEqual([]);
  });
});

test('the pictures have a text alternative', async () => {
  const page = await openPlayground();
  const diagram = page.getByRole('img', { name: 'Marble diagram of the watch' });
  const description = await diagram.locator('desc').textContent();
  expect(description).toContain('created at 300 ms');
  expect(description).toContain('complete after');
  await page.getByRole('img', { name: 'Requests and lag over time' }).waitFor();
});

test('only the page of the playground loads the playground and the library', async () => {
  const { page } = site;
  const scripts: string[] = [];
  const record = (request: { url(): string }) => scripts.push(request.url());
  page.on('request', record);
  await site.visit('/pool.html');
  await page.waitForLoadState('networkidle');
  expect(scripts.length).toBeGreaterThan(2);
  expect(scripts.filter((url) => url.includes('/chunks/playground.'))).toEqual([]);
  await openPlayground();
  page.off('request', record);
  expect(scripts.filter((url) => url.includes('/chunks/playground.'))).toHaveLength(1);
});
