import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { message, write } from './support/app.ts';
import { withBrowser } from './support/browser.ts';
import { startBuilt } from './support/mirage.ts';

withBrowser();

async function startWithThree() {
  const mirage = await startBuilt();
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const cleo = await mirage.user('cleo');
  return { ...mirage, ada, bob, cleo };
}

it('scrolls back through a long conversation to its beginning', async () => {
  const { ada, bob } = await startWithThree();
  const total = 300;
  for (let sent = 0; sent < total; sent += 50)
    await Promise.all(
      Array.from({ length: 50 }, () =>
        bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'owl' }),
      ),
    );
  const { page } = await ada.open('#/inbox/bob');
  const list = page.getByTestId('messages');
  await list.getByRole('article').first().waitFor();
  await list.focus();
  const beginning = page.getByText('This is where your conversation with bob begins.');
  await expect
    .poll(
      async () => {
        await page.keyboard.press('Home');
        return beginning.count();
      },
      { timeout: 60_000 },
    )
    .toBe(1);
  expect(await list.locator('li').last().getAttribute('aria-setsize')).toBe(String(total + 3));
});

it('marks as read only what was seen, though the server has one mark for all', async () => {
  const { ada, bob, cleo } = await startWithThree();
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'from bob' });
  await cleo.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'from cleo' });
  const { page } = await ada.open('#/inbox/cleo');
  await message(page, 'from cleo').waitFor();
  await page.getByRole('link', { name: 'Inbox 1 unread message' }).waitFor();
  expect(await ada.client.inbox.countMessages.query()).toEqual({ total: 2, unread: 2 });
  await page.reload();
  await page.getByRole('link', { name: 'Inbox 1 unread message' }).waitFor();
  await page.getByRole('link', { name: /bob.*1 unread message/ }).click();
  await page.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
  await expect.poll(() => ada.client.inbox.countMessages.query()).toEqual({ total: 2, unread: 0 });
});

it('catches up with what was deleted while it was away', async () => {
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

it('comes back by itself when nothing could be loaded to begin with', async () => {
  const { ada, bob } = await startWithThree();
  const { page, expectComplaint } = await ada.open('#/inbox');
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_FAILED/);
  await page.route(/inbox\.listMessages/, (route) => route.abort());
  await page.reload();
  await page.getByText('The messages could not be loaded').waitFor();
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'news' });
  await page.unroute(/inbox\.listMessages/);
  await page.getByRole('link', { name: /bob.*news/ }).waitFor();
});

it('keeps what arrives while it looks for what has been deleted', async () => {
  const { ada, bob } = await startWithThree();
  const { page } = await ada.open('#/rooms');
  await page.getByText('You are in no room yet').waitFor();
  // From an empty page on, so that no listing of this one counts.
  const url = page.url();
  await page.goto('about:blank');
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let listings = 0;
  const stale = new Promise<void>((resolve) => {
    // The second listing is made as the connection opens; its answer is old when it comes.
    void page.route(/inbox\.listMessages/, async (route) => {
      listings += 1;
      if (listings !== 2) return route.continue();
      const response = await route.fetch();
      resolve();
      await held;
      await route.fulfill({ response });
    });
  });
  await page.goto(url);
  await stale;
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'news' });
  const badge = page.getByRole('link', { name: 'Inbox 1 unread message' });
  await badge.waitFor();
  const answered = page.waitForResponse(/inbox\.listMessages/);
  release();
  await (await answered).finished();
  await page.getByRole('link', { name: 'Inbox' }).click();
  await page.getByRole('link', { name: /bob.*news/ }).click();
  await message(page, 'news').waitFor();
});

it('says that there is nobody of a name, and keeps the message', async () => {
  const { ada } = await startWithThree();
  const { page, expectComplaint } = await ada.open('#/inbox');
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/status of 404 .*inbox\.sendMessage/);
  await page.getByRole('button', { name: 'New message' }).click();
  await page.getByLabel('To (user name)').fill('nobody');
  await page.getByLabel('Message', { exact: true }).fill('hello?');
  await page.getByRole('button', { name: 'Send message' }).click();
  await page.getByText('There is nobody of this name.').waitFor();
  expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('hello?');
});

it('keeps a first message that is not sent yet, though its window is closed', async () => {
  const { ada } = await startWithThree();
  const { page } = await ada.open('#/inbox');
  await page.getByText('No messages yet').waitFor();
  const text = page.getByLabel('Message', { exact: true });
  await page.getByRole('button', { name: 'New message' }).click();
  await page.getByLabel('To (user name)').fill('bob');
  await text.fill('Dear Bob,');
  await page.mouse.click(1000, 700);
  await text.waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('button', { name: 'New message' }).click();
  expect(await text.inputValue()).toBe('Dear Bob,');
  await page.getByRole('button', { name: 'Send message' }).click();
  await message(page, 'Dear Bob,').getByText('Sent').waitFor();
  await page.getByRole('button', { name: 'New message' }).click();
  expect(await text.inputValue()).toBe('');
});

it('goes on where the browser has notifications and shows none', async () => {
  const { ada, bob } = await startWithThree();
  const { page } = await ada.open('#/settings');
  await page.getByLabel('About you').waitFor();
  await page.addInitScript(() => {
    // As browsers of phones do.
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
      return page.getByText('Your browser has no notifications.').count();
    })
    .toBe(1);
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'still there' });
  await page.getByRole('link', { name: /^Inbox/ }).click();
  await page.getByRole('link', { name: /still there/ }).waitFor();
});

it('keeps notes to oneself, which are never unread', async () => {
  const { ada } = await startWithThree();
  const { page } = await ada.open('#/inbox/ada');
  await write(page, 'milk');
  await message(page, 'milk').getByText('Read').waitFor();
  await page.getByRole('link', { name: /ada.*You: milk/ }).waitFor();
  await page.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
});

it('tells of messages on the desktop, once it was asked to', async () => {
  const { ada, bob, url } = await startWithThree();
  const { page } = await ada.open('#/settings', { permissions: ['notifications'] });
  // Chromium without a desktop shows none, so what it is asked to show is noted.
  await page.addInitScript(() => {
    const shown: string[] = [];
    class Noted extends EventTarget {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      constructor(title: string, { body }: { body: string }) {
        super();
        shown.push(`${title}: ${body}`);
      }
    }
    Object.assign(globalThis, { Notification: Noted, shown });
  });
  await page.reload();
  const shown = () => page.evaluate(() => (globalThis as unknown as { shown: string[] }).shown); // safe: see above
  await page.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
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
