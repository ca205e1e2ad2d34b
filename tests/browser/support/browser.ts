import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

let launched: Promise<Browser> | undefined;

/**
 * One Chromium for all files of tests in a process, from CHROMIUM or the path where `.ci/run` installs it: the build without a user
 * interface, which needs half the processor time of the whole browser. It ends with the process.
 */
const openBrowser = () => {
  launched ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--font-render-hinting=none'],
  });
  return launched;
};

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
  const browser = await openBrowser();
  const context = await browser.newContext({
    viewport: wide,
    locale: 'en-GB',
    timezoneId: 'UTC',
    colorScheme: 'light',
    reducedMotion: 'reduce',
    // It would answer in place of the routes of tests.
    serviceWorkers: 'block',
    ...options,
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  const expected: RegExp[] = [/Service Worker registration blocked by Playwright/];
  const complain = (words: string) => {
    if (!expected.some((pattern) => pattern.test(words))) complaints.push(words);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complain(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complain(`exception: ${error.stack}`));
  onTestFinished(async ({ task }) => {
    // What the page shows says more about a locator that found nothing than the locator does.
    if (task.result?.state === 'fail')
      process.stderr.write(`${url}\n${await page.locator('body').ariaSnapshot().catch(String)}\n`);
    await context.close();
    expect(complaints).toEqual([]);
  });
  await page.goto(url);
  return { page, complaints, expectComplaint: (pattern) => void expected.push(pattern) };
}
