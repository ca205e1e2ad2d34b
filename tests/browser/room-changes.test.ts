import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { choose, message } from './support/app.ts';
import { startServer, withMirage } from './support/mirage.ts';

const mirage = withMirage();

async function startRoom({ user, roomName }: Pick<typeof mirage, 'user' | 'roomName'> = mirage) {
  const ada = await user('ada');
  const bob = await user('bob');
  const name = roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  await bob.client.chat.joinRoom.mutate({ name });
  const say = (who: typeof ada, text: string, replyTo?: string) =>
    who.client.chat.sendMessage.mutate({ roomId, text, ...(replyTo !== undefined && { replyTo }) });
  return { ada, bob, say, name, roomId, hash: `#/rooms/${roomId}` };
}

const editField = (page: Page) => page.getByRole('textbox', { name: 'Edit your message' });
const field = (page: Page) => page.getByRole('textbox', { name: /^Message to/ });

async function offered(page: Page, text: string): Promise<string[]> {
  await message(page, text).hover();
  await message(page, text).getByRole('button', { name: 'Message menu' }).click();
  await page.getByRole('menuitem').first().waitFor();
  const items = await page.getByRole('menuitem').allInnerTexts();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  return items;
}

it('edits a message for everybody in the room, in replies and in the list of rooms', async () => {
  const { ada, bob, say, hash } = await startRoom();
  const { id } = await say(bob, 'soup at seven');
  const { page: adas } = await ada.open(hash);
  const { page: bobs } = await bob.open(hash);
  await field(bobs).fill('a draft');
  await choose(bobs, 'soup at seven', 'Edit');
  expect(await editField(bobs).inputValue()).toBe('soup at seven');
  await say(ada, 'fine', id);
  await editField(bobs).fill('soup at **eight**');
  await bobs.keyboard.press('Enter');
  for (const page of [adas, bobs]) {
    await message(page, /eight.*edited/)
      .getByText('edited')
      .waitFor();
    await message(page, 'fine')
      .getByRole('button', { name: `In reply to ${bob.username}: soup at eight` })
      .waitFor();
  }
  await field(bobs).waitFor();
  expect(await field(bobs).inputValue()).toBe('a draft');

  // Up in an empty field edits one's own latest message; Escape ends that.
  await field(bobs).fill('');
  await bobs.keyboard.press('ArrowUp');
  expect(await editField(bobs).inputValue()).toBe('soup at **eight**');
  await bobs.keyboard.press('Escape');
  await field(bobs).waitFor();
});

it('offers what one may do with a message', async () => {
  const { ada, bob, say, hash } = await startRoom();
  await say(ada, 'by the owner');
  await say(bob, 'by a member');
  const { page: adas } = await ada.open(hash);
  const { page: bobs } = await bob.open(hash);
  const forAll = ['Other emoji…', 'Reply', 'Copy text'];
  expect(await offered(adas, 'by the owner')).toEqual([...forAll, 'Pin message', 'Edit', 'Delete']);
  expect(await offered(adas, 'by a member')).toEqual([...forAll, 'Pin message', 'Delete']);
  expect(await offered(bobs, 'by the owner')).toEqual(forAll);
  expect(await offered(bobs, 'by a member')).toEqual([...forAll, 'Edit', 'Delete']);
});

it('deletes a message for everybody, and ends what somebody was about to do with it', async () => {
  const { ada, bob, say, hash } = await startRoom();
  const { id } = await say(bob, 'a secret');
  const { page: adas } = await ada.open(hash);
  const { page: bobs } = await bob.open(hash);
  await choose(bobs, 'a secret', 'Edit');
  await editField(bobs).fill('an edited secret');
  await choose(adas, 'a secret', 'Delete');
  await say(bob, 'about that', id);
  await adas.getByText('It will be permanently deleted for everyone in the room.').waitFor();
  await adas.getByRole('button', { name: 'Delete', exact: true }).click();
  for (const page of [adas, bobs])
    await message(page, 'about that').getByText('The original message was deleted.').waitFor();
  for (const page of [adas, bobs]) expect(await message(page, 'a secret').count()).toBe(0);
  await field(bobs).waitFor();
});

it('shows reactions, and adds and takes back one’s own', async () => {
  const { ada, bob, say, hash } = await startRoom();
  await say(ada, 'soup at seven');
  const { page: adas } = await ada.open(hash);
  const { page: bobs } = await bob.open(hash);
  const reaction = (page: Page, emoji: string) =>
    message(page, 'soup at seven').getByRole('button', { name: emoji });
  await message(bobs, 'soup at seven').hover();
  await message(bobs, 'soup at seven').getByRole('button', { name: 'Message menu' }).click();
  await bobs.getByRole('menuitemcheckbox', { name: 'React with 👍' }).click();
  await reaction(bobs, '👍 by you').waitFor();
  await reaction(adas, `👍 by ${bob.username}`).click();
  await reaction(adas, `👍 by ${bob.username} and you`).waitFor();
  await choose(adas, 'soup at seven', 'Other emoji…');
  await adas.getByRole('searchbox', { name: 'Search emoji' }).fill('🎉'); // as it was pasted
  await adas.getByRole('gridcell', { name: 'party popper' }).waitFor();
  await adas.keyboard.press('Enter');
  await reaction(bobs, `🎉 by ${ada.username}`).waitFor();
  await reaction(bobs, `👍 by you and ${ada.username}`).click();
  await reaction(adas, '👍 by you').click();
  for (const page of [adas, bobs]) await reaction(page, '👍').waitFor({ state: 'detached' });
});

it('shows what has changed while there was no connection', async () => {
  const { ada, say, roomId, hash } = await startRoom();
  const [edited, deleted] = [await say(ada, 'soup at seven'), await say(ada, 'a secret')];
  const network = await startProxy(mirage.url);
  const { page, expectComplaint } = await ada.open(hash, { at: network.url });
  await message(page, 'a secret').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  const { chat } = ada.client;
  await chat.editMessage.mutate({ roomId, id: edited.id, text: 'soup at eight' });
  await chat.react.mutate({ roomId, id: edited.id, emoji: '👍' });
  await chat.deleteMessage.mutate({ roomId, id: deleted.id });
  network.up();
  await message(page, 'soup at eight').getByRole('button', { name: '👍' }).waitFor();
  await message(page, 'a secret').waitFor({ state: 'detached' });
});

it('removes deleted messages also after a gap', async () => {
  const server = await startServer({ MAX_MESSAGES: '3' });
  const { ada, say, roomId, hash } = await startRoom({ ...server, roomName: (name) => name });
  await say(ada, 'stays');
  const { id } = await say(ada, 'a secret');
  const network = await startProxy(server.url);
  const { page, expectComplaint } = await ada.open(hash, { at: network.url });
  await message(page, 'a secret').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  const { chat } = ada.client;
  await chat.deleteMessage.mutate({ roomId, id });
  for (let number = 1; number <= 3; number += 1)
    await chat.deleteMessage.mutate({ roomId, id: (await say(ada, `brief ${number}`)).id });
  network.up();
  await message(page, 'a secret').waitFor({ state: 'detached' });
  await message(page, 'stays').waitFor();
});
