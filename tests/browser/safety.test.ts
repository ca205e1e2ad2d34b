import { expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { message, write } from './support/app.ts';
import { withBrowser } from './support/browser.ts';
import { startServer } from './support/mirage.ts';

withBrowser();

it('keeps the token out of reach of scripts', async () => {
  const { url, user } = await startServer();
  const ada = await user('ada');
  const { page } = await ada.open();
  await page.getByText('You have not joined any rooms').waitFor();

  const [cookie] = await page.context().cookies(`${url}/trpc`);
  expect(cookie).toMatchObject({ name: 'mirage_session', httpOnly: true, sameSite: 'Strict', path: '/trpc' });
  const token = cookie?.value ?? '';
  expect(await createMirageClient({ url, token }).auth.me.query()).toMatchObject({ username: 'ada' });
  const readable = await page.evaluate(async () => {
    const names = await indexedDB.databases();
    return JSON.stringify([
      document.cookie,
      { ...localStorage },
      { ...sessionStorage },
      names,
      location.href,
    ]);
  });
  expect(readable).toContain('ada');
  expect(readable).not.toContain(token);
});

it('shows text literally, never as HTML', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const bob = await user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: '<b>attic</b>' });
  await bob.client.chat.joinRoom.mutate({ name: '<b>attic</b>' });
  const { page } = await ada.open(`#/rooms/${roomId}`);

  const nasty = '<img src=x onerror="document.title=1"><script>document.title=2</script>\n  second line';
  await bob.client.chat.sendMessage.mutate({ roomId, text: nasty });
  const text = message(page, 'second line').getByRole('paragraph').last();
  expect(await text.textContent()).toBe(nasty);
  const oneLine =
    (await text.evaluate((element) => Number.parseFloat(getComputedStyle(element).lineHeight))) * 1.5;
  expect((await text.boundingBox())?.height).toBeGreaterThan(oneLine);
  expect(await page.locator('main img, main script, main b').count()).toBe(0);
  expect(await page.title()).toBe('Mirage');
  await page.getByRole('heading', { name: '<b>attic</b>' }).waitFor();

  const links =
    'see https://example.org/a_(b)?c=1#d, (http://example.org/e). javascript:alert(1) https:// data:text/html,x https://"><b>x';
  await write(page, links);
  await message(page, 'see https').getByText('Sent').waitFor();
  const anchors = message(page, 'see https').getByRole('link');
  expect(
    await anchors.evaluateAll((all) =>
      all.map((a) => [a.getAttribute('href'), a.getAttribute('rel'), a.getAttribute('target')]),
    ),
  ).toEqual([
    ['https://example.org/a_(b)?c=1#d', 'noopener noreferrer nofollow', '_blank'],
    ['http://example.org/e', 'noopener noreferrer nofollow', '_blank'],
  ]);
  expect(await message(page, 'see https').getByRole('paragraph').last().textContent()).toBe(links);
});

it('loads pictures over https only, and shows an initial otherwise', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const bob = await user('bob');
  await bob.client.users.updateProfile.mutate({ avatarUrl: 'http://127.0.0.1:1/me.png' });
  await ada.client.chat.createRoom.mutate({ name: 'attic' });
  const { id: roomId } = await bob.client.chat.joinRoom.mutate({ name: 'attic' });
  const dot = 'https://pictures.example/ada.png';
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  await ada.client.users.updateProfile.mutate({ avatarUrl: dot });
  const { page } = await ada.open('#/settings');
  await page
    .context()
    .route(dot, (route) => route.fulfill({ contentType: 'image/png', body: Buffer.from(png, 'base64') }));
  await page.goto(`${page.url().split('#')[0]}?again#/rooms/${roomId}`);
  await page.getByText('2 members, 1 online').waitFor();
  await expect.poll(() => page.locator('aside img').count()).toBe(1);
  expect(await page.locator('aside img').getAttribute('src')).toBe(dot);
  expect(
    await page
      .locator('aside img')
      .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
  ).toBe(1);
});
