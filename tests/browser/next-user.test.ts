import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { logIn, message, write } from './support/app.ts';
import { withBrowser } from './support/browser.ts';
import { startBuilt } from './support/mirage.ts';

withBrowser();

async function startWithTwo() {
  const mirage = await startBuilt();
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  await bob.client.chat.joinRoom.mutate({ name: 'attic' });
  return { ...mirage, ada, bob, roomId };
}

async function logOut(page: Page, username: string): Promise<void> {
  await page.getByRole('button', { name: `Menu of ${username}` }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
}

it('leaves nothing of one user to the next', async () => {
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

it('sends nothing in the name of the next user', async () => {
  const { ada, roomId } = await startWithTwo();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('Nothing said yet').waitFor();
  let isHeld = true;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked: string[] = [];
  await page.route(/trpc\/.*chat\.sendMessage/, async (route) => {
    asked.push(route.request().postData() ?? '');
    if (isHeld) await held;
    await route.continue().catch(() => {}); // given up meanwhile
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

it('takes away its notes on the desktop', async () => {
  const { ada, bob, url } = await startWithTwo();
  const { page } = await ada.open('', { permissions: ['notifications'] });
  await page.getByRole('link', { name: /attic/ }).waitFor();
  await page.addInitScript(() => {
    const open = new Set<string>();
    class Noted extends EventTarget {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      readonly title: string;
      constructor(title: string) {
        super();
        this.title = title;
        open.add(title);
      }
      close() {
        open.delete(this.title);
      }
    }
    Object.assign(globalThis, { Notification: Noted, open });
    localStorage.setItem('mirage.notify', 'on');
  });
  await page.goto(`${url}/?again#/rooms`);
  const open = () => page.evaluate(() => [...(globalThis as unknown as { open: Set<string> }).open]); // safe: see above
  await page.getByRole('link', { name: /attic/ }).waitFor();
  await expect
    .poll(async () => {
      await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });
      return open();
    })
    .toEqual(['bob']);
  await logOut(page, 'ada');
  expect(await open()).toEqual([]);
});

it('is logged out when the session has ended before', async () => {
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
