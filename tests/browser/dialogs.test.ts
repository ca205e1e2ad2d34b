import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { dialogsClosed, message } from './support/app.ts';
import { narrow } from './support/browser.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

const dialog = (page: Page) => page.getByRole('dialog');
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    return element instanceof HTMLInputElement ? (element.labels?.[0]?.innerText ?? '') : element?.role;
  });

it('focuses the first field of a dialog, and submits it with Enter', async () => {
  const ada = await mirage.user('ada');
  const { page } = await ada.open();
  const name = mirage.roomName('attic');
  await page.getByRole('button', { name: 'New room' }).click();
  await dialog(page).waitFor();
  expect(await focused(page)).toBe('Name');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name, level: 1 }).waitFor();

  await page.getByRole('button', { name: 'Join by name' }).click();
  await dialog(page).waitFor();
  expect(await focused(page)).toBe('Room name');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await dialog(page).waitFor({ state: 'detached' });

  const bob = await mirage.user('bob');
  await page.getByRole('link', { name: 'Inbox' }).click();
  await page.getByRole('button', { name: 'New message' }).click();
  await dialog(page).waitFor();
  expect(await focused(page)).toBe('To (user name)');
  await page.keyboard.type(bob.username);
  await page.keyboard.press('Tab');
  await page.keyboard.type('hello');
  await page.keyboard.press('Enter');
  await message(page, 'hello').getByText('Sent').waitFor();
  await page.getByRole('heading', { name: bob.username, level: 1 }).waitFor();
});

it('does not close a dialog without fields on Enter', async () => {
  const ada = await mirage.user('ada');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByRole('button', { name: `${ada.username}, online` }).click();
  await dialog(page).getByText('No description.').waitFor();
  await page.keyboard.press('Enter');
  expect(await dialog(page).count()).toBe(1);
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
});

it('closes the dialog on top with Back, and changes no page', async () => {
  const ada = await mirage.user('ada');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  const { page } = await ada.open('#/rooms', { viewport: narrow });
  await page.getByRole('link', { name }).click();
  await page.getByRole('button', { name: /Members/ }).click();
  await page.getByRole('button', { name: `${ada.username}, online` }).click();
  await dialog(page).getByText('No description.').waitFor();
  await page.goBack();
  await dialog(page).getByText('No description.').waitFor({ state: 'detached' });
  expect(await page.getByRole('dialog', { name: 'Members' }).count()).toBe(1);
  await page.goBack();
  await dialog(page).waitFor({ state: 'detached' });
  expect(new URL(page.url()).hash).toBe(`#/rooms/${roomId}`);

  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Leave room' }).click();
  await page.getByRole('alertdialog').waitFor();
  await page.goBack();
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  expect(new URL(page.url()).hash).toBe(`#/rooms/${roomId}`);

  // A dialog that was closed otherwise leaves no entry behind.
  await page.getByRole('button', { name: /Members/ }).click();
  await page.getByRole('button', { name: 'Close' }).click();
  await dialogsClosed(page);
  await page.goBack();
  await page.getByRole('button', { name: 'New room' }).waitFor();
});

it('goes Back from a page opened in a dialog to the page below it', async () => {
  const ada = await mirage.user('ada');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByRole('button', { name: `${ada.username}, online` }).click();
  await page.getByRole('link', { name: 'Send a message' }).click();
  await page.getByRole('heading', { name: ada.username, level: 1 }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  expect(await dialog(page).count()).toBe(0);
});

it('shows the time of each message of a group', async () => {
  const ada = await mirage.user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: mirage.roomName('attic') });
  for (const text of ['first', 'second']) await ada.client.chat.sendMessage.mutate({ roomId, text });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  const time = message(page, 'second').getByRole('time');
  await message(page, 'second').hover();
  await expect
    .poll(() => time.evaluate((element) => getComputedStyle(element.parentElement ?? element).opacity))
    .toBe('1');
  expect(await time.innerText()).toMatch(/^\d\d:\d\d$/);
});

it('leaves a deleted room although the event arrives before the answer', async () => {
  const ada = await mirage.user('ada');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  // The answer comes while the browser goes back to the entry before the dialog's.
  await page.evaluate(() => {
    const back = history.back.bind(history);
    history.back = () => {
      history.replaceState({ ...history.state, isGoingBack: true }, '');
      setTimeout(() => {
        addEventListener('popstate', () => document.body.setAttribute('data-went-back', ''), { once: true });
        back();
      }, 300);
    };
  });
  await page.route('**/trpc/chat.deleteRoom*', async (route) => {
    const response = await route.fetch();
    await page.waitForFunction(() => history.state?.isGoingBack);
    await route.fulfill({ response });
  });
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Delete room' }).click();
  await page.getByRole('button', { name: 'Delete room' }).click();
  await page.locator('[data-went-back]').waitFor();
  await page.getByText('Choose a room').waitFor();
  expect(new URL(page.url()).hash).toBe('#/rooms');
});
