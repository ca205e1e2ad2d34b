import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type Mirage, startMirage } from '../support/harness.ts';
import { choose, logIn, message } from './support/app.ts';
import { narrow, visit, wide } from './support/browser.ts';
import { takePicture } from './support/picture.ts';

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
mkdirSync(folder, { recursive: true });

/** A fixed time, so that pictures change only when the client does. */
const noonMs = Date.UTC(2026, 2, 12, 12, 0);

/** Sample conversations. */
async function settle({ user, clock }: Mirage) {
  const wait = (minutes: number) => clock.advance(minutes * 60_000);
  const ada = await user('ada');
  const grace = await user('grace');
  const linus = await user('linus');
  await ada.client.users.updateProfile.mutate({
    description:
      'Analytical engines, and the odd flight of fancy.\nhttps://en.wikipedia.org/wiki/Ada_Lovelace',
  });
  const { id: observatory } = await ada.client.chat.createRoom.mutate({ name: 'observatory' });
  await grace.client.chat.createRoom.mutate({ name: 'garden' });
  const { id: kitchen } = await ada.client.chat.createRoom.mutate({
    name: 'night kitchen',
    password: 'soup',
  });
  await linus.client.chat.createRoom.mutate({ name: 'workshop' });
  for (const { client } of [grace, linus]) await client.chat.joinRoom.mutate({ name: 'observatory' });
  await grace.client.chat.joinRoom.mutate({ name: 'night kitchen', password: 'soup' });
  await ada.client.chat.joinRoom.mutate({ name: 'garden' });

  const say = async (who: typeof ada, text: string, minutes = 1, roomId = observatory) => {
    await who.client.chat.sendMessage.mutate({ roomId, text });
    wait(minutes);
  };
  await say(grace, 'Good morning! Is the sky going to be clear tonight?', 2);
  await say(linus, 'The forecast says so. Seeing should be good from ten on.');
  await say(linus, 'I put the chart here: https://example.org/charts/2026-03-12', 3);
  await say(ada, 'Lovely. Then let us start with Jupiter, while it is high.');
  await say(ada, 'And bring the warm gloves this time.\nAll of you.', 2);
  await say(grace, 'That was once, and it was not even freezing.', 4);
  await say(linus, 'It was minus six, Grace.', 2);
  await say(grace, 'As I said.', 3);
  await say(ada, 'I shall bring a second pair then. See you at half past nine?');
  await say(grace, 'Soup is on the stove.', 1, kitchen);
  await say(grace, 'And bread.', 1, kitchen);

  const send = async (who: typeof ada, recipient: string, text: string, minutes = 2, replyTo?: number) => {
    const { id } = await who.client.inbox.sendMessage.mutate({
      recipient,
      text,
      ...(replyTo !== undefined && { replyTo }),
    });
    wait(minutes);
    return id;
  };
  const asked = await send(linus, 'ada', 'Could you look over my notes on the mount when you have a minute?');
  const offer = await send(ada, 'linus', 'With pleasure. This morning?', 2, asked);
  await ada.client.inbox.editMessage.mutate({ id: offer, text: 'With pleasure. This afternoon?' });
  await linus.client.inbox.react.mutate({ id: offer, emoji: '🙏' });
  const found = await send(linus, 'ada', 'Perfect, thank you. They are in the blue folder, second shelf.');
  await ada.client.inbox.react.mutate({ id: found, emoji: '👍' });
  await linus.client.inbox.react.mutate({ id: found, emoji: '👍' });
  await send(ada, 'grace', 'Did you find the lens cloth?');
  await send(grace, 'ada', 'In the pocket of my other coat, of course.');
  await ada.client.inbox.mute.mutate({ with: 'grace' });
  clock.advance(noonMs - clock());
  return { observatory };
}

async function open(mirage: Mirage, hash: string, dark: boolean, viewport = wide): Promise<Page> {
  const { page } = await visit(`${mirage.url}/`, { viewport, colorScheme: dark ? 'dark' : 'light' });
  await page.clock.setFixedTime(noonMs);
  await page.reload();
  await logIn(page, 'ada');
  await page.getByRole('button', { name: 'Menu of ada' }).waitFor();
  await page.goto(`${mirage.url}/${hash}`);
  return page;
}

const shoot = (page: Page, name: string) => takePicture(page, `${folder}${name}.png`);

it.each([
  ['light', false],
  ['dark', true],
])('shows the main screens in %s', async (look, dark) => {
  const mirage = await startMirage({}, noonMs - 40 * 60_000);
  const { observatory } = await settle(mirage);

  const stranger = await visit(mirage.url, { colorScheme: dark ? 'dark' : 'light' });
  await stranger.page.getByRole('button', { name: 'Log in' }).waitFor();
  await shoot(stranger.page, `log-in-${look}`);

  const room = await open(mirage, `#/rooms/${observatory}`, dark);
  await message(room, 'half past nine').waitFor();
  await room.getByText('3 members, 1 online').waitFor();
  await room.mouse.move(0, 0); // no message looks pointed at
  await shoot(room, `room-${look}`);

  await room.goto(`${mirage.url}/#/inbox/linus`);
  await message(room, 'second shelf').waitFor();
  await shoot(room, `inbox-${look}`);
  await message(room, 'second shelf').hover();
  await message(room, 'second shelf').getByRole('button', { name: 'Message menu' }).click();
  await room.getByRole('menuitem', { name: 'Reply' }).waitFor();
  await shoot(room, `message-menu-${look}`);
  await room.keyboard.press('Escape');
  await room.getByRole('searchbox').fill('the');
  await room.locator('mark').first().waitFor();
  await shoot(room, `search-${look}`);

  await room.goto(`${mirage.url}/#/settings`);
  await room.getByLabel('About you').waitFor();
  await shoot(room, `settings-${look}`);

  const phone = await open(mirage, `#/rooms/${observatory}`, dark, narrow);
  await message(phone, 'half past nine').waitFor();
  await phone.getByText(/3 members, . online/).waitFor();
  await shoot(phone, `phone-room-${look}`);
  await phone.goto(`${mirage.url}/#/inbox/linus`);
  await choose(phone, 'second shelf', 'Reply');
  await phone.getByText('Reply to linus').waitFor();
  await shoot(phone, `phone-inbox-${look}`);
  await phone.goto(`${mirage.url}/#/inbox`);
  await phone.mouse.move(0, 0); // no hit looks pointed at
  await phone.getByRole('searchbox').fill('the');
  await phone.locator('mark').first().waitFor();
  await shoot(phone, `phone-search-${look}`);
  await phone.goto(`${mirage.url}/#/rooms`);
  await phone.getByRole('link', { name: /garden/ }).waitFor();
  await shoot(phone, `phone-rooms-${look}`);
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(narrow.width);
});
