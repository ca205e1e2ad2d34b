import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { message } from './support/app.ts';
import { withMirage } from './support/mirage.ts';
import { enableNotifications, recordNotifications } from './support/notifications.ts';

const mirage = withMirage();

/** Rooms of ada and bob; both can say something in each. */
async function startRooms(total: number) {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const rooms: { id: number; name: string }[] = [];
  for (let number = 1; number <= total; number += 1) {
    const { id, name } = await ada.client.chat.createRoom.mutate({ name: mirage.roomName('attic') });
    await bob.client.chat.joinRoom.mutate({ name });
    rooms.push({ id, name });
  }
  const room = (index: number) => rooms[index] ?? { id: 0, name: '' };
  const say = ({ client }: typeof ada, index: number, text: string) =>
    client.chat.sendMessage.mutate({ roomId: room(index).id, text });
  const link = (page: Page, index: number, unread = '') =>
    page.getByRole('link', { name: `${room(index).name}${unread}`, exact: true });
  return { ada, bob, room, say, link };
}

/** What a page that is loaded from now on subscribes to, and what it is told. */
function watchSocket(page: Page) {
  let open = new Map<number, string>();
  let received: string[] = [];
  page.on('websocket', (socket) => {
    open = new Map();
    received = [];
    socket.on('framesent', ({ payload }) => {
      for (const { id, method, params } of parse(payload)) {
        if (method === 'subscription') open.set(id, params?.path ?? '');
        if (method === 'subscription.stop') open.delete(id);
      }
    });
    socket.on('framereceived', ({ payload }) => void received.push(String(payload)));
  });
  return {
    /** The subscriptions to rooms that are open. */
    subscriptions: () => [...open.values()].filter((path) => /^chat\.on(Rooms|Message)$/.test(path)).sort(),
    hasReceived: (pattern: RegExp) => received.some((frame) => pattern.test(frame)),
  };
}

type Call = { id: number; method?: string; params?: { path: string } };
const parse = (payload: string | Buffer): Call[] =>
  /^[[{]/.test(String(payload)) ? [JSON.parse(String(payload)) as Call].flat() : [];

/** Shows a page in which notifications are on and no room is open. */
async function openList({ ada }: Awaited<ReturnType<typeof startRooms>>, at = mirage.url) {
  const visitor = await ada.open('#/rooms', { at });
  const { page } = visitor;
  await enableNotifications(page);
  const socket = watchSocket(page);
  const { shown, open } = await recordNotifications(page);
  await expect.poll(() => socket.hasReceived(/"complete":true/)).toBe(true);
  return { ...visitor, ...socket, shown, open };
}

it('follows all rooms with one subscription, and tells of messages in those that are not open', async () => {
  const start = await startRooms(30);
  const { ada, bob, room, say, link } = start;
  await say(bob, 6, 'before');
  const { page, subscriptions, hasReceived, shown, open } = await openList(start);
  await link(page, 6, ' 1 unread message').waitFor();
  await expect.poll(() => page.title()).toBe('(1) Mirage');
  expect(subscriptions()).toEqual(['chat.onRooms']);

  await say(bob, 6, `hello ${'x'.repeat(200)}`);
  await link(page, 6, ' 2 unread messages').waitFor();
  await expect.poll(() => page.title()).toBe('(2) Mirage');
  const hello = `${bob.username} in ${room(6).name}: hello ${'x'.repeat(134)}`;
  await expect.poll(shown).toEqual([hello]);

  // Neither one's own message from another device nor one in a muted room.
  await say(ada, 7, 'my own');
  await expect.poll(() => hasReceived(/my own/)).toBe(true);
  await ada.client.chat.mute.mutate({ roomId: room(8).id });
  await expect.poll(() => hasReceived(/"updated"/)).toBe(true);
  await say(bob, 8, 'quiet');
  await link(page, 8, ' muted 1 unread message').waitFor();
  const { id: loud } = await say(bob, 9, 'loud');
  await expect.poll(shown).toEqual([hello, `${bob.username} in ${room(9).name}: loud`]);

  // Reading a room elsewhere closes its notification.
  await ada.client.chat.markRead.mutate({ roomId: room(9).id, upTo: loud });
  await link(page, 9).waitFor();
  await expect.poll(open).toEqual([hello]);
  expect(subscriptions()).toEqual(['chat.onRooms']);

  await link(page, 6, ' 2 unread messages').click();
  await message(page, 'before').waitFor();
  await link(page, 6).waitFor();
  await expect.poll(open).toEqual([]);
  expect(subscriptions()).toEqual(['chat.onMessage', 'chat.onRooms']);
  const before = await shown();
  await say(bob, 6, 'in view');
  await message(page, 'in view').waitFor();
  await expect.poll(() => hasReceived(/"type":"unread".*in view/)).toBe(true);
  expect(await shown()).toEqual(before);
});

it('keeps the messages of a room that was left for ten seconds, and stays subscribed to no others', async () => {
  const { ada, bob, room, say, link } = await startRooms(4);
  const { page } = await ada.open('#/settings');
  const { subscriptions } = watchSocket(page);
  const loaded: number[] = [];
  page.on('request', (request) => {
    const input = new URL(request.url()).searchParams.get('input');
    if (request.url().includes('chat.history')) loaded.push(Number(/"roomId":(\d+)/.exec(input ?? '')?.[1]));
  });
  await page.clock.install();
  await page.goto(`${mirage.url}/?again#/rooms`);
  const visit = async (index: number) => {
    await link(page, index).click();
    await page.getByRole('textbox', { name: `Message to ${room(index).name}` }).waitFor();
  };
  for (const index of [0, 1, 2, 3]) await visit(index);
  await page.clock.fastForward('00:11');
  await expect.poll(subscriptions).toEqual(['chat.onMessage', 'chat.onRooms']);
  await visit(2);
  await visit(1);
  await say(bob, 2, 'while away');
  await link(page, 2, ' 1 unread message').click();
  await message(page, 'while away').waitFor();
  expect(loaded).toEqual([0, 1, 2, 3, 2, 1].map((index) => room(index).id));
  // The one that was closed is loaded as it is now.
  await say(bob, 0, 'in the first');
  await link(page, 0, ' 1 unread message').click();
  await message(page, 'in the first').waitFor();
});

it('tells after a reconnection of what was missed, and of nothing again', async () => {
  const network = await startProxy(mirage.url);
  const start = await startRooms(2);
  const { bob, room, say, link } = start;
  const { page, shown, expectComplaint } = await openList(start, network.url);
  const first = `${bob.username} in ${room(0).name}: first`;
  const news = (text: string) => `${bob.username} in ${room(1).name}: ${text}`;
  await say(bob, 0, 'first');
  await expect.poll(shown).toEqual([first]);
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  await say(bob, 1, 'missed');
  network.up();
  await expect.poll(shown).toEqual([first, news('missed')]);
  await link(page, 1, ' 1 unread message').waitFor();
  await say(bob, 1, 'live');
  await expect.poll(shown).toEqual([first, news('missed'), news('live')]);
});

it('mutes a room in all sessions, for a while or not: it is still counted as unread', async () => {
  const start = await startRooms(2);
  const { ada, bob, room, say, link } = start;
  const { page: elsewhere, shown } = await openList(start);
  const { page } = await ada.open(`#/rooms/${room(0).id}`);
  const choose = async (item: string) => {
    await page.getByRole('button', { name: 'Room menu' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await choose('Mute for 8 hours');
  for (const window of [page, elsewhere]) await link(window, 0, ' muted').waitFor();
  const { mutedUntil } = (await ada.client.chat.listJoinedRooms.query())[0] ?? {};
  const hours = (Date.parse(mutedUntil ?? '') - Date.now()) / 3_600_000;
  expect(Math.round(hours)).toBe(8);
  await link(page, 1).click();
  await say(bob, 0, 'quiet');
  for (const window of [page, elsewhere]) await link(window, 0, ' muted 1 unread message').waitFor();

  await link(page, 0, ' muted 1 unread message').click();
  await message(page, 'quiet').waitFor();
  await choose('Unmute notifications');
  for (const window of [page, elsewhere]) await link(window, 0).waitFor();
  await link(page, 1).click();
  await say(bob, 0, 'loud');
  await expect.poll(shown).toEqual([`${bob.username} in ${room(0).name}: loud`]);
  await choose('Mute notifications');
  await link(elsewhere, 1, ' muted').waitFor();
});
