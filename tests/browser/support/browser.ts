import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';

let browser: Browser;

/** One Chromium for the tests of a file, where `.ci/run` installs it or where CHROMIUM says it is. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--font-render-hinting=none',
      ],
    });
  });
  afterAll(() => browser.close());
}

const patienceMs = 30_000;

export const wide = { width: 1280, height: 800 };
export const narrow = { width: 360, height: 740 };

export interface Visitor {
  page: Page;
  /** What the browser has complained of, in its console or by breaking off a script. */
  complaints: string[];
  /** Takes the next complaints that match for expected, such as those of the browser about a refused request. */
  expectComplaint(expected: RegExp): void;
}

/** A browser of somebody's own, that has been here never before. What it complains of fails the test. */
export async function visit(url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: wide,
    locale: 'en-GB',
    timezoneId: 'UTC',
    colorScheme: 'light',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  const expected: RegExp[] = [];
  const complain = (words: string) => {
    if (!expected.some((pattern) => pattern.test(words))) complaints.push(words);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complain(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complain(`exception: ${error.stack}`));
  onTestFinished(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  await page.goto(url);
  return { page, complaints, expectComplaint: (pattern) => void expected.push(pattern) };
}
