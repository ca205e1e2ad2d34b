import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { logIn, message, write } from './support/app.ts';
import { narrow, visit, wide, withBrowser } from './support/browser.ts';
import { startBuilt } from './support/mirage.ts';

withBrowser();

async function expectAccessible(page: Page, screen: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
    );
  expect(serious, screen).toEqual([]);
}

it.each([
  ['wide and light', wide, 'light'],
  ['wide and dark', wide, 'dark'],
  ['narrow and light', narrow, 'light'],
  ['narrow and dark', narrow, 'dark'],
] as const)(
  'has no serious fault for readers with other senses, %s',
  async (_look, viewport, colorScheme) => {
    const { url, user } = await startBuilt();
    const ada = await user('ada');
    const bob = await user('bob');
    const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
    await bob.client.chat.createRoom.mutate({ name: 'garden' });
    await bob.client.chat.joinRoom.mutate({ name: 'attic' });
    await bob.client.chat.sendMessage.mutate({ roomId, text: 'look: https://example.org' });
    await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });

    const { page, expectComplaint } = await visit(url, { viewport, colorScheme });
    const check = (screen: string) => expectAccessible(page, screen);
    const go = (hash: string) => page.goto(`${url}/${hash}`);
    const closeDialog = async () => {
      await page.keyboard.press('Escape');
      await page
        .getByRole('dialog')
        .or(page.getByRole('menu'))
        .or(page.getByRole('alertdialog'))
        .waitFor({ state: 'detached' });
    };

    // Outside.
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await check('log in');
    expectComplaint(/status of 401 .*auth\.login/);
    await logIn(page, 'ada', 'wrong');
    await page.getByRole('alert').waitFor();
    await check('log in, refused');
    await page.getByRole('button', { name: 'Create account' }).click();
    await check('create account');
    await page.getByRole('button', { name: 'Log in' }).click();
    await logIn(page, 'ada');

    // Rooms.
    await page.getByRole('link', { name: /attic/ }).waitFor();
    await check('rooms');
    await page.getByRole('button', { name: 'Menu of ada' }).click();
    await page.getByRole('menu').waitFor();
    await check('menu');
    await closeDialog();
    await page.getByRole('button', { name: 'New room' }).click();
    await page.getByLabel('Whoever knows the password').check();
    await check('new room');
    await closeDialog();
    await page.getByRole('button', { name: 'Join by name' }).click();
    expectComplaint(/status of 404 .*chat\.joinRoom/);
    await page.getByLabel('Name of the room').fill('nowhere');
    await page.getByRole('button', { name: 'Join room' }).click();
    await page.getByRole('alert').waitFor();
    await check('join a room, refused');
    await closeDialog();
    await go('#/rooms/999');
    await page.getByText('You are not in this room').waitFor();
    await check('no room');
    await go(`#/rooms/${roomId}`);
    await message(page, 'look').waitFor();
    await write(page, 'I see');
    await message(page, 'I see').getByText('Sent').waitFor();
    expectComplaint(/net::ERR_FAILED/);
    await page.route(/trpc\/.*chat\.sendMessage/, (route) => route.abort());
    await write(page, 'lost');
    await message(page, 'lost').getByRole('button', { name: 'Discard' }).waitFor();
    await check('room');
    await page.getByRole('button', { name: 'Room menu' }).click();
    await page.getByRole('menuitem', { name: 'Leave room' }).waitFor();
    await check('room menu');
    await page.getByRole('menuitem', { name: 'Leave room' }).click();
    await page.getByRole('alertdialog').waitFor();
    await check('leave room');
    await closeDialog();
    if (viewport === narrow) {
      await page.getByRole('button', { name: /Members/ }).click();
      await page.getByRole('dialog', { name: 'Members' }).waitFor();
      await check('members');
      await closeDialog();
    }
    await page.getByRole('button', { name: 'Profile of bob' }).click();
    await page.getByRole('link', { name: 'Send a message' }).waitFor();
    await check('profile of another');
    await closeDialog();

    // Inbox.
    await go('#/inbox');
    await page.getByRole('link', { name: /bob.*psst/ }).waitFor();
    await check('inbox');
    await page.getByRole('button', { name: 'New message' }).click();
    await page.getByLabel('To (user name)').waitFor();
    await check('compose');
    await closeDialog();
    await go('#/inbox/bob');
    await message(page, 'psst').waitFor();
    await check('conversation');
    await message(page, 'psst').hover();
    await message(page, 'psst').getByRole('button', { name: 'Delete message' }).click();
    await page.getByRole('alertdialog').waitFor();
    await check('delete message');
    await closeDialog();
    await go('#/inbox/nobody');
    await page.getByText('No messages between you').waitFor();
    await check('empty conversation');

    // Settings, and the end.
    await go('#/settings');
    await page.getByLabel('About you').waitFor();
    await check('settings');
    await page.getByRole('button', { name: 'Log out everywhere' }).click();
    await page.getByRole('alertdialog', { name: 'Log out everywhere?' }).waitFor();
    await check('log out everywhere');
    await closeDialog();
    await page.getByRole('button', { name: 'Log out everywhere' }).and(page.locator(':focus')).waitFor();
    expectComplaint(/status of 401 .*auth\.me/);
    await ada.client.auth.changePassword.mutate({ newPassword: 'new' });
    await page.getByText('Your session has ended.').waitFor();
    await check('session ended');
  },
);
