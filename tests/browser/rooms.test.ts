import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { createRoom, joinRoom, logIn, message, write } from './support/app.ts';
import { withBrowser } from './support/browser.ts';
import { startBuilt } from './support/mirage.ts';

withBrowser();

async function startWithRoom(env?: Record<string, string>) {
  const mirage = await startBuilt(env);
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  await bob.client.chat.joinRoom.mutate({ name: 'attic' });
  const say = (text: string) => bob.client.chat.sendMessage.mutate({ roomId, text });
  return { ...mirage, ada, bob, roomId, say };
}

it('lists public rooms, from which one joins and leaves', async () => {
  const { ada, user } = await startWithRoom();
  const cleo = await user('cleo');
  const { page } = await cleo.open();
  await page.getByRole('button', { name: 'Join attic' }).click();
  await page.getByText('Nothing said yet').waitFor();
  await ada.client.chat.sendMessage.mutate({ roomId: 1, text: 'welcome' });
  await message(page, 'welcome').waitFor();

  await page.getByRole('button', { name: 'Room menu' }).click();
  expect(await page.getByRole('menuitem').allInnerTexts()).toEqual(['Leave room']);
  await page.getByRole('menuitem', { name: 'Leave room' }).click();
  await page
    .getByRole('alertdialog', { name: 'Leave attic?' })
    .getByRole('button', { name: 'Leave room' })
    .click();
  await page.getByText('You are in no room yet').waitFor();
  expect(await cleo.client.chat.listJoinedRooms.query()).toEqual([]);
});

it('tells the others when a room has been deleted', async () => {
  const { ada, bob, roomId } = await startWithRoom();
  const { page: adas } = await ada.open(`#/rooms/${roomId}`);
  const { page: bobs } = await bob.open(`#/rooms/${roomId}`);
  await bobs.getByText('Nothing said yet').waitFor();
  await adas.getByRole('button', { name: 'Room menu' }).click();
  await adas.getByRole('menuitem', { name: 'Delete room' }).click();
  await adas.getByRole('button', { name: 'Delete room' }).click();
  await adas.getByText('Choose a room').waitFor();
  await bobs.getByText('You are not in this room').waitFor();
});

it('marks what has not been read, in every room, until it is', async () => {
  const { ada, roomId, say } = await startWithRoom();
  const { id: otherId } = await ada.client.chat.createRoom.mutate({ name: 'cellar' });
  await say('first');
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, 'first').waitFor();
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

it('says where messages are missing', async () => {
  const { url, ada, roomId, say } = await startWithRoom({ MAX_MESSAGES: '3' });
  const network = await startProxy(url);
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`, { at: network.url });
  await page.getByText('Nothing said yet').waitFor();
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
    expect.stringContaining('Rooms hold the latest'),
    expect.any(String), // the day
    expect.stringContaining('early'),
    expect.stringContaining('Some messages are missing'),
    expect.stringContaining('held 1'),
    expect.stringContaining('held 2'),
    expect.stringContaining('held 3'),
  ]);
});

it('says the limits of rooms in words', async () => {
  const { ada } = await startWithRoom({ MAX_PUBLIC_ROOMS: '1' });
  const { page, expectComplaint } = await ada.open();
  expectComplaint(/status of 409 .*chat\.createRoom/);
  expectComplaint(/status of 404 .*chat\.joinRoom/);
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByLabel('Name').fill('attic');
  await page.getByRole('button', { name: 'Create room' }).click();
  await page.getByText('There is a room of this name already.').waitFor();
  await page.getByLabel('Name').fill('cellar');
  await page.getByRole('button', { name: 'Create room' }).click();
  await page.getByText('There are as many public rooms as this server allows.').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await createRoom(page, 'cellar', 'damp');
  await joinRoom(page, 'nowhere');
  await page.getByText('There is no room of this name.').waitFor();
});

it('keeps what has been written until it is sent, or its writer logs out', async () => {
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
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('for my eyes');
  await logIn(page, 'ada');
  await page.getByRole('link', { name: /attic/ }).click();
  expect(await field.inputValue()).toBe('');
});

it('shows a message while it is being sent, and when it was refused', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('Nothing said yet').waitFor();
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
  await message(page, 'never').getByText('The server cannot be reached').waitFor();
  await message(page, 'never').getByRole('button', { name: 'Discard' }).click();
  await message(page, 'never').waitFor({ state: 'detached' });
  expect((await ada.client.chat.listMessages.query({ roomId })).map(({ text }) => text)).toEqual(['slowly']);
});

it('takes a message whose answer was lost for sent, when it comes back', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('Nothing said yet').waitFor();
  expectComplaint(/net::ERR_FAILED/);
  await page.route(/trpc\/.*chat\.sendMessage/, (route) => route.abort());
  await write(page, 'once');
  await message(page, 'once').getByText('Not sent.').first().waitFor();
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'once' });
  await message(page, 'once').getByText('Sent', { exact: true }).waitFor();
  expect(await message(page, 'once').count()).toBe(1);
});

it('shows a message once, though it comes back before its answer, which is lost', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('Nothing said yet').waitFor();
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

it('says that the rooms could not be loaded, not that one is in none', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page, expectComplaint } = await ada.open('#/settings');
  await page.getByLabel('About you').waitFor();
  expectComplaint(/status of 500 /);
  await page.route(/chat\.listJoinedRooms/, (route) => route.fulfill({ status: 500, json: {} }));
  await page.goto(`${page.url().split('#')[0]}?again#/rooms/${roomId}`);
  const failure = page.getByRole('main').getByRole('alert');
  await failure.getByText('The messages could not be loaded').waitFor();
  await page.unroute(/chat\.listJoinedRooms/);
  await failure.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Nothing said yet').waitFor();
});

it('works where the browser says that there is no network, and does nothing late', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page, expectComplaint } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('2 members, 1 online').waitFor();
  // As on a train, with the server on the same machine.
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

it('shows who is here, and who they are', async () => {
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

it('takes whoever leaves off the list', async () => {
  const { ada, bob, roomId } = await startWithRoom();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await bob.open(`#/rooms/${roomId}`);
  await page.getByText('2 members, 2 online').waitFor();
  await bob.client.chat.leaveRoom.mutate({ roomId });
  // Well before the list is looked up in any case.
  await page.getByText('1 member, 1 online').waitFor({ timeout: 20_000 });
});

it('sends nothing while an input method is composing', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  const field = page.getByRole('textbox', { name: 'Message to attic' });
  await field.fill('kanji');
  for (const how of [{ isComposing: true }, { keyCode: 229 }]) // the second is Safari's way, after the end of it
    await field.dispatchEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...how });
  expect(await field.inputValue()).toBe('kanji');
  await field.press('Enter');
  await message(page, 'kanji').getByText('Sent').waitFor();
  expect((await ada.client.chat.listMessages.query({ roomId })).length).toBe(1);
});

it('warns of a message that is too long before it is sent', async () => {
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

it('takes in no more of what is pasted than it can show in time', async () => {
  const { ada, roomId } = await startWithRoom();
  const { page } = await ada.open(`#/rooms/${roomId}`);
  const field = page.getByRole('textbox', { name: 'Message to attic' });
  await field.focus();
  await page.evaluate(() => void document.execCommand('insertText', false, 'a book '.repeat(30_000)));
  await page.getByText('16384 characters too many').waitFor();
  await page.reload();
  await expect.poll(async () => (await field.inputValue()).length).toBe(32_768);
});
