import { expect, it } from 'vitest';
import { spawnMirage } from '../support/process.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { choose, createRoom, joinRoom, logIn, message, register, write } from './support/app.ts';
import { visit } from './support/browser.ts';

it('lets two people talk in a private room and in their inboxes', async () => {
  const mirage = await spawnMirage();
  const url = await mirage.url();
  const network = await startProxy(url);
  const { page: ada } = await visit(url);
  const { page: bob, expectComplaint } = await visit(network.url);

  // Both register.
  await register(ada, 'ada');
  await register(bob, 'bob');
  await ada.getByText('You have not joined any rooms').waitFor();

  // A private room and its password.
  await createRoom(ada, 'attic', { password: 'cobwebs' });
  expectComplaint(/status of 403 .*chat\.joinRoom/);
  await joinRoom(bob, 'attic', 'guess');
  await bob.getByText('Wrong password.').waitFor();
  await bob.getByLabel('Password').fill('cobwebs');
  await bob.getByRole('button', { name: 'Join room' }).click();
  await bob.getByRole('heading', { name: 'attic' }).waitFor();
  await ada.getByText('2 members, 2 online').waitFor();

  // Live messages in both directions.
  await write(ada, 'Is anybody there?');
  await message(ada, 'Is anybody there?').getByText('Sent').waitFor();
  await message(bob, 'Is anybody there?').waitFor();
  await write(bob, 'Only me.');
  await message(ada, 'Only me.').waitFor();
  await ada.getByTestId('announcer').getByText('bob: Only me.').waitFor({ state: 'attached' });

  // Typing indicators.
  await bob.getByRole('textbox', { name: 'Message to attic' }).pressSequentially('Hm');
  await ada.getByText('bob is typing…').waitFor();
  await bob.getByRole('textbox', { name: 'Message to attic' }).fill('');
  await ada.getByText('bob is typing…').waitFor({ state: 'hidden' });

  // A lost connection is shown, and missed messages arrive afterwards.
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await bob.getByText('Connection lost. Reconnecting').waitFor();
  await write(ada, 'Did you hear that?');
  await write(ada, 'Bob?');
  await write(bob, 'Hello?');
  await message(bob, 'Hello?').getByText('Not sent yet.').waitFor();
  network.up();
  await message(bob, 'Bob?').waitFor();
  await bob.getByText('Connection lost. Reconnecting').waitFor({ state: 'hidden' });
  await message(ada, 'Hello?').waitFor();
  expect(
    await bob.getByTestId('messages').getByRole('article').getByRole('paragraph').allInnerTexts(),
  ).toEqual(
    expect.arrayContaining(['Is anybody there?', 'Only me.', 'Did you hear that?', 'Bob?', 'Hello?']),
  );
  expect(await message(bob, 'Did you hear that?').count()).toBe(1);

  // The inbox: badge, message, read state.
  await ada.getByRole('link', { name: 'Inbox' }).click();
  await ada.getByRole('button', { name: 'New message' }).click();
  await ada.getByLabel('To (user name)').fill('bob');
  await ada.getByLabel('Message', { exact: true }).fill('Between us:\nthe attic leaks.');
  await ada.getByRole('button', { name: 'Send message' }).click();
  await message(ada, 'the attic leaks.').getByText('Sent').waitFor();
  await bob.getByRole('link', { name: 'Inbox 1 unread message' }).click();
  expect(await bob.title()).toBe('(1) Mirage');
  await bob.getByRole('link', { name: /ada.*Between us/ }).click();
  await message(bob, 'the attic leaks.').waitFor();
  await message(ada, 'the attic leaks.').getByText('Read').waitFor();
  await bob.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
  expect(await bob.title()).toBe('Mirage');
  await write(bob, 'I shall tell nobody.');
  await message(ada, 'I shall tell nobody.').waitFor();

  // Deleting removes the message for both, after confirmation.
  await choose(ada, 'the attic leaks.', 'Delete for everyone');
  await ada.getByRole('button', { name: 'Cancel' }).click();
  await choose(ada, 'the attic leaks.', 'Delete for everyone');
  await ada.getByRole('alertdialog').getByText('deleted for you and for bob').waitFor();
  await ada.getByRole('button', { name: 'Delete', exact: true }).click();
  await message(ada, 'the attic leaks.').waitFor({ state: 'detached' });
  await message(bob, 'the attic leaks.').waitFor({ state: 'detached' });

  // Log out.
  await ada.getByRole('button', { name: 'Menu of ada' }).click();
  await ada.getByRole('menuitem', { name: 'Log out' }).click();
  await ada.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(await ada.context().cookies(`${url}/trpc`)).toEqual([]);
  await ada.reload();
  await ada.getByRole('heading', { name: 'Log in' }).waitFor();

  // Log in again.
  await logIn(ada, 'ada');
  await ada.getByRole('link', { name: 'Rooms' }).click();
  await ada.getByRole('link', { name: /attic/ }).click();
  await message(ada, 'Only me.').waitFor();
});
