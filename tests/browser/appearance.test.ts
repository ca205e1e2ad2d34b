import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { message } from './support/app.ts';
import { visit } from './support/browser.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

it('does not claim to know a first-time visitor', async () => {
  const { page } = await visit(mirage.url);
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(await page.getByText(/welcome back/i).count()).toBe(0);
});

it('moves nothing when the connection banner appears', async () => {
  const ada = await mirage.user('ada');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  const network = await startProxy(mirage.url);
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`, { at: network.url });
  await page.getByText('No messages yet').waitFor();
  const boxes = () =>
    Promise.all(
      [
        page.getByRole('heading', { name, level: 1 }),
        page.getByRole('textbox'),
        page.getByText('Your rooms'),
      ].map((element) => element.boundingBox()),
    );
  const before = await boxes();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  const banner = page.getByText('Connection lost');
  await banner.waitFor();
  expect(await boxes()).toEqual(before);
  const title = await page.getByRole('heading', { name, level: 1 }).boundingBox();
  expect((await banner.boundingBox())?.y).toBeGreaterThanOrEqual((title?.y ?? 0) + (title?.height ?? 0));
});

it('loads its font from the server itself, and nothing from anywhere else', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  await bob.client.inbox.sendMessage.mutate({ recipient: ada.username, text: 'hello' });
  const { page } = await ada.open('#/settings');
  const origins = new Set<string>();
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  await page.goto(`${mirage.url}/?again#/inbox/${bob.username}`);
  await message(page, 'hello').waitFor();
  await page.evaluate(() => document.fonts.ready);
  const loaded = await page.evaluate(() =>
    [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family),
  );
  expect(new Set(loaded)).toEqual(new Set(['Inter Variable']));
  expect([...origins]).toEqual([mirage.url]);
});

it.each(['with', 'without'])('fits the buttons of the sidebar %s its font', async (how) => {
  const ada = await mirage.user('ada');
  const { page, expectComplaint } = await ada.open('#/settings');
  if (how === 'without') {
    expectComplaint(/net::ERR_FAILED .*woff2/);
    await page.route('**/*.woff2', (route) => route.abort());
    await page.addInitScript(() => {
      // The widest font that a system may have in its place.
      document.addEventListener('DOMContentLoaded', () => {
        document.documentElement.style.setProperty('--font', '"DejaVu Sans", Verdana, monospace');
      });
    });
  }
  await page.goto(`${mirage.url}/?again#/rooms`);
  await page.getByRole('button', { name: 'Join by name' }).waitFor();
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  for (const name of ['New room', 'Join by name']) {
    const overflow = await page
      .getByRole('button', { name })
      .evaluate((button) => button.scrollWidth - button.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const box = await page.getByRole('button', { name }).boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(312 - 16);
  }
});
