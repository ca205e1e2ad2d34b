import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';

let browser: Browser;

/**
 * One Chromium for the tests of a file, from CHROMIUM or the path where `.ci/run` installs it: the build without a user
 * interface, which needs half the processor time of the whole browser.
 */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
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
  /** Errors and warnings in the console, and uncaught exceptions. */
  complaints: string[];
  /** Ignores later complaints that match, such as those about a refused request. */
  expectComplaint(expected: RegExp): void;
}

/** A new browser context. Unexpected complaints fail the test. */
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
