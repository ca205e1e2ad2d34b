import { expect, it } from 'vitest';
import { message } from './support/app.ts';
import { startServer } from './support/mirage.ts';

it('prints the whole conversation that is loaded, and nothing else, in dark colors too', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  for (let sent = 1; sent <= 90; sent += 1)
    await ada.client.chat.sendMessage.mutate({ roomId, text: `message ${sent} of 90` });
  const { page } = await ada.open(`#/rooms/${roomId}`, { colorScheme: 'dark' });
  await message(page, 'message 90 of').waitFor();
  expect(await message(page, 'message 1 of').count()).toBe(0); // out of sight

  // As printing does it, in this order.
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByTestId('messages').getByRole('article').count()).toBe(90);
  const tops = await page
    .getByTestId('messages')
    .getByRole('article')
    .evaluateAll((articles) => articles.map((article) => article.getBoundingClientRect().top));
  expect(tops).toEqual(tops.toSorted((a, b) => a - b));
  expect(new Set(tops).size).toBe(90);
  await expect(page.evaluate(() => document.documentElement.scrollHeight > 2 * innerHeight)).resolves.toBe(
    true,
  );
  expect(await page.getByRole('heading', { level: 1, name: 'attic' }).isVisible()).toBe(true);
  for (const hidden of [
    page.getByRole('link', { name: 'Inbox' }),
    page.getByRole('textbox', { name: /^Message to/ }),
    page.getByRole('button', { name: 'Message menu' }).first(),
    page.getByRole('complementary'),
  ])
    expect(await hidden.isVisible()).toBe(false);
  const ink = await page.evaluate(() => getComputedStyle(document.body).color);
  expect(ink).toBe('rgb(37, 33, 27)');
});

it('leaves the reader where she was', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  for (let sent = 1; sent <= 90; sent += 1)
    await ada.client.chat.sendMessage.mutate({ roomId, text: `message ${sent} of 90` });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, 'message 90 of').waitFor();
  const pdf = await page.pdf();
  expect(pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(2);
  await expect.poll(() => message(page, 'message 1 of').count()).toBe(0);
  await message(page, 'message 90 of').waitFor();
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'and another' });
  await message(page, 'and another').waitFor();
});

it('shows who is online, and what is open, without colors', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const bob = await user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  await bob.client.chat.joinRoom.mutate({ name: 'attic' });
  const { page } = await ada.open(`#/rooms/${roomId}`, { forcedColors: 'active' });
  await page.getByRole('button', { name: 'bob, offline' }).waitFor();
  const dotOf = (name: string) =>
    page.getByRole('button', { name }).evaluate((button) => {
      const presence = button.querySelector('.presence');
      const { backgroundColor, boxShadow } = getComputedStyle(presence ?? button, '::after');
      return { backgroundColor, isRing: boxShadow !== 'none' };
    });
  const online = await dotOf('ada, online');
  const offline = await dotOf('bob, offline');
  expect(offline.isRing).toBe(true);
  expect(online.backgroundColor).not.toBe(offline.backgroundColor);
  const outlineOf = (name: string) =>
    page
      .getByRole('link', { name })
      .evaluate((link) => [getComputedStyle(link).outlineStyle, getComputedStyle(link).outlineWidth]);
  expect(await outlineOf('Rooms')).toEqual(['solid', '2px']);
  expect(await outlineOf('attic')).toEqual(['solid', '2px']);
  expect(await outlineOf('Inbox')).toEqual(['none', expect.any(String)]);
});
