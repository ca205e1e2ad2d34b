import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { createRoom, message, toStart } from './support/app.ts';
import { startServer, withMirage } from './support/mirage.ts';

const mirage = withMirage();

const textOf = (number: number) => `message ${number}: ${'and some more words '.repeat(number % 5)}`;
const list = (page: Page) => page.getByTestId('messages');

/** A kept room of two members, with messages by the one who does not look at it. */
async function startKeptRoom(total: number) {
  const { ada, roomId, say } = await mirage.roomOfTwo('archive', 'kept');
  const ids: string[] = [];
  for (let number = 1; number <= total; number += 1) ids.push((await say(textOf(number))).id);
  return { ada, roomId, say, ids };
}

/** Where the first message that is in view as a whole is, and which it is. */
const topmost = (page: Page) =>
  list(page).evaluate((element) => {
    const { top } = element.getBoundingClientRect();
    const first = [...element.querySelectorAll('article')].find(
      (article) => article.getBoundingClientRect().top >= top,
    );
    return { text: first?.textContent, y: first && Math.round(first.getBoundingClientRect().top - top) };
  });

it('creates rooms whose messages disappear, and rooms whose messages are kept', async () => {
  const ada = await mirage.user('ada');
  const { page } = await ada.open();
  const [passing, kept] = [mirage.roomName('passing'), mirage.roomName('kept')];
  await createRoom(page, passing);
  await createRoom(page, kept, { isKept: true });
  expect(await ada.client.chat.listJoinedRooms.query()).toMatchObject([
    { name: passing, history: 'ephemeral' },
    { name: kept, history: 'kept' },
  ]);
});

it('explains that a server keeps no messages', async () => {
  const { user } = await startServer({ KEPT_ROOMS: 'off' });
  const { page, expectComplaint } = await (await user('ada')).open();
  expectComplaint(/status of 4\d\d .*chat\.createRoom/);
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByLabel('Name').fill('attic');
  await page.getByLabel('They are kept').check();
  await page.getByRole('button', { name: 'Create room' }).click();
  await page.getByText('This server does not keep the messages of rooms.').waitFor();
  await page.getByLabel('They disappear after a while').check();
  await page.getByRole('button', { name: 'Create room' }).click();
  await page.getByRole('heading', { name: 'attic', level: 1 }).waitFor();
});

it('loads older messages of a kept room while the user scrolls back, up to the first one', async () => {
  const { ada, roomId } = await startKeptRoom(300);
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, 'message 300:').waitFor();
  await page.reload();
  await message(page, 'message 300:').waitFor();
  await list(page).hover();
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, -3000);
        return message(page, /message 1:/).count();
      },
      { timeout: 60_000 },
    )
    .toBe(1);
  await page.getByText('There are no earlier messages in this room.').waitFor();
  // Nothing was left out, and nothing is there twice.
  const numbers = await list(page).evaluate(async (element) => {
    const seen = new Set<number>();
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    for (;;) {
      const shown = [...element.querySelectorAll('article')].map(({ textContent }) =>
        Number(/message (\d+):/.exec(textContent ?? '')?.[1]),
      );
      if (new Set(shown).size !== shown.length) throw new Error(`twice: ${shown}`);
      for (const number of shown) seen.add(number);
      if (seen.has(300)) return [...seen].sort((a, b) => a - b);
      element.scrollBy(0, element.clientHeight / 2);
      await frame();
      await frame();
    }
  });
  expect(numbers).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
});

it('does not move what is on the screen when older messages are loaded, or new ones arrive', async () => {
  const { ada, roomId, say } = await startKeptRoom(250);
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, 'message 250:').waitFor();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/chat\.history/, async (route) => {
    await held;
    await route.continue();
  });
  await list(page).focus();
  await expect
    .poll(async () => {
      await page.keyboard.press('Home');
      return (await topmost(page)).text;
    })
    .toContain('message 152:');
  await page.getByText('Loading older messages…').waitFor();
  const before = await topmost(page);
  expect(before.text).toContain('message 152:');
  await say('news');
  await page.getByRole('button', { name: '1 new message' }).waitFor();
  expect(await topmost(page)).toEqual(before);
  release();
  await page.getByText('Loading older messages…').waitFor({ state: 'detached' });
  await expect.poll(() => topmost(page)).toEqual(before);
  await say('more news');
  await page.getByRole('button', { name: '2 new messages' }).waitFor();
  await expect.poll(() => topmost(page)).toEqual(before);
  await toStart(page);
  await message(page, 'message 1:').waitFor();
});

it('opens a kept room at the first unread message, however far back', async () => {
  const { ada, roomId, ids } = await startKeptRoom(420);
  await ada.client.chat.markRead.mutate({ roomId, upTo: ids[4] ?? '' });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('New', { exact: true }).waitFor();
  await expect.poll(async () => (await topmost(page)).text).toContain('message 6:');
  // As many as the server counts: of the newest ones.
  await page.getByRole('button', { name: '100 new messages' }).waitFor();
});

it('reads on from the first of very many unread messages, and back', async () => {
  const { ada, roomId, say, ids } = await startKeptRoom(1);
  await ada.client.chat.markRead.mutate({ roomId, upTo: ids[0] ?? '' });
  for (let sent = 0; sent < 2200; sent += 200)
    await Promise.all(Array.from({ length: 200 }, (_, index) => say(`number ${sent + index}`)));
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await expect.poll(async () => (await topmost(page)).text).toMatch(/number [0-9]{1,3}$/);
  await expect
    .poll(
      async () => {
        await list(page).evaluate((element) => element.scrollBy(0, 2000));
        return list(page).innerText();
      },
      { timeout: 60_000 },
    )
    .toContain('number 2199');
  // No more than a window of them is held.
  const last = list(page).locator('li').last();
  expect(Number(await last.getAttribute('aria-posinset'))).toBeLessThan(520);
  await toStart(page);
  await message(page, 'message 1:').waitFor();
});

it('loads a page that failed again when there is a new connection', async () => {
  const { ada, roomId } = await startKeptRoom(150);
  const network = await startProxy(mirage.url);
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`, { at: network.url });
  await message(page, 'message 150:').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  let failures = 0;
  await page.route(/chat\.history/, (route) => {
    failures += 1;
    return route.abort();
  });
  await list(page).focus();
  await expect
    .poll(
      async () => {
        await page.keyboard.press('Home');
        return failures;
      },
      { timeout: 60_000 },
    )
    .toBe(1); // the client waits for the user or a connection
  await page.unroute(/chat\.history/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  network.up();
  await toStart(page);
  await message(page, 'message 1:').waitFor();
});
