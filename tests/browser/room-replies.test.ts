import { expect, it } from 'vitest';
import { choose, message, write } from './support/app.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage({ MAX_MESSAGES: '3' });

async function startRoom(history?: 'kept') {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name, ...(history && { history }) });
  await bob.client.chat.joinRoom.mutate({ name });
  const say = (text: string, replyTo?: string) =>
    bob.client.chat.sendMessage.mutate({ roomId, text, ...(replyTo && { replyTo }) });
  const newest = async () => (await ada.client.chat.listMessages.query({ roomId })).at(-1);
  return { ada, bob, roomId, say, newest };
}

it('replies to a message, or not after all, and says when the original is gone', async () => {
  const { ada, bob, roomId, say, newest } = await startRoom();
  const { id } = await say('where is the lamp?');
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, 'where is the lamp?').hover();
  await message(page, 'where is the lamp?').getByRole('button', { name: 'Message menu' }).click();
  await page.getByRole('menuitem').first().waitFor();
  expect(await page.getByRole('menuitem').allInnerTexts()).toEqual([
    'Other emoji…',
    'Reply',
    'Copy text',
    'Pin message',
    'Delete',
  ]);
  await page.keyboard.press('Escape');

  await choose(page, 'where is the lamp?', 'Reply');
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await field.and(page.locator(':focus')).waitFor();
  await page.getByText(`Reply to ${bob.username}`).waitFor();
  await field.press('Escape');
  await page.getByText(`Reply to ${bob.username}`).waitFor({ state: 'detached' });
  await choose(page, 'where is the lamp?', 'Reply');
  await write(page, 'behind the trunk');
  await page.getByText(`Reply to ${bob.username}`).waitFor({ state: 'detached' });
  const reply = message(page, 'behind the trunk');
  await reply.getByText('Sent', { exact: true }).waitFor();
  await reply.getByRole('button', { name: `In reply to ${bob.username}: where is the lamp?` }).waitFor();
  expect(await newest()).toMatchObject({ text: 'behind the trunk', replyTo: { id } });
  await write(page, 'and no reply');
  await message(page, 'and no reply').getByText('Sent', { exact: true }).waitFor();
  expect(await newest()).not.toHaveProperty('replyTo');

  await say('this pushes it out');
  await page.reload();
  await reply.getByText('The original message was deleted.').waitFor();
});

it('leads from a quote to its original far up, and folds what a blocked user said', async () => {
  const { ada, bob, roomId, say } = await startRoom('kept');
  const { id } = await say('long ago');
  for (let number = 1; number <= 120; number += 1) await say(`message ${number}`);
  const { id: last } = await say('do you remember?', id);
  await ada.client.chat.markRead.mutate({ roomId, upTo: last });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByRole('button', { name: `In reply to ${bob.username}: long ago` }).click();
  await message(page, 'long ago').and(page.locator(':focus')).waitFor();

  await ada.client.users.block.mutate({ username: bob.username });
  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await page
    .getByRole('button', { name: `In reply to ${bob.username}: Message from a user you have` })
    .waitFor();
});

it('keeps what an unsent reply is about over a reload', async () => {
  const { ada, bob, roomId, say, newest } = await startRoom();
  const { id } = await say('anybody?');
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  expectComplaint(/net::ERR_FAILED/);
  await page.route(/chat\.sendMessage/, (route) => route.abort());
  await choose(page, 'anybody?', 'Reply');
  await write(page, 'me');
  const quote = message(page, /^.*me/).getByRole('button', { name: `In reply to ${bob.username}: anybody?` });
  await quote.waitFor();
  await page.getByText('Not sent yet.').waitFor();
  await page.unroute(/chat\.sendMessage/);
  await page.reload();
  await quote.waitFor();
  await expect.poll(newest).toMatchObject({ text: 'me', replyTo: { id, text: 'anybody?' } });
});
