import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type Mirage, startMirage } from '../support/harness.ts';
import { logIn, message } from './support/app.ts';
import { narrow, visit, wide, withBrowser } from './support/browser.ts';
import { takePicture } from './support/picture.ts';

withBrowser();

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
mkdirSync(folder, { recursive: true });

/** A fixed moment, so that the pictures change with the client alone. */
const noonMs = Date.UTC(2026, 2, 12, 12, 0);

/** A little life: what ada and her colleagues may have written one morning. */
async function settle({ user, clock }: Mirage) {
  clock.advance(noonMs - 40 * 60_000 - clock());
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

  const send = async (who: typeof ada, recipient: string, text: string, minutes = 2) => {
    await who.client.inbox.sendMessage.mutate({ recipient, text });
    wait(minutes);
  };
  await send(linus, 'ada', 'Could you look over my notes on the mount when you have a minute?');
  await send(ada, 'linus', 'With pleasure. This afternoon?');
  await send(linus, 'ada', 'Perfect, thank you. They are in the blue folder, second shelf.');
  await send(ada, 'grace', 'Did you find the lens cloth?');
  await send(grace, 'ada', 'In the pocket of my other coat, of course.');
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
  const mirage = await startMirage();
  const { observatory } = await settle(mirage);

  const stranger = await visit(mirage.url, { colorScheme: dark ? 'dark' : 'light' });
  await stranger.page.getByRole('button', { name: 'Log in' }).waitFor();
  await shoot(stranger.page, `log-in-${look}`);

  const room = await open(mirage, `#/rooms/${observatory}`, dark);
  await message(room, 'half past nine').waitFor();
  await room.getByText('3 members, 1 online').waitFor();
  await shoot(room, `room-${look}`);

  await room.goto(`${mirage.url}/#/inbox/linus`);
  await message(room, 'second shelf').waitFor();
  await shoot(room, `inbox-${look}`);

  await room.goto(`${mirage.url}/#/settings`);
  await room.getByLabel('About you').waitFor();
  await shoot(room, `settings-${look}`);

  const phone = await open(mirage, `#/rooms/${observatory}`, dark, narrow);
  await message(phone, 'half past nine').waitFor();
  await shoot(phone, `phone-room-${look}`);
  await phone.goto(`${mirage.url}/#/rooms`);
  await phone.getByRole('link', { name: /garden/ }).waitFor();
  await shoot(phone, `phone-rooms-${look}`);
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(narrow.width);
});
