import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { choose, message } from './support/app.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

it('pins a message for everybody in the room, leads to it, and unpins it', async () => {
  const { ada, bob, roomId, say } = await mirage.roomOfTwo('attic', 'kept');
  await say('the **rules** of the attic');
  for (let number = 1; number <= 120; number += 1) await say(`chatter ${number}.`);
  const { page: adas } = await ada.open(`#/rooms/${roomId}`);
  const { page: bobs } = await bob.open(`#/rooms/${roomId}`);

  // Only owners and moderators have the entry.
  for (const page of [adas, bobs]) await message(page, 'chatter 120.').waitFor();
  await message(bobs, 'chatter 120.').hover();
  await message(bobs, 'chatter 120.').getByRole('button', { name: 'Message menu' }).click();
  await bobs.getByRole('menuitem', { name: 'Reply' }).waitFor();
  expect(await bobs.getByRole('menuitem').allInnerTexts()).toEqual([
    'Other emoji…',
    'Reply',
    'Copy text',
    'Edit',
    'Delete',
  ]);
  await bobs.keyboard.press('Escape');
  await choose(adas, 'chatter 120.', 'Pin message');
  for (const page of [adas, bobs]) await message(page, 'chatter 120.').getByText('Pinned').waitFor();
  await choose(adas, 'chatter 120.', 'Unpin message');
  for (const page of [adas, bobs])
    await message(page, 'chatter 120.').getByText('Pinned').waitFor({ state: 'detached' });

  const { messages } = await ada.client.chat.history.query({ roomId, after: '0-0', limit: 9 });
  const rules = messages.find(({ text }) => text.includes('rules'));
  await ada.client.chat.pinMessage.mutate({ roomId, id: rules?.id ?? '' });
  await bobs.getByRole('button', { name: 'Room menu' }).click();
  await bobs.getByRole('menuitem', { name: 'Pinned messages' }).click();
  const dialog = bobs.getByRole('dialog', { name: 'Pinned messages' });
  await dialog.getByRole('strong').getByText('rules').waitFor();
  await dialog.getByText(`Pinned by ${ada.username}`).waitFor();
  expect(await dialog.getByRole('button', { name: 'Unpin' }).count()).toBe(0);
  await dialog.getByRole('button', { name: 'Show in room' }).click();
  await dialog.waitFor({ state: 'detached' });
  await message(bobs, 'the rules of the attic').and(bobs.locator(':focus')).getByText('Pinned').waitFor();

  await adas.getByRole('button', { name: 'Room menu' }).click();
  await adas.getByRole('menuitem', { name: 'Pinned messages' }).click();
  await adas.getByRole('button', { name: 'Unpin' }).click();
  await adas.getByText('No message is pinned.').waitFor();
  await message(bobs, 'the rules of the attic').getByText('Pinned').waitFor({ state: 'detached' });
});

it('shows what was pinned while there was no connection', async () => {
  const ada = await mirage.user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: mirage.roomName('attic') });
  const { id } = await ada.client.chat.sendMessage.mutate({ roomId, text: 'the rules' });
  const network = await startProxy(mirage.url);
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`, { at: network.url });
  await message(page, 'the rules').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  await ada.client.chat.pinMessage.mutate({ roomId, id });
  network.up();
  await message(page, 'the rules').getByText('Pinned').waitFor();
});

it('shows what was pinned while another room was on the screen', async () => {
  const ada = await mirage.user('ada');
  const [here, there] = [mirage.roomName('attic'), mirage.roomName('cellar')];
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: here });
  await ada.client.chat.createRoom.mutate({ name: there });
  const { id } = await ada.client.chat.sendMessage.mutate({ roomId, text: 'the rules' });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, 'the rules').waitFor();
  await page.getByRole('link', { name: there }).click();
  await page.getByText('No messages yet').waitFor();
  await ada.client.chat.pinMessage.mutate({ roomId, id });
  await page.getByRole('link', { name: here }).click();
  await message(page, 'the rules').getByText('Pinned').waitFor();
});
