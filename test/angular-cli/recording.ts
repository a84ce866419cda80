import type { Browser, Page } from 'playwright-core';

/** What each element with `data-record` has shown, from the first frame on; repetitions are left out. */
export type Recording = Record<string, string[]>;

interface RecordingWindow extends Window {
  recording: Recording;
}

/** A page that records what it shows. */
export interface RecordedPage {
  readonly page: Page;
  /** The user agent of the page's requests. No other page has it. */
  readonly userAgent: string;
  /** Errors and warnings in the console, but not those of Chromium about failed requests. */
  readonly complaints: readonly string[];
  recording(): Promise<Recording>;
}

let pages = 0;

/** Opens a page and records what it shows: after each change of the document, and in each frame. */
export async function record(browser: Browser, url: string): Promise<RecordedPage> {
  const userAgent = `Chrome, page ${++pages}`;
  const page = await browser.newPage({ userAgent });
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isComplaint = message.type() === 'error' || message.type() === 'warning';
    if (isComplaint && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.addInitScript(recordInPage);
  await page.goto(url);
  return {
    page,
    userAgent,
    complaints,
    recording: () => page.evaluate(() => (window as unknown as RecordingWindow).recording),
  };
}

/** Runs in the page, before its scripts. */
function recordInPage(): void {
  const recording: Recording = {};
  (window as unknown as RecordingWindow).recording = recording;
  const note = (): void => {
    for (const element of document.querySelectorAll<HTMLElement>('[data-record]')) {
      // the parser may not have reached the end of the last element
      if (document.readyState === 'loading' && !element.nextElementSibling) continue;
      const texts = (recording[element.dataset['record'] ?? ''] ??= []);
      const text = (element.textContent ?? '').trim().replace(/\s+/g, ' ');
      if (texts.at(-1) !== text) texts.push(text);
    }
  };
  const frame = (): void => {
    note();
    requestAnimationFrame(frame);
  };
  new MutationObserver(note).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
  });
  frame();
}
