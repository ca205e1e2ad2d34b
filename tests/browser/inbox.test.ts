import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { dialogsClosed, logIn, message, write } from './support/app.ts';
import { visit } from './support/browser.ts';
import { startServer } from './support/mirage.ts';
import { recordNotifications } from './support/notifications.ts';

async function startWithThree() {
  const mirage = await startServer();
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const cleo = await mirage.user('cleo');
  return { ...mirage, ada, bob, cleo };
}

it('scrolls back to the beginning of a long conversation', async () => {
  const { ada, bob } = await startWithThree();
  const total = 300;
  for (let sent = 0; sent < total; sent += 50)
    await Promise.all(
      Array.from({ length: 50 }, () =>
        bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'owl' }),
      ),
    );
  await ada.client.inbox.markAllRead.mutate();
  const { page } = await ada.open('#/inbox/bob');
  const list = page.getByTestId('messages');
  await list.getByRole('article').first().waitFor();
  await list.focus();
  const beginning = page.getByText('This is the beginning of your conversation with bob.');
  await expect
    .poll(
      async () => {
        await page.keyboard.press('Home');
        return beginning.count();
      },
      { timeout: 60_000 },
    )
    .toBe(1);
  expect(await list.locator('li').last().getAttribute('aria-setsize')).toBe(String(total + 2));
});

it('marks only the conversation that was seen as read', async () => {
  const { ada, bob, cleo } = await startWithThree();
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'from bob' });
  await cleo.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'from cleo' });
  const { page } = await ada.open('#/inbox/cleo');
  await message(page, 'from cleo').waitFor();
  await page.getByRole('link', { name: 'Inbox 1 unread message' }).waitFor();
  await expect.poll(() => ada.client.inbox.countMessages.query()).toMatchObject({ total: 2, unread: 1 });
  await page.reload();
  await page.getByRole('link', { name: 'Inbox 1 unread message' }).waitFor();
  await page.getByRole('link', { name: /bob.*1 unread message/ }).click();
  await page.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
  await expect.poll(() => ada.client.inbox.countMessages.query()).toMatchObject({ total: 2, unread: 0 });
});

it('removes messages that were deleted while disconnected', async () => {
  const { ada, bob, url } = await startWithThree();
  const network = await startProxy(url);
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'stays' });
  const { id } = await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'goes' });
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'stays too' });
  const { page, expectComplaint } = await ada.open('#/inbox/bob', { at: network.url });
  await message(page, 'goes').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  await bob.client.inbox.deleteMessage.mutate({ id });
  network.up();
  await message(page, 'goes').waitFor({ state: 'detached' });
  await message(page, 'stays too').waitFor();
});

it('recovers by itself when the first load failed', async () => {
  const { ada, bob } = await startWithThree();
  const { page, expectComplaint } = await ada.open('#/inbox');
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_FAILED/);
  await page.route(/inbox\.listConversations/, (route) => route.abort());
  await page.reload();
  await page.getByText('The messages could not be loaded').waitFor();
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'news' });
  await page.unroute(/inbox\.listConversations/);
  await page.getByRole('link', { name: /bob.*news/ }).waitFor();
});

it('keeps an edit that arrives before an older page of the conversation', async () => {
  const { ada, bob } = await startWithThree();
  const { id } = await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'soup at seven' });
  const { page } = await ada.open('#/inbox');
  await page.getByRole('link', { name: /bob.*soup at seven/ }).waitFor();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isFirst = true;
  const stale = new Promise<void>((resolve) => {
    void page.route(/inbox\.listMessages/, async (route) => {
      if (!isFirst) return route.continue();
      isFirst = false;
      const response = await route.fetch();
      resolve();
      await held;
      await route.fulfill({ response });
    });
  });
  await page.getByRole('link', { name: /bob.*soup at seven/ }).click();
  await stale;
  await bob.client.inbox.editMessage.mutate({ id, text: 'soup at eight' });
  await page.getByRole('link', { name: /bob.*soup at eight/ }).waitFor();
  release();
  await message(page, 'soup at eight').getByText('edited').waitFor();
});

it('lists conversations page by page, and counts what is unread in all of them', async () => {
  const { url, user } = await startMirage();
  await user('ada');
  for (let number = 0; number <= 60; number += 1) {
    const name = `peer${String(number).padStart(2, '0')}`;
    const peer = await user(name);
    await peer.client.inbox.sendMessage.mutate({ recipient: 'ada', text: `from ${name}` });
  }
  let messagePages = 0;
  const { page } = await visit(`${url}/#/inbox`);
  page.on('request', (request) => {
    if (request.url().includes('inbox.listMessages')) messagePages += 1;
  });
  await logIn(page, 'ada');
  await page.getByRole('link', { name: 'Inbox 61 unread messages' }).waitFor();
  const list = page.getByRole('link', { name: /from peer/ });
  await list.first().waitFor();
  const more = page.getByRole('button', { name: 'Load older conversations' });
  await more.scrollIntoViewIfNeeded();
  await page.getByRole('link', { name: /from peer11/ }).waitFor();
  expect(await page.getByRole('link', { name: /from peer10/ }).count()).toBe(0);
  await more.click();
  await more.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: /from peer10/ }).scrollIntoViewIfNeeded();
  expect(messagePages).toBe(0);
});

it('keeps a message to an unknown user', async () => {
  const { ada } = await startWithThree();
  const { page, expectComplaint } = await ada.open('#/inbox');
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/status of 404 .*inbox\.sendMessage/);
  await page.getByRole('button', { name: 'New message' }).click();
  await page.getByLabel('To (user name)').fill('nobody');
  await page.getByLabel('Message', { exact: true }).fill('hello?');
  await page.getByRole('button', { name: 'Send message' }).click();
  await page.getByText('User not found.').waitFor();
  expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('hello?');
});

it('keeps the draft of a new conversation when the dialog is closed', async () => {
  const { ada } = await startWithThree();
  const { page } = await ada.open('#/inbox');
  await page.getByText('No messages yet').waitFor();
  const text = page.getByLabel('Message', { exact: true });
  await page.getByRole('button', { name: 'New message' }).click();
  await page.getByLabel('To (user name)').fill('bob');
  await text.fill('Dear Bob,');
  await page.mouse.click(1000, 700);
  await dialogsClosed(page);
  await page.reload();
  await page.getByRole('button', { name: 'New message' }).click();
  expect(await text.inputValue()).toBe('Dear Bob,');
  await page.getByRole('button', { name: 'Send message' }).click();
  await message(page, 'Dear Bob,').getByText('Sent').waitFor();
  await page.getByRole('button', { name: 'New message' }).click();
  expect(await text.inputValue()).toBe('');
});

it('works where the browser forbids notifications', async () => {
  const { ada, bob } = await startWithThree();
  const { page } = await ada.open('#/settings');
  await page.getByLabel('About you').waitFor();
  await page.addInitScript(() => {
    // As mobile browsers do.
    class Refusing {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      constructor() {
        throw new TypeError('Illegal constructor');
      }
    }
    Object.assign(globalThis, { Notification: Refusing });
    localStorage.setItem('mirage.notify', 'on');
  });
  await page.reload();
  await page.getByLabel('Notify me').waitFor();
  await expect
    .poll(async () => {
      await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });
      return page.getByText('Your browser does not support notifications.').count();
    })
    .toBe(1);
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'still there' });
  await page.getByRole('link', { name: /^Inbox/ }).click();
  await page.getByRole('link', { name: /still there/ }).waitFor();
});

it('never counts messages to oneself as unread', async () => {
  const { ada } = await startWithThree();
  const { page } = await ada.open('#/inbox/ada');
  await write(page, 'milk');
  await message(page, 'milk').getByText('Read').waitFor();
  await page.getByRole('link', { name: /ada.*You: milk/ }).waitFor();
  await page.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
});

it('shows desktop notifications once they are enabled', async () => {
  const { ada, bob, url } = await startWithThree();
  const { page } = await ada.open('#/settings', { permissions: ['notifications'] });
  const { shown } = await recordNotifications(page);
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'too soon' });
  await page.getByRole('link', { name: 'Inbox 1 unread message' }).waitFor();
  expect(await shown()).toEqual([]);

  await page.getByLabel('Notify me').check();
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'asked' });
  await expect.poll(shown).toEqual(['bob: asked']);
  await page.goto(`${url}/#/inbox/bob`);
  await message(page, 'asked').waitFor();
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'in view' });
  await message(page, 'in view').waitFor();
  expect(await shown()).toEqual(['bob: asked']);
});
