import { expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { message, write } from './support/app.ts';
import { startServer } from './support/mirage.ts';

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
  await expect.poll(() => page.title()).toBe('Mirage'); // it has been read
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

it.each(['on', 'off'])(
  'loads avatars of other servers over https if EXTERNAL_AVATARS is %s, and shows initials otherwise',
  async (setting) => {
    const { user } = await startServer({ EXTERNAL_AVATARS: setting });
    const ada = await user('ada');
    const bob = await user('bob');
    await bob.client.users.updateProfile.mutate({ avatarUrl: 'http://127.0.0.1:1/me.png' });
    await ada.client.chat.createRoom.mutate({ name: 'attic' });
    const { id: roomId } = await bob.client.chat.joinRoom.mutate({ name: 'attic' });
    const dot = 'https://pictures.example/ada.png';
    const png =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await ada.client.users.updateProfile.mutate({ avatarUrl: dot });
    const { page, expectComplaint } = await ada.open('#/settings');
    const loaded: string[] = [];
    await page.context().route(/^https?:\/\/(pictures\.example|127\.0\.0\.1:1)\//, (route) => {
      loaded.push(route.request().url());
      return route.fulfill({ contentType: 'image/png', body: Buffer.from(png, 'base64') });
    });
    const told = page.waitForResponse(/server\.info/);
    await page.goto(`${page.url().split('#')[0]}?again#/rooms/${roomId}`);
    await (await told).finished();
    await page.getByText('2 members, 1 online').waitFor();
    const avatars = page.locator('aside .avatar');
    await expect.poll(() => avatars.count()).toBe(2);
    const images = avatars.locator('img');
    if (setting === 'off') {
      await expect.poll(() => avatars.allTextContents()).toEqual(['A', 'B']);
      // Whatever puts a picture into the page.
      expectComplaint(/Content Security Policy/);
      await page.evaluate(
        (src) =>
          new Promise((failed) => Object.assign(new Image(), { onerror: failed, src })).then(() => undefined),
        dot,
      );
      expect([await images.count(), loaded]).toEqual([0, []]);
      return;
    }
    await expect.poll(() => images.count()).toBe(1);
    expect(await images.getAttribute('src')).toBe(dot);
    expect(
      await images.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBe(1);
    expect(loaded).toEqual([dot]);
  },
);
