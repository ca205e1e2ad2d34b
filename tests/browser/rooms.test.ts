import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { createRoom, joinRoom, lateRoomCalls, logIn, message, write } from './support/app.ts';
import { startServer } from './support/mirage.ts';

const muting = [
  'Search messages',
  'Pinned messages',
  'Mute for 1 hour',
  'Mute for 8 hours',
  'Mute notifications',
];

async function startWithRoom(env?: Record<string, string>) {
  const mirage = await startServer(env);
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  await bob.client.chat.joinRoom.mutate({ name: 'attic' });
  const say = (text: string) => bob.client.chat.sendMessage.mutate({ roomId, text });
  return { ...mirage, ada, bob, roomId, say };
}

it('joins a public room from the list and leaves it', async () => {
  const { ada, user } = await startWithRoom();
  const cleo = await user('cleo');
  const { page } = await cleo.open();
  await page.getByRole('button', { name: 'Join attic' }).click();
  await page.getByText('No messages yet').waitFor();
  await ada.client.chat.sendMessage.mutate({ roomId: 1, text: 'welcome' });
  await message(page, 'welcome').waitFor();

  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem').first().waitFor();
  expect(await page.getByRole('menuitem').allInnerTexts()).toEqual([...muting, 'Leave room']);
  await page.getByRole('menuitem', { name: 'Leave room' }).click();
  await page
    .getByRole('alertdialog', { name: 'Leave attic?' })
    .getByRole('button', { name: 'Leave room' })
    .click();
  await page.getByText('You have not joined any rooms').waitFor();
  expect(await cleo.client.chat.listJoinedRooms.query()).toEqual([]);
});

it('shows other members that a room was deleted', async () => {
  const { ada, bob, roomId } = await startWithRoom();
  const { page: adas } = await ada.open(`#/rooms/${roomId}`);
  const { page: bobs, expectComplaint } = await bob.open(`#/rooms/${roomId}`);
  expectComplaint(lateRoomCalls);
  await bobs.getByText('No messages yet').waitFor();
  await adas.getByRole('button', { name: 'Room menu' }).click();
  await adas.getByRole('menuitem', { name: 'Delete room' }).click();
  await adas.getByRole('button', { name: 'Delete room' }).click();
  await adas.getByText('Choose a room').waitFor();
  await bobs.getByText('You are not in this room').waitFor();
});

it('shows the topic of a room, lets its owner delete it, and warns the last member', async () => {
  const { ada, bob, roomId } = await startWithRoom();
  const { page: adas } = await ada.open(`#/rooms/${roomId}`);
  const { page: bobs } = await bob.open(`#/rooms/${roomId}`);
  const menuOf = async (page: Page) => {
    await page.getByRole('button', { name: 'Room menu' }).click();
    await page.getByRole('menuitem').first().waitFor();
    const items = await page.getByRole('menuitem').allInnerTexts();
    await page.keyboard.press('Escape');
    return items;
  };
  await ada.client.chat.updateRoom.mutate({ roomId, topic: 'Beams and boxes' });
  for (const page of [adas, bobs]) await page.getByText('Beams and boxes').waitFor();
  expect(await menuOf(bobs)).toEqual([...muting, 'Leave room']);
  await ada.client.chat.transferOwnership.mutate({ roomId, username: 'bob' });
  const ofModerators = ['Invite people', 'Room settings', ...muting, 'Leave room'];
  await expect.poll(() => menuOf(bobs)).toEqual([...ofModerators, 'Delete room']);
  await expect.poll(() => menuOf(adas)).toEqual(ofModerators);
  await ada.client.chat.leaveRoom.mutate({ roomId });
  await adas.getByText('You are not in this room').waitFor();
  await bobs.reload();
  await bobs.getByText('1 member, 1 online').waitFor();
  await bobs.getByRole('button', { name: 'Room menu' }).click();
  await bobs.getByRole('menuitem', { name: 'Leave room' }).click();
  await bobs.getByText('You are its last member').waitFor();
  await bobs.getByRole('alertdialog').getByRole('button', { name: 'Leave room' }).click();
  await bobs.getByText('You have not joined any rooms').waitFor();
  await expect(bob.client.chat.joinRoom.mutate({ name: 'attic' })).rejects.toMatchObject({
    data: { reason: 'ROOM_NOT_FOUND' },
  });
});

it('shows unread counts for every room until its messages are read', async () => {
  const { ada, roomId, say } = await startWithRoom();
  const { id: otherId } = await ada.client.chat.createRoom.mutate({ name: 'cellar' });
  await say('first');
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, 'first').waitFor();
  const unreadOf = async () => (await ada.client.chat.listJoinedRooms.query()).map(({ unread }) => unread);
  await expect.poll(unreadOf).toEqual([0, 0]);
  await page.goto(`${page.url().split('#')[0]}#/rooms/${otherId}`);
  await say('second');
  await say('third');
  await page.getByRole('link', { name: /attic.*2 unread messages/ }).click();
  await page.getByText('New', { exact: true }).waitFor();
  await message(page, 'third').waitFor();
  await page.getByRole('link', { name: 'Rooms', exact: true }).waitFor();
  await page.reload();
  await message(page, 'third').waitFor();
  expect(await page.getByText(/unread message/).count()).toBe(0);
});

it('marks where messages are missing', async () => {
  const { url, ada, roomId, say } = await startWithRoom({ MAX_MESSAGES: '3' });
  const network = await startProxy(url);
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`, { at: network.url });
  await page.getByText('No messages yet').waitFor();
  await say('early');
  await message(page, 'early').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
  for (const text of ['lost', 'held 1', 'held 2', 'held 3']) await say(text);
  network.up();
  await message(page, 'held 3').waitFor();
  await page.getByText('Some messages are missing here').waitFor();
  expect(await page.getByTestId('messages').locator('li').allInnerTexts()).toEqual([
    expect.stringContaining('This room keeps only the latest'),
    expect.any(String), // the day
    expect.stringContaining('early'),
    expect.stringContaining('Some messages are missing'),
    expect.stringContaining('held 1'),
    expect.stringContaining('held 2'),
    expect.stringContaining('held 3'),
  ]);
});

it('explains refused room names and limits', async () => {
  const { ada } = await startWithRoom({ MAX_PUBLIC_ROOMS: '1' });
  const { page, expectComplaint } = await ada.open();
  expectComplaint(/status of 409 .*chat\.createRoom/);
  expectComplaint(/status of 400 .*chat\.createRoom/);
  expectComplaint(/status of 404 .*chat\.joinRoom/);
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByLabel('Name').fill('  ');
  await page.getByRole('button', { name: 'Create room' }).click();
  await page.getByText('Invalid room name. It can have up to 100 characters').waitFor();
  await page.getByLabel('Name').fill('attic');
  await page.getByRole('button', { name: 'Create room' }).click();
  await page.getByText('A room with this name already exists.').waitFor();
  await page.getByLabel('Name').fill('cellar');
  await page.getByRole('button', { name: 'Create room' }).click();
  await page.getByText('This server has reached its limit of public rooms.').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await createRoom(page, 'cellar', { password: 'damp' });
  await joinRoom(page, 'nowhere');
  await page.getByText('Room not found.').waitFor();
});

it('keeps a draft until it is sent or the user logs out', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  const field = page.getByRole('textbox', { name: 'Message to attic' });
  await field.fill('half a thou');
  await page.reload();
  await expect.poll(() => field.inputValue()).toBe('half a thou');
  await field.press('Shift+Enter');
  await field.pressSequentially('ght');
  await field.press('Enter');
  await message(page, /half a thou\s*ght/)
    .getByText('Sent')
    .waitFor();
  await page.reload();
  await message(page, /half a thou/).waitFor();
  expect(await field.inputValue()).toBe('');

  await field.fill('for my eyes');
  await page.getByRole('button', { name: 'Menu of ada' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('for my eyes');
  await logIn(page, 'ada');
  await page.getByRole('link', { name: /attic/ }).click();
  expect(await field.inputValue()).toBe('');
});

it('shows the delivery state of a message', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/trpc\/.*chat\.sendMessage/, async (route) => {
    await held;
    await route.continue();
  });
  await write(page, 'slowly');
  await message(page, 'slowly').getByText('Sending…').waitFor();
  release();
  await message(page, 'slowly').getByText('Sent').waitFor();

  expectComplaint(/net::ERR_FAILED/);
  await page.route(/trpc\/.*chat\.sendMessage/, (route) => route.abort());
  await write(page, 'never');
  await message(page, 'never').getByText('Not sent yet. It will be sent').waitFor();
  await message(page, 'never').getByRole('button', { name: 'Discard' }).click();
  await message(page, 'never').waitFor({ state: 'detached' });
  expect((await ada.client.chat.listMessages.query({ roomId })).map(({ text }) => text)).toEqual(['slowly']);
});

it('treats a message as sent when its event arrives though the answer was lost', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_FAILED/);
  let clientId = '';
  await page.route(/trpc\/.*chat\.sendMessage/, (route) => {
    clientId = /"clientId":"([^"]+)"/.exec(route.request().postData() ?? '')?.[1] ?? '';
    return route.abort();
  });
  await write(page, 'once');
  await message(page, 'once').getByText('Not sent yet.').waitFor();
  // As if the request had arrived after all.
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'once', clientId });
  await message(page, 'once').getByText('Sent', { exact: true }).waitFor();
  expect(await message(page, 'once').count()).toBe(1);
});

it('shows a message once when its event arrives before its lost answer', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_FAILED/);
  let lose = () => {};
  const lost = new Promise<void>((resolve) => {
    lose = resolve;
  });
  await page.route(/trpc\/.*chat\.sendMessage/, async (route) => {
    await route.fetch();
    await lost;
    await route.abort();
  });
  await write(page, 'once');
  await message(page, 'once').getByText('Sent', { exact: true }).waitFor();
  expect(await message(page, 'once').count()).toBe(1);
  const failed = page.waitForEvent('requestfailed');
  lose();
  await failed;
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'and on' });
  await message(page, 'and on').waitFor();
  expect(await message(page, 'once').allInnerTexts()).toEqual([expect.not.stringContaining('Not sent.')]);
});

it('distinguishes rooms that could not be loaded from having none', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page } = await ada.open('#/settings');
  await page.getByLabel('About you').waitFor();
  let fails = true;
  await page.routeWebSocket(/\/trpc/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((data) => {
      for (const call of /^[[{]/.test(String(data)) ? [JSON.parse(String(data))].flat() : [])
        if (!fails || call.params?.path !== 'chat.onRooms') server.send(JSON.stringify(call));
        else
          socket.send(
            JSON.stringify({
              id: call.id,
              error: { message: 'failed', code: -32603, data: { code: 'INTERNAL_SERVER_ERROR' } },
            }),
          );
    });
  });
  await page.goto(`${page.url().split('#')[0]}?again#/rooms/${roomId}`);
  const failure = page.getByRole('main').getByRole('alert');
  await failure.getByText('The rooms could not be loaded').waitFor();
  fails = false;
  await failure.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('No messages yet').waitFor();
});

it('ignores the offline state of the browser and never repeats a failed action later', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('2 members, 1 online').waitFor();
  // The server may be on the same machine.
  await page.evaluate(() => void dispatchEvent(new Event('offline')));
  await page.getByRole('button', { name: 'bob, offline' }).click();
  await page.getByText('No description.').waitFor();
  await page.keyboard.press('Escape');

  expectComplaint(/net::ERR_FAILED/);
  await page.route(/chat\.deleteRoom/, (route) => route.abort());
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Delete room' }).click();
  await page.getByRole('button', { name: 'Delete room' }).click();
  await page.getByRole('alertdialog').getByText('The server cannot be reached').waitFor();
});

it('shows who is online, and their profiles', async () => {
  const { ada, bob, roomId } = await startWithRoom();
  await bob.client.users.updateProfile.mutate({ description: 'Owls, mostly.' });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByRole('button', { name: 'bob, offline' }).waitFor();
  const { page: bobs } = await bob.open(`#/rooms/${roomId}`);
  await page.getByRole('button', { name: 'bob, online' }).waitFor();
  await bobs.context().close();
  await page.getByRole('button', { name: 'bob, offline' }).click();
  await page.getByRole('dialog', { name: 'Profile' }).getByText('Owls, mostly.').waitFor();
  await page.getByRole('link', { name: 'Send a message' }).click();
  await page.getByRole('heading', { name: 'bob' }).waitFor();
});

it('removes members who leave', async () => {
  const { ada, bob, roomId } = await startWithRoom();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await bob.open(`#/rooms/${roomId}`);
  await page.getByText('2 members, 2 online').waitFor();
  await bob.client.chat.leaveRoom.mutate({ roomId });
  // Less than the polling interval of the list.
  await page.getByText('1 member, 1 online').waitFor({ timeout: 20_000 });
});

it('does not send during IME composition', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  const field = page.getByRole('textbox', { name: 'Message to attic' });
  await field.fill('kanji');
  for (const how of [{ isComposing: true }, { keyCode: 229 }]) // Safari reports only the key code
    await field.dispatchEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...how });
  expect(await field.inputValue()).toBe('kanji');
  await field.press('Enter');
  await message(page, 'kanji').getByText('Sent').waitFor();
  expect((await ada.client.chat.listMessages.query({ roomId })).length).toBe(1);
});

it('warns that a message is too long before it is sent', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByRole('textbox', { name: 'Message to attic' }).fill('x'.repeat(16_385));
  await page.getByText('1 character too many').waitFor();
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
  await page.getByRole('textbox', { name: 'Message to attic' }).fill('x'.repeat(16_384));
  await page.getByText('0 characters left').waitFor();
  await page.getByRole('button', { name: 'Send' }).click();
  await message(page, 'xxx').getByText('Sent').waitFor();
});

it('limits the size of pasted text', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  const field = page.getByRole('textbox', { name: 'Message to attic' });
  await field.focus();
  await page.evaluate(() => void document.execCommand('insertText', false, 'a book '.repeat(30_000)));
  await page.getByText('16384 characters too many').waitFor();
  await page.reload();
  await expect.poll(async () => (await field.inputValue()).length).toBe(32_768);
});
