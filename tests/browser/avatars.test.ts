import sharp from 'sharp';
import { expect, it } from 'vitest';
import { startServer } from './support/mirage.ts';

it('uploads a picture of the user, shows it to others, and removes it', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const bob = await user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  await bob.client.chat.joinRoom.mutate({ name: 'attic' });
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  const { page, expectComplaint } = await ada.open('#/settings');
  const profile = page.getByRole('region', { name: 'Profile' });
  const picture = profile.locator('.avatar img');
  const choose = async (name: string, buffer: Buffer) => {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      profile.getByRole('button', { name: 'Choose a picture' }).click(),
    ]);
    await chooser.setFiles({ name, mimeType: 'image/jpeg', buffer });
  };

  // The address of a picture is asked for only where such pictures are shown.
  await profile.getByLabel('About you').fill('Engines.');
  expect(await profile.getByLabel(/^Address of a picture/).count()).toBe(0);
  expectComplaint(/status of 415 .*users\.setAvatar/);
  await choose('notes.jpg', Buffer.from('no picture'));
  await profile.getByRole('alert').getByText('This picture could not be read.').waitFor();
  expect(await picture.count()).toBe(0);

  const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#2a6f97' } })
    .jpeg()
    .toBuffer();
  await choose('me.jpg', photo);
  await picture.waitFor();
  expect(
    await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
  ).toBe(256);
  expect(await profile.getByRole('alert').count()).toBe(0);
  await page.getByTestId('announcer').getByText('Your picture has been changed.').waitFor();
  // What else has been entered is neither lost nor saved by this.
  await profile.getByRole('button', { name: 'Save' }).click();
  await profile.getByText('Saved.').waitFor();
  const { avatarUrl } = await ada.client.auth.me.query();
  expect(avatarUrl).toMatch(/^\/files\/avatars\//);
  expect(await ada.client.auth.me.query()).toMatchObject({ description: 'Engines.' });

  const bobs = await bob.open(`#/rooms/${roomId}`);
  const shown = bobs.page.locator('aside .avatar img');
  await shown.waitFor();
  expect(await shown.getAttribute('src')).toBe(avatarUrl);

  await profile.getByRole('button', { name: 'Remove picture' }).click();
  await picture.waitFor({ state: 'detached' });
  const focused = profile.locator('button:focus');
  await expect.poll(() => focused.textContent()).toBe('Choose a picture');
  await page.getByTestId('announcer').getByText('Your picture has been removed.').waitFor();
  expect(await ada.client.auth.me.query()).toMatchObject({ avatarUrl: null });
});
