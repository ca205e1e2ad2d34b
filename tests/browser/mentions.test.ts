import { expect, it } from 'vitest';
import { message, write } from './support/app.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

it('marks who is mentioned, and shows a mention in the list of rooms until it is read', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  await bob.client.chat.joinRoom.mutate({ name });
  const say = (text: string) => ada.client.chat.sendMessage.mutate({ roomId, text });
  const { page } = await bob.open('#/rooms');
  const link = (unread: string) => page.getByRole('link', { name: `${name}${unread}`, exact: true });
  await link('').waitFor();
  await say('for nobody');
  await link(' 1 unread message').waitFor();
  await say(`for @${bob.username}, **really**`);
  await link(' 2 unread messages, 1 mention').waitFor();
  await say('for @room and @nobody');
  await page.getByText('3 unread messages, 2 mentions').waitFor();

  await page.getByRole('link', { name }).click();
  const marks = (text: string) => message(page, text).locator('.mention').allTextContents();
  await message(page, 'and @nobody').waitFor();
  expect(await marks('for nobody')).toEqual([]);
  expect(await marks('really')).toEqual([`@${bob.username}`]);
  expect(await marks('and @nobody')).toEqual(['@room']);
  expect(await page.getByRole('article', { name: /mentions you$/ }).count()).toBe(2);
  await page.getByText('2 mentions').waitFor({ state: 'detached' });

  // One's own are marked, but are not for oneself; and a member cannot mention everyone.
  await write(page, `@${ada.username} and @room and @${bob.username}`);
  await message(page, 'and @room and').getByText('Sent').waitFor();
  expect(await marks('and @room and')).toEqual([`@${ada.username}`, `@${bob.username}`]);
  expect(await page.getByRole('article', { name: /mentions you$/ }).count()).toBe(2);
});
