import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { choose, logIn, message, write } from './support/app.ts';
import { visit } from './support/browser.ts';
import { startServer, withMirage } from './support/mirage.ts';
import { enableNotifications, recordNotifications } from './support/notifications.ts';

const mirage = withMirage();

async function startConversation() {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const say = (who: typeof ada, text: string, replyTo?: number) =>
    who.client.inbox.sendMessage.mutate({
      recipient: who === ada ? bob.username : ada.username,
      text,
      ...(replyTo !== undefined && { replyTo }),
    });
  return { ada, bob, say };
}

const field = (page: Page) => page.getByRole('textbox', { name: /^Message to/ });
const editField = (page: Page) => page.getByRole('textbox', { name: 'Edit your message' });
const list = (page: Page) => page.getByTestId('messages');
const inbox = (username: string) => `#/inbox/${username}`;

it('edits a message on both sides and in the list, and keeps the draft of the next one', async () => {
  const { ada, bob, say } = await startConversation();
  await say(bob, 'from the other side');
  const { page: adas } = await ada.open(inbox(bob.username));
  const { page: bobs } = await bob.open(inbox(ada.username));
  await write(adas, 'soup at seven');
  await message(adas, 'soup at seven')
    .getByText(/^(Sent|Read)$/)
    .waitFor();
  await field(adas).fill('a draft');
  await choose(adas, 'soup at seven', 'Edit');
  expect(await editField(adas).inputValue()).toBe('soup at seven');
  await expect.poll(() => editField(adas).evaluate((it) => it === document.activeElement)).toBe(true);
  await editField(adas).fill('soup at eight');
  await adas.keyboard.press('Enter');
  for (const page of [adas, bobs]) await message(page, 'soup at eight').getByText('edited').waitFor();
  await adas.getByRole('link', { name: /You: soup at eight/ }).waitFor();
  expect(await field(adas).inputValue()).toBe('a draft');

  // Up in an empty field edits one's own latest message; Escape ends that.
  await field(adas).fill('');
  await adas.keyboard.press('ArrowUp');
  expect(await editField(adas).inputValue()).toBe('soup at eight');
  await adas.keyboard.press('Escape');
  await field(adas).waitFor();

  // What somebody else wrote cannot be edited.
  await message(adas, 'from the other side').hover();
  await message(adas, 'from the other side').getByRole('button', { name: 'Message menu' }).click();
  await adas.getByRole('menuitem', { name: 'Reply' }).waitFor();
  expect(await adas.getByRole('menuitem', { name: 'Edit' }).count()).toBe(0);
});

it('offers no editing where the server does not allow it', async () => {
  const { user } = await startServer({ EDIT_WINDOW: '0' });
  const ada = await user('ada');
  await user('bob');
  const { page } = await ada.open(inbox('bob'));
  await write(page, 'soup at seven');
  await message(page, 'soup at seven').getByText('Sent').waitFor();
  await message(page, 'soup at seven').hover();
  await message(page, 'soup at seven').getByRole('button', { name: 'Message menu' }).click();
  await page.getByRole('menuitem', { name: 'Reply' }).waitFor();
  expect(await page.getByRole('menuitem', { name: 'Edit' }).count()).toBe(0);
});

it('explains that it is too late to edit, and keeps what was typed', async () => {
  const { url, user, clock } = await startMirage();
  await user('ada');
  await user('bob');
  const { page, expectComplaint } = await visit(`${url}/${inbox('bob')}`);
  await logIn(page, 'ada');
  await write(page, 'soup at seven');
  await choose(page, 'soup at seven', 'Edit');
  await editField(page).fill('soup at eight');
  clock.advance(24 * 60 * 60_000);
  expectComplaint(/status of 403 .*inbox\.editMessage/);
  await page.keyboard.press('Enter');
  await page.getByText('It is too late to edit this message.').waitFor();
  expect(await editField(page).inputValue()).toBe('soup at eight');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await message(page, 'soup at seven').waitFor();
});

it('deletes a message for oneself, in all sessions, and not for the other side', async () => {
  const { ada, bob, say } = await startConversation();
  await say(bob, 'stays');
  await say(bob, 'a secret');
  const { page: adas } = await ada.open(inbox(bob.username));
  const { page: elsewhere } = await ada.open(inbox(bob.username));
  const { page: bobs } = await bob.open(inbox(ada.username));
  for (const page of [adas, elsewhere, bobs]) await message(page, 'a secret').waitFor();
  await choose(adas, 'a secret', 'Delete for me');
  await adas.getByText(`${bob.username} will still have it.`).waitFor();
  await adas.getByRole('button', { name: 'Delete', exact: true }).click();
  for (const page of [adas, elsewhere]) {
    await message(page, 'a secret').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: /stays/ }).waitFor();
  }
  await say(ada, 'something new');
  await message(bobs, 'something new').waitFor();
  expect(await message(bobs, 'a secret').count()).toBe(1);
});

it('replies with a quote that follows its original, also when that is edited or deleted', async () => {
  const { ada, bob, say } = await startConversation();
  const original = await say(bob, 'when is soup?');
  const { page: adas } = await ada.open(inbox(bob.username));
  const { page: bobs } = await bob.open(inbox(ada.username));
  await choose(adas, 'when is soup?', 'Reply');
  await adas.getByText(`Reply to ${bob.username}`).waitFor();
  await expect.poll(() => field(adas).evaluate((it) => it === document.activeElement)).toBe(true);
  await adas.keyboard.type('at eight');
  await adas.keyboard.press('Enter');
  await adas.getByText(`Reply to ${bob.username}`).waitFor({ state: 'detached' });
  const quote = (page: Page, text: string) =>
    message(page, 'at eight').getByRole('button', { name: `In reply to ${bob.username}: ${text}` });
  for (const page of [adas, bobs]) await quote(page, 'when is soup?').waitFor();
  await bob.client.inbox.editMessage.mutate({ id: original.id, text: 'when is the soup?' });
  for (const page of [adas, bobs]) await quote(page, 'when is the soup?').waitFor();
  await bob.client.inbox.deleteMessage.mutate({ id: original.id });
  for (const page of [adas, bobs])
    await message(page, 'at eight').getByText('The original message was deleted.').waitFor();
});

it('jumps to an original far up, reads on from there, and returns to the latest', async () => {
  const { ada, bob, say } = await startConversation();
  for (let number = 1; number <= 30; number += 1) await say(bob, `before ${number}.`);
  const original = await say(bob, 'the original');
  for (let number = 1; number <= 220; number += 1) await say(bob, `after ${number}.`);
  const last = await say(bob, 'the answer', original.id);
  await ada.client.inbox.markRead.mutate({ upTo: last.id });
  const { page } = await ada.open(inbox(bob.username));
  await message(page, 'the answer')
    .getByRole('button', { name: /^In reply to .*: the original/ })
    .click();
  const found = message(page, /^the original/).and(page.locator(':focus'));
  await found.waitFor();
  const view = await list(page).boundingBox();
  const box = await found.boundingBox();
  expect(box?.y).toBeGreaterThan(view?.y ?? Number.NaN);
  await message(page, 'before 30.').waitFor();
  // What arrives meanwhile is not put below a part of the past.
  await say(bob, 'meanwhile');
  await page.getByRole('link', { name: /meanwhile/ }).waitFor();
  expect(await message(page, 'meanwhile').count()).toBe(0);
  // Scrolling down loads what follows, without a hole.
  await list(page).hover();
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, 900);
        return message(page, 'meanwhile').count();
      },
      { timeout: 60_000 },
    )
    .toBe(1);
  // Rows are rendered a little ahead of what is seen.
  await message(page, 'meanwhile').scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: /^Jump to latest|new message/ }).waitFor({ state: 'detached' });
  expect(await message(page, 'the answer').count()).toBe(1);

  await message(page, 'the answer')
    .getByRole('button', { name: /^In reply to/ })
    .click();
  await message(page, /^the original/)
    .and(page.locator(':focus'))
    .waitFor();
  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await message(page, 'meanwhile').waitFor();
});

it('shows reactions on both sides, takes them back, and takes any emoji', async () => {
  const { ada, bob, say } = await startConversation();
  await say(bob, 'soup is ready');
  const { page: adas, expectComplaint } = await ada.open(inbox(bob.username));
  const { page: bobs } = await bob.open(inbox(ada.username));
  const reaction = (page: Page, name: string) =>
    message(page, 'soup is ready').getByRole('button', { name, exact: true });
  await message(adas, 'soup is ready').hover();
  await message(adas, 'soup is ready').getByRole('button', { name: 'Message menu' }).click();
  await adas.getByRole('menuitemcheckbox', { name: 'React with 🙏' }).click();
  await reaction(adas, '🙏 by you').waitFor();
  await reaction(bobs, `🙏 by ${ada.username}`).click();
  for (const page of [adas, bobs])
    await reaction(page, `🙏 by ${ada.username} and you`)
      .or(reaction(page, `🙏 by you and ${bob.username}`))
      .waitFor();
  await reaction(adas, `🙏 by you and ${bob.username}`).click();
  await reaction(bobs, '🙏 by you').waitFor();

  await choose(adas, 'soup is ready', 'Other emoji…');
  await adas.getByRole('searchbox', { name: 'Search emoji' }).fill('no emoji is called so');
  await adas.getByText('No emoji found.').waitFor();
  await adas.getByRole('searchbox', { name: 'Search emoji' }).fill('stew');
  expectComplaint(/net::ERR_FAILED/);
  await adas.route(/inbox\.react/, (route) => route.abort());
  await adas.getByRole('gridcell', { name: 'pot of food' }).click();
  await adas.getByText('The server cannot be reached.').waitFor();
  await adas.unroute(/inbox\.react/);
  await adas.getByRole('gridcell', { name: 'pot of food' }).click();
  await reaction(bobs, `🍲 by ${ada.username}`).waitFor();
});

it('shows who is typing, until the message arrives or six seconds have passed', async () => {
  const { ada, bob } = await startConversation();
  const { page: adas } = await ada.open(inbox(bob.username));
  await adas.clock.install();
  await adas.reload();
  const { page: bobs } = await bob.open(inbox(ada.username));
  const notice = adas.getByText(`${bob.username} is typing…`);
  await field(adas).waitFor();
  await field(bobs).pressSequentially('H');
  await notice.waitFor();
  await bobs.keyboard.press('Enter');
  await message(adas, 'H').waitFor();
  await notice.waitFor({ state: 'detached' });
  await bob.client.inbox.setTyping.mutate({ to: ada.username, isTyping: true });
  await notice.waitFor();
  await adas.clock.runFor(6100);
  await notice.waitFor({ state: 'detached' });
});

it('mutes a conversation in all sessions: it is still counted as unread', async () => {
  const { ada, bob, say } = await startConversation();
  await say(bob, 'hello');
  const { page: adas } = await ada.open(inbox(bob.username));
  const { page: elsewhere } = await ada.open('#/rooms');
  await enableNotifications(elsewhere);
  const { shown } = await recordNotifications(elsewhere);
  await message(adas, 'hello').waitFor();
  await elsewhere.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
  const menu = adas.getByRole('button', { name: 'Conversation menu' });
  await menu.click();
  await adas.getByRole('menuitem', { name: 'Mute for 8 hours' }).click();
  await adas.getByRole('link', { name: /muted/ }).waitFor();
  await adas.goto(`${mirage.url}/#/rooms`);
  await say(bob, 'quiet');
  await elsewhere.getByRole('link', { name: 'Inbox 1 unread message' }).waitFor();
  expect(await shown()).toEqual([]);

  await adas.goto(`${mirage.url}/${inbox(bob.username)}`);
  await menu.click();
  await adas.getByRole('menuitem', { name: 'Unmute notifications' }).click();
  await adas.getByRole('link', { name: /muted/ }).waitFor({ state: 'detached' });
  await say(bob, 'loud');
  await expect.poll(shown).toEqual([`${bob.username}: loud`]);
});

it('clears a conversation in all sessions, and not for the other side', async () => {
  const { ada, bob, say } = await startConversation();
  await say(bob, 'old news');
  const { page: adas } = await ada.open(inbox(bob.username));
  const { page: elsewhere } = await ada.open(inbox(bob.username));
  for (const page of [adas, elsewhere]) await message(page, 'old news').waitFor();
  await adas.getByRole('button', { name: 'Conversation menu' }).click();
  await adas.getByRole('menuitem', { name: 'Clear conversation' }).click();
  await adas.getByRole('button', { name: 'Clear conversation', exact: true }).click();
  for (const page of [adas, elsewhere]) {
    await page.getByText('No messages yet').first().waitFor();
    await page.getByRole('link', { name: /old news/ }).waitFor({ state: 'detached' });
  }
  await say(bob, 'good news');
  for (const page of [adas, elsewhere]) await message(page, 'good news').waitFor();
  const { messages } = await bob.client.inbox.listMessages.query({ with: ada.username });
  expect(messages.map(({ text }) => text)).toEqual(['good news', 'old news']);
});

it('tells the sender of what was read, one conversation at a time', async () => {
  const { ada, bob, say } = await startConversation();
  const cleo = await mirage.user('cleo');
  await say(ada, 'for bob');
  await ada.client.inbox.sendMessage.mutate({ recipient: cleo.username, text: 'for cleo' });
  const { page: adas } = await ada.open(inbox(bob.username));
  await message(adas, 'for bob').getByText('Sent').waitFor();
  const { page: bobs } = await bob.open(inbox(ada.username));
  await message(bobs, 'for bob').waitFor();
  await message(adas, 'for bob').getByText('Read', { exact: true }).waitFor();
  await adas.goto(`${mirage.url}/${inbox(cleo.username)}`);
  await message(adas, 'for cleo').getByText('Sent').waitFor();
});

it('works the message menu by keyboard', async () => {
  const { ada, bob, say } = await startConversation();
  await say(bob, 'when is soup?');
  const { page } = await ada.open(inbox(bob.username));
  await message(page, 'when is soup?').waitFor();
  await list(page).focus();
  for (let tabs = 0; tabs < 5; tabs += 1) {
    await page.keyboard.press('Tab');
    const isThere = await message(page, 'when is soup?')
      .getByRole('button', { name: 'Message menu' })
      .evaluate((it) => it === document.activeElement);
    if (isThere) break;
  }
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemcheckbox', { name: 'React with 👍' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Enter');
  await message(page, 'when is soup?').getByRole('button', { name: '👍 by you' }).waitFor();
  await message(page, 'when is soup?')
    .getByRole('button', { name: 'Message menu' })
    .and(page.locator(':focus'))
    .waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('r');
  await page.getByRole('menuitem', { name: 'Reply' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Enter');
  await field(page).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText(`Reply to ${bob.username}`).waitFor({ state: 'detached' });
});
