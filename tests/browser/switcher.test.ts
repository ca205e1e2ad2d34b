import { expect, it } from 'vitest';
import { expectAccessible } from './support/accessibility.ts';
import { dialogsClosed } from './support/app.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

it('goes to rooms and people by some letters of their names, with the keyboard alone', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('Björn');
  const cleo = await mirage.user('cleo');
  await bob.client.inbox.sendMessage.mutate({ recipient: ada.username, text: 'psst' });
  const [kitchen, secret, garden] = ['big kitchen', 'secret', 'garden'].map(mirage.roomName);
  const { id: kitchenId } = await ada.client.chat.createRoom.mutate({ name: kitchen ?? '' });
  await ada.client.chat.createRoom.mutate({ name: secret ?? '', password: 'hush' });
  const { id: gardenId } = await bob.client.chat.createRoom.mutate({ name: garden ?? '' });
  const { page } = await ada.open('#/settings');
  const field = page.getByRole('combobox', { name: 'Name' });
  const options = page.getByRole('option');
  const go = async (typed: string) => {
    await dialogsClosed(page); // while one is open, the key does nothing
    await page.keyboard.press('Control+k');
    await field.and(page.locator(':focus')).waitFor();
    await page.keyboard.type(typed);
  };
  const heading = (name: string | undefined) => page.getByRole('heading', { level: 1, name: name ?? '' });
  await page.getByLabel('About you').waitFor();

  await go('kitch'); // the beginning of a word
  await options
    .filter({ hasText: kitchen ?? '' })
    .and(page.locator('[aria-selected=true]'))
    .waitFor();
  await expectAccessible(page, 'switcher');
  await page.keyboard.press('Enter');
  await heading(kitchen).waitFor();
  expect(page.url()).toContain(`#/rooms/${kitchenId}`);

  await go('');
  await options.nth(1).waitFor();
  expect(await options.count()).toBe(3); // the own rooms and conversations
  await page.keyboard.press('ArrowUp'); // from the first to the last
  await options.nth(2).and(page.locator('[aria-selected=true]')).waitFor();
  await page.keyboard.press('Escape');
  await dialogsClosed(page);

  await go('bjor'); // without its mark
  await options.filter({ hasText: bob.username }).waitFor();
  await page.keyboard.press('Enter');
  await heading(bob.username).waitFor();

  await go(cleo.username); // nobody whom the user has talked to
  await options.filter({ hasText: cleo.username }).waitFor();
  await page.keyboard.press('Enter');
  await heading(cleo.username).waitFor();

  await go(garden ?? ''); // a public room, which is joined
  await options.filter({ hasText: 'not joined yet' }).waitFor();
  await page.keyboard.press('Enter');
  await heading(garden).waitFor();
  expect(page.url()).toContain(`#/rooms/${gardenId}`);

  await go('nobody has this name');
  await page.getByText('Nothing found.').waitFor();
  await page.keyboard.press('Enter'); // nowhere
  await page.keyboard.press('Escape');
  await dialogsClosed(page);
  await heading(garden).waitFor();
});

it('puts what is unread first, and is opened and used with the mouse', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const [quiet, busy] = ['quiet', 'zebra'].map(mirage.roomName);
  await ada.client.chat.createRoom.mutate({ name: quiet ?? '' });
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: busy ?? '' });
  await bob.client.chat.joinRoom.mutate({ name: busy ?? '' });
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  const { page } = await ada.open();
  await page.getByRole('link', { name: /zebra.*1 unread message/ }).waitFor();
  await page.getByRole('button', { name: 'Go to a room or person' }).click();
  const first = page.getByRole('option').first();
  await first.getByText('1 unread message').waitFor();
  await first.click();
  await page.getByRole('heading', { level: 1, name: busy ?? '' }).waitFor();
  await dialogsClosed(page);
});

it('explains the keys', async () => {
  const ada = await mirage.user('ada');
  const { page } = await ada.open();
  await page.getByRole('button', { name: `Menu of ${ada.username}` }).click();
  await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).click();
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Ctrl+K').waitFor();
  await expectAccessible(page, 'keyboard shortcuts');
});
