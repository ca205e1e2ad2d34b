import { expect, it } from 'vitest';
import { message } from './support/app.ts';
import { withBrowser } from './support/browser.ts';
import { startBuilt } from './support/mirage.ts';

withBrowser();

const total = 10_000;
/** Far fewer than messages: what is in view, and a little more. */
const maxRows = 80;

it('scrolls through 10,000 messages, of which only those in view are in the page', async () => {
  const { user } = await startBuilt({ MAX_MESSAGES: String(total) });
  const ada = await user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'archive' });
  for (let sent = 0; sent < total; sent += 200)
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        ada.client.chat.sendMessage.mutate({ roomId, text: textOf(sent + index + 1) }),
      ),
    );

  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, /^.*message \d+ of/)
    .first()
    .waitFor();
  const list = page.getByTestId('messages');
  await expect.poll(() => list.innerText(), { timeout: 30_000 }).toContain(`message ${total} of`);

  // With the wheel, a page at a time. After each, the next frames must show messages, and not many more than fit.
  const walk = await list.evaluate(async (element, steps) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const seen = { rows: 0, blank: 0, topmost: new Set<string>() };
    for (let step = 0; step < steps; step += 1) {
      element.scrollBy(0, -element.clientHeight);
      await frame();
      await frame();
      const { x, y, width, height } = element.getBoundingClientRect();
      const middle = document.elementFromPoint(x + width - 40, y + height / 2)?.closest('li');
      if (!middle) seen.blank += 1;
      seen.topmost.add(middle?.getAttribute('aria-posinset') ?? '');
      seen.rows = Math.max(seen.rows, element.querySelectorAll('li').length);
    }
    return { ...seen, topmost: seen.topmost.size };
  }, 150);
  expect(walk.rows).toBeLessThan(maxRows);
  expect(walk.blank).toBe(0);
  expect(walk.topmost).toBeGreaterThan(140);

  // To the very first one, with the keyboard alone, and back to the end.
  await list.focus();
  await page.keyboard.press('Home');
  await message(page, /message 1 of/).waitFor();
  expect(await list.locator('li').count()).toBeLessThan(maxRows);
  await page.getByRole('button', { name: 'To the newest message' }).click();
  await message(page, `message ${total} of`).waitFor();

  // Who reads above is not moved by what comes below.
  await list.hover();
  await page.mouse.wheel(0, -4000);
  await page.getByRole('button', { name: 'To the newest message' }).waitFor();
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'news' });
  await page.getByRole('button', { name: '1 new message' }).click();
  await message(page, 'news').waitFor();
});

/** Of different heights. */
const textOf = (number: number) => `message ${number} of ${total}${'\nand so on'.repeat(number % 4)}`;
