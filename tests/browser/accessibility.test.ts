import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { choose, dialogsClosed, logIn, message, write } from './support/app.ts';
import { narrow, visit, wide, withBrowser } from './support/browser.ts';
import { startServer } from './support/mirage.ts';

withBrowser();

/** In light colors, and what depends on colors in dark ones as well. */
async function expectAccessible(page: Page, screen: string): Promise<void> {
  await expectNoneSerious(createAxe(page), `${screen}, light`);
  await showColors(page, 'dark');
  const ofColors = createAxe(page).withRules(['color-contrast', 'link-in-text-block']);
  await expectNoneSerious(ofColors, `${screen}, dark`);
  await showColors(page, 'light');
}

/** Legacy mode only lacks frames of other origins, of which there are none; it needs no second page for each result. */
const createAxe = (page: Page) =>
  new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });

async function expectNoneSerious(builder: AxeBuilder, look: string): Promise<void> {
  const { violations } = await builder.analyze();
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
    );
  expect(serious, look).toEqual([]);
}

/** Resolves once they no longer change. */
async function showColors(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(async () => {
    const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(transitions.map(({ finished }) => finished));
  });
}

it.each([
  ['wide', wide],
  ['narrow', narrow],
] as const)('has no serious accessibility violation, %s', async (_look, viewport) => {
  const { url, user } = await startServer();
  const ada = await user('ada');
  const bob = await user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic', history: 'kept' });
  await bob.client.chat.createRoom.mutate({ name: 'garden' });
  await bob.client.chat.joinRoom.mutate({ name: 'attic' });
  const code = `\`\`\`js\nlook(${'"here", '.repeat(20)})\n\`\`\``;
  const formatted = `look: https://example.org **and** [this](https://example.org)\n> \`a\`\n\n1. b\n- c\n${code}`;
  const pinned = await bob.client.chat.sendMessage.mutate({ roomId, text: `@ada ${formatted}` });
  await ada.client.chat.pinMessage.mutate({ roomId, id: pinned.id });
  const cleo = await user('cleo');
  await ada.client.chat.removeMember.mutate({ roomId, username: cleo.username, ban: true });
  await ada.client.chat.updateRoom.mutate({ roomId, topic: 'Beams and boxes' });
  const asked = await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });

  const { page, expectComplaint } = await visit(url, { viewport, colorScheme: 'light' });
  const check = (screen: string) => expectAccessible(page, screen);
  const go = (hash: string) => page.goto(`${url}/${hash}`);
  const closeDialog = async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await dialogsClosed(page);
  };

  // Logged out.
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
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
  await page.getByLabel('Anyone with the password').check();
  await page.getByLabel('They are kept').check();
  await check('new room');
  await closeDialog();
  await page.getByRole('button', { name: 'Join by name' }).click();
  expectComplaint(/status of 404 .*chat\.joinRoom/);
  await page.getByLabel('Room name').fill('nowhere');
  await page.getByRole('button', { name: 'Join room' }).click();
  await page.getByRole('alert').waitFor();
  await check('join a room, refused');
  await closeDialog();
  await go('#/rooms/999');
  await page.getByText('You are not in this room').waitFor();
  await check('no room');
  await go(`#/rooms/${roomId}`);
  await message(page, 'look').waitFor();
  await write(page, 'I see `this`, [that](https://example.org)\n> ~~and~~\n\n- `those`');
  await message(page, 'I see').getByText('Sent').waitFor();
  expectComplaint(/net::ERR_FAILED/);
  await page.route(/trpc\/.*chat\.sendMessage/, (route) => route.abort());
  await write(page, 'lost');
  await message(page, 'lost').getByRole('button', { name: 'Discard' }).waitFor();
  await check('room');
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Leave room' }).waitFor();
  await check('room menu');
  await page.getByRole('menuitem', { name: 'Pinned messages' }).click();
  await page.getByRole('button', { name: 'Unpin' }).waitFor();
  await check('pinned messages');
  await closeDialog();
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Invite people' }).click();
  await page.getByRole('button', { name: 'Create link' }).click();
  await page.getByRole('button', { name: 'Revoke' }).waitFor();
  const link = await page.getByLabel('Link', { exact: true }).inputValue();
  await check('invite people');
  await closeDialog();
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Room settings' }).click();
  await page.getByRole('button', { name: 'Lift ban' }).waitFor();
  await page.getByLabel('How long messages are kept').waitFor();
  await check('room settings');
  await closeDialog();
  await page.getByRole('button', { name: 'Room menu' }).click();
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
  await page.getByRole('button', { name: 'Ban from room' }).waitFor();
  await check('profile of another');
  await closeDialog();
  await go(new URL(link).hash);
  await page.getByRole('button', { name: 'Join room' }).waitFor();
  await check('invitation');

  // Inbox.
  await go('#/inbox');
  await page.getByRole('link', { name: /bob.*psst/ }).waitFor();
  await check('inbox');
  const search = page.getByRole('searchbox', { name: 'Search messages' });
  await search.fill('giraffe');
  await page.getByText('Try fewer words').waitFor();
  await check('search, nothing found');
  await page.route(/inbox\.search/, (route) => route.abort());
  await search.fill('giraffes');
  await page.getByRole('alert').waitFor();
  await check('search, failed');
  await page.unroute(/inbox\.search/);
  await search.press('Escape');
  await page.getByRole('button', { name: 'New message' }).click();
  await page.getByLabel('To (user name)').waitFor();
  await check('compose');
  await closeDialog();
  await go('#/inbox/bob');
  await message(page, 'psst').waitFor();
  await check('conversation');
  await message(page, 'psst').hover();
  await message(page, 'psst').getByRole('button', { name: 'Message menu' }).click();
  await page.getByRole('menuitem', { name: 'Reply' }).waitFor();
  await check('message menu');
  await page.getByRole('menuitem', { name: 'Reply' }).click();
  await page.getByText('Reply to bob').waitFor();
  await check('reply');
  await write(page, 'what is it?');
  await message(page, 'what is it?').getByText('Sent').waitFor();
  await choose(page, 'what is it?', 'Edit');
  await page.getByRole('textbox', { name: 'Edit your message' }).fill('what?');
  await check('edit');
  await page.keyboard.press('Enter');
  await message(page, 'what?').getByText('edited').waitFor();
  await bob.client.inbox.react.mutate({ id: asked.id, emoji: '👍' });
  await message(page, 'psst').first().getByRole('button', { name: '👍 by bob' }).click();
  await message(page, 'psst')
    .first()
    .getByRole('button', { name: '👍 by bob and you', pressed: true })
    .waitFor();
  await check('conversation with a reply, an edited message and reactions');
  await choose(page, 'what?', 'Other emoji…');
  await page.getByRole('textbox', { name: 'Emoji' }).waitFor();
  await check('other emoji');
  await closeDialog();
  await choose(page, 'what?', 'Delete for me');
  await page.getByRole('alertdialog').waitFor();
  await check('delete message');
  await closeDialog();
  await page.getByRole('button', { name: 'Conversation menu' }).click();
  await page.getByRole('menuitem', { name: 'Mute notifications' }).waitFor();
  await check('conversation menu');
  await page.getByRole('menuitem', { name: 'Search in this conversation' }).click();
  await page.getByText('Enter a word to find it').waitFor();
  await check('search in a conversation');
  await search.fill('what');
  await page.getByRole('list', { name: 'Search results' }).locator('mark').waitFor();
  await check('search results');
  await page.getByRole('list', { name: 'Search results' }).getByRole('link').click();
  await message(page, 'what?').and(page.locator(':focus')).waitFor();
  await check('message that was found');
  await go('#/inbox/bob/999');
  await page.getByText('The message you chose has been deleted.').waitFor();
  await check('message that was deleted');
  await go('#/inbox');
  await search.press('Escape');
  await go('#/inbox/bob');
  await page.getByRole('button', { name: 'Conversation menu' }).click();
  await page.getByRole('menuitem', { name: 'Mute notifications' }).click();
  await go('#/inbox');
  await page.getByRole('link', { name: /bob muted/ }).waitFor();
  await check('muted conversation');
  await go('#/inbox/nobody');
  await page.getByText('No messages yet').waitFor();
  await check('empty conversation');

  // Settings and the end of the session.
  await go('#/settings');
  await page.getByLabel('About you').waitFor();
  await page.getByRole('group', { name: 'Who can write to you?' }).waitFor();
  await page.getByText('You have not blocked anyone.').waitFor();
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
});
