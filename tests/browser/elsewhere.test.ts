import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { choose, lateRoomCalls, message } from './support/app.ts';
import { withMirage } from './support/mirage.ts';
import { enableNotifications, recordNotifications } from './support/notifications.ts';

const mirage = withMirage();

/** What changes in another window, on another device or with time has to show in this one. */
async function startConversation() {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const send = (text: string) => bob.client.inbox.sendMessage.mutate({ recipient: ada.username, text });
  return { ada, bob, send };
}

it('lists rooms joined and left on another device', async () => {
  const ada = await mirage.user('ada');
  const name = mirage.roomName('attic');
  const bob = await mirage.user('bob');
  const { page, expectComplaint } = await ada.open();
  expectComplaint(lateRoomCalls);
  await page.getByText('You have not joined any rooms').waitFor();
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  await page.getByRole('link', { name }).click();
  await page.getByText('No messages yet').waitFor();
  await ada.client.chat.leaveRoom.mutate({ roomId });
  await page.getByText('You are not in this room').waitFor();
  await page.getByRole('link', { name }).waitFor({ state: 'detached' });
  const other = mirage.roomName('cellar');
  const { id: otherId } = await bob.client.chat.createRoom.mutate({ name: other });
  await page.getByRole('button', { name: `Join ${other}` }).waitFor();
  await bob.client.chat.deleteRoom.mutate({ roomId: otherId });
  await page.getByRole('button', { name: `Join ${other}` }).waitFor({ state: 'detached' });
});

it('shares how far rooms have been read with other devices', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  await bob.client.chat.joinRoom.mutate({ name });
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  const [{ page: phone }, { page: desk }] = [await ada.open(), await ada.open()];
  for (const page of [phone, desk])
    await page.getByRole('link', { name: `${name} 1 unread message`, exact: true }).waitFor();
  await phone.getByRole('link', { name: `${name} 1 unread message`, exact: true }).click();
  await message(phone, 'hello').waitFor();
  await desk.getByRole('link', { name, exact: true }).waitFor();
  const { page: next } = await ada.open();
  await next.getByRole('link', { name, exact: true }).waitFor();
  await phone.close(); // it would read the next message
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'and again' });
  for (const page of [desk, next])
    await page.getByRole('link', { name: `${name} 1 unread message`, exact: true }).waitFor();
});

it('applies read marks from another device, and closes its notifications', async () => {
  const { ada, bob, send } = await startConversation();
  const { page } = await ada.open();
  await enableNotifications(page);
  const { open } = await recordNotifications(page);
  const { id } = await send('psst');
  await page.getByRole('link', { name: 'Inbox 1 unread message' }).waitFor();
  await expect.poll(open).toEqual([`${bob.username}: psst`]);
  await ada.client.inbox.markRead.mutate({ upTo: id });
  await page.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
  await expect.poll(open).toEqual([]);
});

it('closes the notification of a message that was deleted, or read in another window', async () => {
  const { ada, bob, send } = await startConversation();
  const { page } = await ada.open();
  await enableNotifications(page);
  const { open } = await recordNotifications(page);
  const { id } = await send('a mistake');
  await expect.poll(open).toEqual([`${bob.username}: a mistake`]);
  await bob.client.inbox.deleteMessage.mutate({ id });
  await expect.poll(open).toEqual([]);

  await send('for the other window');
  await expect.poll(open).toEqual([`${bob.username}: for the other window`]);
  const other = await page.context().newPage();
  await other.goto(`${mirage.url}/#/inbox/${bob.username}`);
  await message(other, 'for the other window').waitFor();
  await expect.poll(open).toEqual([]);
});

it('closes the deletion dialog of a message that is deleted elsewhere', async () => {
  const { ada, bob, send } = await startConversation();
  const { id } = await send('going');
  await send('staying');
  const { page } = await ada.open(`#/inbox/${bob.username}`);
  await choose(page, 'going', 'Delete for everyone');
  await page.getByRole('alertdialog').waitFor();
  await bob.client.inbox.deleteMessage.mutate({ id });
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await message(page, 'going').waitFor({ state: 'detached' });
  await message(page, 'staying').waitFor();
});

it('removes a message far up that was deleted while disconnected', async () => {
  const { ada, bob, send } = await startConversation();
  const { id } = await send('the first');
  for (let number = 1; number <= 260; number += 1) await send(`message ${number}`);
  const network = await startProxy(mirage.url);
  const { page, expectComplaint } = await ada.open(`#/inbox/${bob.username}`, { at: network.url });
  await message(page, 'the first').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  await bob.client.inbox.deleteMessage.mutate({ id });
  network.up();
  await message(page, 'the first').waitFor({ state: 'detached' });
});

it('shows the same theme and the same draft in all windows', async () => {
  const { ada, bob } = await startConversation();
  const { page } = await ada.open(`#/inbox/${bob.username}`);
  const other = await page.context().newPage();
  await other.goto(page.url());
  const draft = (window: Page) => window.getByRole('textbox', { name: `Message to ${bob.username}` });
  await draft(other).waitFor();
  await draft(page).fill('half a thought');
  await expect.poll(() => draft(other).inputValue()).toBe('half a thought');
  await page.keyboard.press('Enter');
  await message(page, 'half a thought').getByText('Sent', { exact: true }).waitFor();
  await expect.poll(() => draft(other).inputValue()).toBe('');

  await page.getByRole('button', { name: `Menu of ${ada.username}` }).click();
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  const background = (window: Page) => window.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await expect.poll(() => background(other)).toBe(await background(page));
});

it('shows dates after midnight, and years after the end of the year', async () => {
  const { ada, bob, send } = await startConversation();
  const sent = await send('today');
  const at = new Date('createdAt' in sent ? sent.createdAt : Number.NaN);
  const { page } = await ada.open(`#/inbox/${bob.username}`);
  await page.clock.install();
  await page.reload();
  const listed = page.getByRole('link', { name: new RegExp(bob.username) }).getByRole('time');
  const divider = page.getByTestId('messages').getByRole('listitem').getByRole('time').first();
  await expect.poll(() => listed.innerText()).toMatch(/^\d\d:\d\d$/);
  expect(await divider.innerText()).not.toContain(String(at.getUTCFullYear()));

  await page.clock.fastForward('24:00:00');
  await expect
    .poll(() => listed.innerText())
    .toBe(at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }));
  await page.clock.fastForward(366 * 24 * 60 * 60_000);
  await expect.poll(() => listed.innerText()).toContain(String(at.getUTCFullYear()));
  await expect.poll(() => divider.innerText()).toContain(String(at.getUTCFullYear()));
});
