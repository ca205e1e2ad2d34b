import sharp from 'sharp';
import { it } from 'vitest';
import { wav } from '../files/media-files.ts';
import { codeAt } from '../support/factors.ts';
import { expectAccessible } from './support/accessibility.ts';
import { choose, dialogsClosed, logIn, message, write } from './support/app.ts';
import { narrow, visit, wide } from './support/browser.ts';
import { startServer } from './support/mirage.ts';

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
  const shared = [await samplePicture(), Buffer.from('notes'), wav(100)];
  const names = ['cat.png', 'notes.txt', 'song.wav'];
  const facts = ['image/png', 'text/plain', 'audio/wav'];
  const ids = await Promise.all(
    shared.map((bytes, index) =>
      ada.client.files.upload(bytes, { roomId }, { name: names[index], mediaType: facts[index] }),
    ),
  );
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'files', attachments: ids.map(({ id }) => id) });
  await page.getByRole('link', { name: /^Download song.wav/ }).waitFor();
  await page.route(/\/files\?/, (route, request) =>
    request.headers()['content-disposition']?.includes('slow') ? undefined : route.abort(),
  );
  const input = page.locator('input[type=file]');
  const chosen = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });
  await input.setInputFiles([chosen('slow.txt'), chosen('broken.txt')]);
  await page.getByRole('button', { name: 'Try again to upload broken.txt' }).waitFor();
  await check('room with files, and others that are chosen');
  for (const name of ['slow.txt', 'broken.txt'])
    await page.getByRole('button', { name: `Remove ${name}` }).click();
  await page.unroute(/\/files\?/);
  await page.getByRole('button', { name: 'cat.png' }).click();
  await page.getByRole('dialog', { name: /cat.png/ }).waitFor();
  await check('picture');
  await closeDialog();
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
  await page.getByRole('gridcell', { name: 'grinning face', exact: true }).waitFor();
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
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByLabel('Read private messages').waitFor();
  await check('settings');
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  await page.getByRole('alertdialog', { name: 'Log out everywhere?' }).waitFor();
  await check('log out everywhere');
  await closeDialog();
  await page.getByRole('button', { name: 'Log out everywhere' }).and(page.locator(':focus')).waitFor();
  expectComplaint(/status of 401 .*auth\.me/);
  await ada.client.auth.changePassword.mutate({ newPassword: 'a new password' });
  await page.getByText('Your session has ended.').waitFor();
  await check('session ended');
});

it('has no serious violations in the second step of logging in, and where it is set up', async () => {
  const { url, user, deps } = await startServer();
  const ada = await user('ada');
  const { page } = await ada.open('#/settings');
  await page.getByRole('button', { name: 'Add an authenticator app' }).click();
  await page.getByRole('img', { name: 'QR code for your authenticator app' }).waitFor();
  await expectAccessible(page, 'setting up an app');
  const { secret } = await deps.db.totp.findFirstOrThrow({ orderBy: { id: 'desc' } });
  const code = codeAt(secret, Date.now());
  await page.getByLabel('Code that the app shows now').fill(code);
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('region', { name: 'Recovery codes' }).waitFor();
  await expectAccessible(page, 'recovery codes');

  const { page: another } = await visit(url, { viewport: narrow });
  await logIn(another, 'ada');
  await another.getByRole('heading', { name: 'Second step' }).waitFor();
  await another.getByLabel('Code').waitFor();
  await expectAccessible(another, 'second step');
});

const samplePicture = () =>
  sharp({ create: { width: 640, height: 400, channels: 3, background: '#2a6f97' } })
    .png()
    .toBuffer();
