import { expect, it } from 'vitest';
import { message, toStart } from './support/app.ts';
import { startServer } from './support/mirage.ts';

const total = 5000;
/** The visible rows and some overscan. */
const maxRows = 80;

it('scrolls through 5,000 messages while rendering only the visible ones', async () => {
  const { user } = await startServer({ MAX_MESSAGES: String(total) });
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

  // Scroll page by page. After each step the next frames must show messages, and not many more than fit. Older messages are
  // loaded on the way.
  const walk = await list.evaluate(async (element, steps) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const seen = { rows: 0, blank: 0, middle: new Set<string>() };
    const isLoading = () => element.parentElement?.querySelector('.messages-older');
    for (let step = 0; step < steps; step += 1) {
      element.scrollBy(0, -element.clientHeight);
      do await frame();
      while (isLoading());
      await frame();
      const { x, y, width, height } = element.getBoundingClientRect();
      const middle = document.elementFromPoint(x + width - 40, y + height / 2)?.closest('li');
      if (!middle) seen.blank += 1;
      seen.middle.add(middle?.textContent ?? '');
      seen.rows = Math.max(seen.rows, element.querySelectorAll('li').length);
    }
    return { ...seen, middle: seen.middle.size };
  }, 150);
  expect(walk.rows).toBeLessThan(maxRows);
  expect(walk.blank).toBe(0);
  expect(walk.middle).toBeGreaterThan(140);

  // To the first message with the keyboard, and back to the end.
  await toStart(page);
  await expect.poll(() => message(page, /message 1 of/).count()).toBe(1);
  expect(await list.locator('li').count()).toBeLessThan(maxRows);
  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await message(page, `message ${total} of`).waitFor();

  // New messages do not move a user who has scrolled up.
  await list.hover();
  await page.mouse.wheel(0, -4000);
  await page.getByRole('button', { name: 'Jump to latest' }).waitFor();
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'news' });
  await page.getByRole('button', { name: '1 new message' }).click();
  await message(page, 'news').waitFor();
});

/** Messages of different heights. */
const textOf = (number: number) => `message ${number} of ${total}${'\nand so on'.repeat(number % 4)}`;
