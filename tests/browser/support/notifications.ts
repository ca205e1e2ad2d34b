import type { Page } from 'playwright-core';

/**
 * Reloads a page with a recorder for notifications, as headless Chromium shows none. What arrives once this is done arrives
 * live: what came before the inbox was loaded is only counted.
 */
export async function recordNotifications(page: Page): Promise<{
  /** All that have been shown, as `title: body`. */
  shown(): Promise<string[]>;
  /** Those that have not been closed. */
  open(): Promise<string[]>;
}> {
  await page.addInitScript(() => {
    const shown: string[] = [];
    const open = new Set<string>();
    class Recorded extends EventTarget {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      readonly entry: string;
      constructor(title: string, { body }: { body: string }) {
        super();
        this.entry = `${title}: ${body}`;
        shown.push(this.entry);
        open.add(this.entry);
      }
      close() {
        open.delete(this.entry);
      }
    }
    Object.assign(globalThis, { Notification: Recorded, shown, open });
  });
  const url = page.url();
  await page.goto('about:blank'); // so that no answer to the page before is taken for one to the next
  await Promise.all([page.waitForResponse(/inbox\.countMessages/), page.goto(url)]);
  return {
    shown: () => page.evaluate(() => (globalThis as unknown as { shown: string[] }).shown), // safe: set above
    open: () => page.evaluate(() => [...(globalThis as unknown as { open: Set<string> }).open]), // safe: set above
  };
}

/** Enables notifications from the next load on. */
export const enableNotifications = (page: Page) =>
  page.evaluate(() => localStorage.setItem('mirage.notify', 'on'));
