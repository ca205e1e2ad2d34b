import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { logIn, message, write } from './support/app.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

const sendRequests = /trpc\/.*sendMessage/;

async function startRoom() {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  await bob.client.chat.joinRoom.mutate({ name });
  const texts = async () => (await bob.client.chat.listMessages.query({ roomId })).map(({ text }) => text);
  return { ada, bob, name, roomId, texts };
}

const storage = (page: Page) => page.evaluate(() => JSON.stringify({ ...localStorage }));
const notSentYet = (page: Page, text: string) => message(page, text).getByText('Not sent yet.');

it('keeps unsent messages across a reload and sends them in order after reconnecting', async () => {
  const { ada, roomId, texts } = await startRoom();
  const network = await startProxy(mirage.url);
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`, { at: network.url });
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  for (const text of ['one', 'two', 'three']) await write(page, text);
  await notSentYet(page, 'one').waitFor();

  // A reload while the API cannot be reached.
  network.up();
  await page.route('**/trpc/**', (route) => route.abort());
  await page.reload();
  await page.getByText('The server cannot be reached', { exact: true }).waitFor();
  await page.unroute('**/trpc/**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await message(page, 'three').getByText('Sent', { exact: true }).waitFor();
  expect(await texts()).toEqual(['one', 'two', 'three']);
  expect(await storage(page)).not.toContain('three');
});

it('sends queued messages automatically after reconnecting', async () => {
  const { ada, bob } = await startRoom();
  const network = await startProxy(mirage.url);
  const { page, expectComplaint } = await ada.open(`#/inbox/${bob.username}`, { at: network.url });
  await page.getByText('Write the first message.').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  await write(page, 'for bob');
  await notSentYet(page, 'for bob').waitFor();
  await page.getByRole('link', { name: 'Rooms' }).click(); // also when it is not in view
  network.up();
  await expect
    .poll(() => bob.client.inbox.listMessages.query({ limit: 5 }), { timeout: 60_000 })
    .toMatchObject({ messages: [{ text: 'for bob' }] });
});

it('sends what was left for a room that is not opened again', async () => {
  const { ada, roomId, texts } = await startRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_FAILED/);
  await page.route(sendRequests, (route) => route.abort());
  await write(page, 'left behind');
  await notSentYet(page, 'left behind').waitFor();
  await page.goto('about:blank');
  await page.unroute(sendRequests);
  await page.goto(`${mirage.url}/#/settings`);
  await expect.poll(texts).toEqual(['left behind']);
  await expect.poll(() => storage(page)).not.toContain('left behind');
});

it('sends a message once although its answer was lost and the page reloaded', async () => {
  const { ada, bob, roomId, texts } = await startRoom();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'ok' });
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'ok' }); // the same text, earlier
  await expect.poll(() => message(page, 'ok').count()).toBe(2);
  let losesAnswers = true;
  await page.route(sendRequests, async (route) => {
    if (!losesAnswers) return route.continue();
    await route.fetch(); // and no answer until the reload
  });
  await write(page, 'ok');
  await expect.poll(texts).toEqual(['ok', 'ok', 'ok']);
  losesAnswers = false;
  await page.reload();
  await expect.poll(() => message(page, 'ok').count()).toBe(3);
  await expect.poll(() => storage(page)).not.toContain('outbox');
  expect(await texts()).toEqual(['ok', 'ok', 'ok']);
});

it.each(['room', 'inbox'] as const)(
  'shows a message once that the %s has before its answer',
  async (where) => {
    const { ada, bob, roomId } = await startRoom();
    const { page, expectComplaint } = await ada.open(
      where === 'room' ? `#/rooms/${roomId}` : `#/inbox/${bob.username}`,
    );
    expectComplaint(/net::ERR_FAILED/);
    await page.route(sendRequests, (route) => route.abort());
    await write(page, 'hello');
    await notSentYet(page, 'hello').waitFor();
    await page.unroute(sendRequests);
    let isStored = () => {};
    const stored = new Promise<void>((resolve) => {
      isStored = resolve;
    });
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route(sendRequests, async (route) => {
      const response = await route.fetch();
      isStored();
      await answered;
      await route.fulfill({ response });
    });
    await page.route(/trpc\/.*(chat\.history|inbox\.listMessages)/, async (route) => {
      await stored;
      await route.continue();
    });
    await page.reload();
    await message(page, 'hello').getByText('Sent', { exact: true }).waitFor();
    expect(await message(page, 'hello').count()).toBe(1);
    answer();
    await expect.poll(() => storage(page)).not.toContain('outbox');
    expect(await message(page, 'hello').count()).toBe(1);
  },
);

it('keeps a refused message across a reload until it is discarded', async () => {
  const { ada, roomId, texts } = await startRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/status of 413/);
  await page.route(sendRequests, (route) =>
    route.fulfill({
      status: 413,
      json: {
        error: {
          message: 'developer wording',
          code: -32_600,
          data: { reason: 'TOO_LARGE', code: 'PAYLOAD_TOO_LARGE', httpStatus: 413 },
        },
      },
    }),
  );
  await write(page, 'refused');
  await message(page, 'refused').getByText('Not sent. This is too long to send.').waitFor();
  await page.reload();
  await message(page, 'refused').getByText('Not sent. This is too long to send.').waitFor();
  expect(await page.locator('body').innerText()).not.toContain('developer');
  await message(page, 'refused').getByRole('button', { name: 'Discard' }).click();
  await message(page, 'refused').waitFor({ state: 'detached' });
  await page.unrouteAll();
  await page.reload();
  await page.getByText('No messages yet').waitFor();
  expect(await texts()).toEqual([]);
});

it('keeps unsent messages when the session ends, until somebody else logs in', async () => {
  const { ada, bob, roomId, texts } = await startRoom();
  async function endSessions(): Promise<void> {
    for (const { id, current } of await ada.client.auth.listSessions.query())
      if (!current) await ada.client.auth.revokeSession.mutate({ id });
  }
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_FAILED|status of 401/);
  await page.route(sendRequests, (route) => route.abort());
  await write(page, 'of ada');
  await notSentYet(page, 'of ada').waitFor();
  await endSessions();
  await page.getByText('Your session has ended.').waitFor();
  await page.unroute(sendRequests);
  await logIn(page, ada.username);
  await expect.poll(texts).toEqual(['of ada']);

  await page.route(sendRequests, (route) => route.abort());
  await page.goto(`${mirage.url}/#/rooms/${roomId}`);
  await write(page, 'another of ada');
  await notSentYet(page, 'another of ada').waitFor();
  await endSessions();
  await page.getByText('Your session has ended.').waitFor();
  await page.unroute(sendRequests);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (sendRequests.test(request.url())) sent.push(request.postData() ?? '');
  });
  await logIn(page, bob.username);
  await page.getByRole('button', { name: `Menu of ${bob.username}` }).waitFor();
  await page.goto(`${mirage.url}/#/rooms/${roomId}`);
  await message(page, 'of ada').waitFor();
  await write(page, 'of bob');
  await message(page, 'of bob').getByText('Sent', { exact: true }).waitFor();
  expect(await message(page, 'another of ada').count()).toBe(0);
  expect(sent).toEqual([expect.stringContaining('of bob')]);
  expect(await storage(page)).not.toContain('another of ada');

  await page.getByRole('button', { name: `Menu of ${bob.username}` }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await logIn(page, ada.username);
  await page.getByRole('button', { name: `Menu of ${ada.username}` }).waitFor();
  expect(await texts()).toEqual(['of ada', 'of bob']);
});

it('deletes unsent messages when the user logs out', async () => {
  const { ada, roomId, texts } = await startRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_FAILED/);
  await page.route(sendRequests, (route) => route.abort());
  await write(page, 'for nobody');
  await notSentYet(page, 'for nobody').waitFor();
  expect(await storage(page)).toContain('for nobody');
  await page.getByRole('button', { name: `Menu of ${ada.username}` }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(await storage(page)).not.toContain('for nobody');
  await page.unrouteAll();
  await logIn(page, ada.username);
  await page.goto(`${mirage.url}/#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  expect(await texts()).toEqual([]);
});

it('sends a message once, from another window if its own is closed', async () => {
  const { ada, roomId, texts } = await startRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_FAILED/);
  const context = page.context();
  await context.route(sendRequests, (route) => route.abort());
  await write(page, 'shared');
  await notSentYet(page, 'shared').waitFor();
  const other = await context.newPage();
  await other.goto(`${mirage.url}/#/rooms/${roomId}`);
  await other.getByText('No messages yet').waitFor();
  await context.unroute(sendRequests);
  await Promise.all(
    [page, other].map((window) => message(window, 'shared').getByText('Sent', { exact: true }).waitFor()),
  );
  expect(await texts()).toEqual(['shared']);
  for (const window of [page, other]) expect(await message(window, 'shared').count()).toBe(1);

  await context.route(sendRequests, (route) => route.abort());
  await write(page, 'left behind');
  await notSentYet(page, 'left behind').waitFor();
  await context.unroute(sendRequests);
  await page.close();
  await message(other, 'left behind').getByText('Sent', { exact: true }).waitFor();
  expect(await texts()).toEqual(['shared', 'left behind']);
});

it('shows the unsent text for a deleted room, so that it can be copied', async () => {
  const { ada, bob, name, roomId } = await startRoom();
  const { page, expectComplaint } = await bob.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_FAILED|status of 40[34]/);
  await page.route(sendRequests, (route) => route.abort());
  await write(page, 'too late');
  await notSentYet(page, 'too late').waitFor();
  await page.getByRole('textbox', { name: `Message to ${name}` }).fill('half a draft');
  await page.unroute(sendRequests);
  await ada.client.chat.deleteRoom.mutate({ roomId });
  await page.getByText('You are not in this room').waitFor();
  const unsent = page.getByRole('region', { name: 'Unsent messages' });
  await unsent.getByText('half a draft').waitFor();
  await unsent.getByRole('listitem').filter({ hasText: 'too late' }).getByRole('button').click();
  await unsent.getByText('too late').waitFor({ state: 'detached' });
  expect(await unsent.getByText('half a draft').count()).toBe(1);
});
