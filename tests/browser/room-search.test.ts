import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { dialogsClosed, message, write } from './support/app.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Search messages in rooms' });
const hits = (page: Page) => dialog(page).getByRole('list', { name: 'Search results' }).getByRole('link');

async function search(page: Page, query: string): Promise<void> {
  await dialog(page).getByLabel('Search messages').fill(query);
  await page.keyboard.press('Enter');
}

/** A kept room with so many messages that its beginning is far away, and one that the user has written in as well. */
async function startRooms() {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const [here, there] = [mirage.roomName('attic'), mirage.roomName('cellar')];
  const { chat } = ada.client;
  const { id: roomId } = await chat.createRoom.mutate({ name: here, history: 'kept' });
  const { id: otherId } = await chat.createRoom.mutate({ name: there });
  await bob.client.chat.joinRoom.mutate({ name: here });
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'the Café of the attic' });
  const texts = Array.from({ length: 450 }, (_, index) => `chatter ${index + 1}.`);
  for (const text of texts) await bob.client.chat.sendMessage.mutate({ roomId, text });
  const { messages } = await chat.history.query({ roomId, limit: 1 });
  await chat.markRead.mutate({ roomId, upTo: messages[0]?.id ?? '' });
  await chat.sendMessage.mutate({ roomId: otherId, text: 'no cafe in the cellar' });
  return { ada, bob, roomId, otherId, here, there };
}

it('finds a message far away, shows it in its place, reads on from there and returns to the end', async () => {
  const { ada, bob, roomId, here } = await startRooms();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, 'chatter 450.').waitFor();
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Search messages' }).click();
  await search(page, 'nothing of the kind');
  await dialog(page).getByText('No messages found').waitFor();
  await search(page, 'cafe');
  await hits(page).getByText('Café').waitFor();
  expect(await hits(page).count()).toBe(1);
  expect(await hits(page).innerText()).toContain(here);
  await hits(page).click();
  await dialogsClosed(page);
  await message(page, 'the Café of the attic').and(page.locator(':focus')).waitFor();
  expect(new URL(page.url()).hash).toBe(`#/rooms/${roomId}`);

  // What arrives meanwhile is not shown below the old messages.
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'the latest of all' });
  const list = page.getByTestId('messages');
  for (const text of ['chatter 90.', 'chatter 190.', 'chatter 290.', 'chatter 390.', 'the latest of all'])
    await expect
      .poll(
        async () => {
          await list.evaluate((it) => it.scrollBy(0, 500));
          return message(page, text).count();
        },
        { timeout: 20_000, interval: 20 },
      )
      .toBe(1);
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'and one more' });
  await message(page, 'and one more').waitFor();
});

it('looks in all rooms, leads into another one, and to the same message again', async () => {
  const { ada, roomId, otherId, here, there } = await startRooms();
  const { page } = await ada.open(`#/rooms/${otherId}`);
  await message(page, 'no cafe in the cellar').waitFor();
  const open = page.getByRole('button', { name: 'Search messages' });
  for (let turn = 0; turn < 2; turn += 1) {
    await open.click();
    await search(page, 'CAFE');
    await expect.poll(() => hits(page).count()).toBe(2);
    await hits(page).filter({ hasText: here }).click();
    await dialogsClosed(page);
    await message(page, 'the Café of the attic').and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Jump to latest' }).click();
    await message(page, 'chatter 450.').waitFor();
  }
  expect(new URL(page.url()).hash).toBe(`#/rooms/${roomId}`);
  await open.click();
  await search(page, 'cafe');
  await hits(page).filter({ hasText: there }).click();
  await dialogsClosed(page);
  await page.getByRole('heading', { name: there, level: 1 }).waitFor();
});

it('shows at the end what is sent from a place far away', async () => {
  const { ada, roomId } = await startRooms();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Search messages' }).click();
  await search(page, 'cafe');
  await hits(page).click();
  await dialogsClosed(page);
  await message(page, 'the Café of the attic').and(page.locator(':focus')).waitFor();
  await write(page, 'found it');
  await message(page, 'found it').getByText('Sent', { exact: true }).waitFor();
  await message(page, 'chatter 450.').waitFor();
});
