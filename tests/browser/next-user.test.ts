import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { logIn, message, write } from './support/app.ts';
import { startServer } from './support/mirage.ts';
import { enableNotifications, recordNotifications } from './support/notifications.ts';

async function startWithTwo() {
  const mirage = await startServer();
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  await bob.client.chat.joinRoom.mutate({ name: 'attic' });
  return { ...mirage, ada, bob, roomId };
}

async function logOut(page: Page, username: string): Promise<void> {
  await page.getByRole('button', { name: `Menu of ${username}` }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
}

it('shows nothing of one user to the next', async () => {
  const { ada, bob, roomId } = await startWithTwo();
  const { page } = await ada.open('#/inbox/bob');
  await expect
    .poll(async () => {
      await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'between us' });
      return page.getByTestId('announcer').textContent();
    })
    .toBe('bob: between us');
  await message(page, 'between us').first().waitFor();
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'in the attic' });
  await expect.poll(() => page.title()).toBe('(1) Mirage');
  await logOut(page, 'ada');
  expect(await page.title()).toBe('Mirage');
  expect(new URL(page.url()).hash).toBe('#/rooms');
  expect(await page.locator('body').textContent()).not.toMatch(/between us|bob/);
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toMatch(/bob|between us/);
});

it('sends no queued message as the next user', async () => {
  const { ada, roomId } = await startWithTwo();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  let isHeld = true;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked: string[] = [];
  await page.route(/trpc\/.*chat\.sendMessage/, async (route) => {
    asked.push(route.request().postData() ?? '');
    if (isHeld) await held;
    await route.continue().catch(() => {}); // aborted in the meantime
  });
  await write(page, 'first');
  await write(page, 'second');
  await message(page, 'second').waitFor();
  await logOut(page, 'ada');
  await logIn(page, 'bob');
  await page.getByRole('button', { name: 'Menu of bob' }).waitFor();
  isHeld = false;
  release();
  await page.getByRole('link', { name: /attic/ }).click();
  await write(page, 'mine');
  await message(page, 'mine').getByText('Sent').waitFor();
  expect(asked.filter((body) => body.includes('second'))).toEqual([]);
  expect((await ada.client.chat.listMessages.query({ roomId })).map(({ text }) => text)).toEqual(['mine']);
});

it.each([
  ['a room', 'chat.markRead', '#/rooms/1'],
  ['a conversation', 'inbox.markRead', '#/inbox/bob'],
])('logs out after a mark of %s has been saved', async (_, procedure, hash) => {
  const { ada, bob, roomId, url } = await startWithTwo();
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });
  const { page } = await ada.open('#/settings');
  await page.getByLabel('About you').waitFor();
  const order: string[] = [];
  const note = (url: string) => /auth\.logout|\w+\.markRead/.exec(url)?.[0] ?? '';
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(new RegExp(procedure.replace('.', '\\.')), async (route) => {
    await held;
    await route.continue();
  });
  page.on('requestfinished', (request) => void order.push(note(request.url())));
  const marking = page.waitForRequest(new RegExp(procedure.replace('.', '\\.')));
  await page.goto(`${url}/${hash}`);
  await marking;
  await page.getByRole('button', { name: 'Menu of ada' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.waitForFunction(() => !document.querySelector('[role=menu]'));
  release();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  const both = order.filter((name) => name === procedure || name === 'auth.logout');
  expect(both.slice(-2)).toEqual([procedure, 'auth.logout']);
});

it('closes desktop notifications at logout', async () => {
  const { ada, bob } = await startWithTwo();
  const { page } = await ada.open('', { permissions: ['notifications'] });
  await page.getByRole('link', { name: /attic/ }).waitFor();
  await enableNotifications(page);
  const { open } = await recordNotifications(page);
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });
  await expect.poll(open).toEqual(['bob: psst']);
  await logOut(page, 'ada');
  expect(await open()).toEqual([]);
});

it('does not show where the last user was, though the page was reloaded in between', async () => {
  const { ada, bob, url } = await startWithTwo();
  const { page, expectComplaint } = await ada.open('#/inbox/bob');
  await page.getByRole('heading', { name: 'bob', level: 1 }).waitFor();
  expectComplaint(/status of 401 /);
  await ada.client.auth.logoutEverywhere.mutate();
  await page.getByText('Your session has ended.').waitFor();
  await page.reload();
  await logIn(page, 'bob');
  await page.getByRole('button', { name: 'Menu of bob' }).waitFor();
  expect(page.url()).toBe(`${url}/#/rooms`);
  expect((await bob.client.inbox.countMessages.query()).total).toBe(0);
});

it('logs out when the session has already ended', async () => {
  const { ada } = await startWithTwo();
  const { page, expectComplaint } = await ada.open();
  await page.getByRole('link', { name: /attic/ }).waitFor();
  expectComplaint(/status of 401 /);
  await page.route(/auth\.logout/, async (route) => {
    await ada.client.auth.logoutEverywhere.mutate();
    await route.continue();
  });
  await logOut(page, 'ada');
  await logIn(page, 'bob');
  await page.getByRole('button', { name: 'Menu of bob' }).waitFor();
});
