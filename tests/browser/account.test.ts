import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { logIn, message, passwordOf, register } from './support/app.ts';
import { visit } from './support/browser.ts';
import { startServer } from './support/mirage.ts';

it('explains why a login or registration failed', async () => {
  const { url, user } = await startServer({ RATE_LIMIT: 'on' });
  await user('ada');
  const { page, expectComplaint } = await visit(url);
  expectComplaint(/status of 401 .*auth\.login/);
  expectComplaint(/status of 409 .*auth\.register/);
  expectComplaint(/status of 429 .*auth\.login/);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await logIn(page, 'ada', `guess ${attempt}`);
    await page.getByText('Wrong user name or password.').waitFor();
    await page.getByRole('button', { name: 'Log in' }).and(page.locator('[aria-disabled=false]')).waitFor();
  }
  await logIn(page, 'ada', 'one more guess');
  await page.getByText('Too many attempts. Try again in 15 minutes.').waitFor();

  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Email address').fill('else@example.com');
  await page.getByLabel('Password').fill('x');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('This user name is already taken.').waitFor();
  expect(await page.getByLabel('Email address').inputValue()).toBe('else@example.com');
});

it('works without browser storage, and explains that it needs a cookie', async () => {
  const { url, user } = await startServer();
  await user('ada');
  const { page, expectComplaint } = await visit(url);
  expectComplaint(/status of 401 .*auth\.me/);
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'localStorage', {
      get() {
        throw new DOMException('forbidden', 'SecurityError');
      },
    });
  });
  await page.reload();
  await page.route('**/session', (route) => route.fulfill({ status: 204 }));
  await logIn(page, 'ada');
  await page.getByText('Your browser blocks cookies for this page.').waitFor();
  await page.unroute('**/session');
  await logIn(page, 'ada');
  await page.getByText('You have not joined any rooms').waitFor();
});

it('stays logged in across a reload until the session is ended elsewhere', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const { page, expectComplaint } = await ada.open();
  await page.getByText('You have not joined any rooms').waitFor();
  expectComplaint(/status of 401 .*auth\.me/);
  await page.reload();
  await page.getByText('You have not joined any rooms').waitFor();
  await ada.client.auth.changePassword.mutate({ newPassword: 'a new password' });
  await page.getByText('Your session has ended. Log in to continue where you left off.').waitFor();
  await logIn(page, ' ada ', 'a new password'); // as pasted or completed by a keyboard
  await page.getByText('You have not joined any rooms').waitFor();
});

it('changes the profile and the password, which ends other sessions', async () => {
  const { url, user } = await startServer({ EXTERNAL_AVATARS: 'on' });
  const ada = await user('ada');
  const other = await ada.open();
  other.expectComplaint(/status of 401 .*auth\.me/);
  const { page, expectComplaint } = await ada.open('#/settings');
  await page.getByLabel('About you').fill('Engines.');
  await page.getByLabel(/^Address of a picture/).fill('ftp://example.org/me.png');
  await page.getByText('Enter an address that starts with https://').waitFor();
  await page.getByLabel(/^Address of a picture/).fill('');
  await page.getByRole('region', { name: 'Profile' }).getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await ada.client.users.get.query({ username: 'ada' })).toMatchObject({ description: 'Engines.' });

  await page.getByLabel('About you').fill('word '.repeat(501));
  expectComplaint(/status of 400 .*users\.updateProfile/);
  await page.getByRole('region', { name: 'Profile' }).getByRole('button', { name: 'Save' }).click();
  await page.getByText('Your description is too long.').waitFor();

  expectComplaint(/status of 403 .*auth\.changePassword/);
  await page.getByLabel('Current password').fill('wrong');
  await page.getByLabel('New password').fill('a new password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Wrong password.').waitFor();
  await page.getByLabel('Current password').fill(passwordOf('ada'));
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Your password has been changed').waitFor();
  expect(await page.getByLabel('Current password').inputValue()).toBe('');
  await other.page.getByText('Your session has ended.').waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Menu of ada' }).waitFor();
  expect((await page.context().cookies(`${url}/trpc`)).length).toBe(1);
});

it('shows the current profile after a change elsewhere', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const { page } = await ada.open('#/settings');
  await page.getByLabel('About you').waitFor();
  await page.getByRole('link', { name: 'Rooms' }).click();
  await page.getByText('Choose a room').waitFor();
  await ada.client.users.updateProfile.mutate({ description: 'Engines.' });
  await page.goBack();
  await page.getByLabel('About you').waitFor();
  expect(await page.getByLabel('About you').inputValue()).toBe('Engines.');
});

it('offers the form for the next login once the cookie of the last one is gone', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const { page } = await ada.open();
  const form = page.getByRole('heading', { name: 'Log in' });
  const early: number[] = [];
  await page.route(/\/session$/, async (route) => {
    const response = await route.fetch();
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    early.push(await form.count());
    await route.fulfill({ response });
  });
  await page.getByRole('button', { name: 'Menu of ada' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await form.waitFor();
  expect(early).toEqual([0]);
});

it('logs in and out in all windows of a browser', async () => {
  const { url, user } = await startServer();
  const ada = await user('ada');
  await user('bob');
  const { page, expectComplaint } = await ada.open();
  const other = await page.context().newPage();
  await other.goto(url);
  await other.getByRole('button', { name: 'Menu of ada' }).waitFor();
  // The other window may learn of the end of the session before it learns of the logout.
  expectComplaint(/status of 401 .*auth\.me/);
  await page.getByRole('button', { name: 'Menu of ada' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await other.getByRole('heading', { name: 'Log in' }).waitFor();
  await logIn(page, 'bob');
  await other.getByRole('button', { name: 'Menu of bob' }).waitFor();
});

it('shares read state between windows', async () => {
  const { url, user } = await startServer();
  const ada = await user('ada');
  const bob = await user('bob');
  for (const name of ['attic', 'cellar']) {
    const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
    await bob.client.chat.joinRoom.mutate({ name });
    await bob.client.chat.sendMessage.mutate({ roomId, text: `in the ${name}` });
  }
  const { page } = await ada.open();
  await page.getByRole('link', { name: /cellar.*1 unread/ }).waitFor();
  const other = await page.context().newPage();
  await other.goto(url);
  await other.getByRole('link', { name: /cellar.*1 unread/ }).waitFor();
  await page.getByRole('link', { name: /cellar/ }).click();
  await message(page, 'in the cellar').waitFor();
  await other.getByRole('link', { name: 'cellar', exact: true }).waitFor();
  await other.getByRole('link', { name: /attic/ }).click();
  await message(other, 'in the attic').waitFor();
  await page.getByRole('link', { name: 'attic', exact: true }).waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'attic', exact: true }).waitFor();
  await page.getByRole('link', { name: 'cellar', exact: true }).waitFor();
});

it('shows that the server cannot be reached, and retries', async () => {
  const { url } = await startServer();
  const network = await startProxy(url);
  const { page, expectComplaint } = await visit(network.url);
  await register(page, 'ada');
  expectComplaint(/net::ERR_|WebSocket connection/);
  // The page loads from the cache, but the API is unreachable.
  await page.route('**/trpc/**', (route) => route.abort());
  await page.reload();
  await page.getByText('The server cannot be reached', { exact: true }).waitFor();
  await page.unroute('**/trpc/**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('You have not joined any rooms').waitFor();

  // A failed logout is not shown as logged out.
  network.down();
  await page.getByRole('button', { name: 'Menu of ada' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByText('You could not be logged out').waitFor();
});

it('lists sessions, and ends one or all of them', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const elsewhere = await ada.open();
  elsewhere.expectComplaint(/status of 401 .*auth\.me/);
  const { page, expectComplaint } = await ada.open('#/settings');
  const sessions = page.getByRole('list', { name: 'Where you are logged in' }).getByRole('listitem');
  await sessions.first().waitFor();
  const before = await sessions.count();
  expect(await sessions.filter({ hasText: 'this device' }).count()).toBe(1);
  expect(await sessions.filter({ hasText: 'Chrome on Linux' }).count()).toBe(2);

  await page.getByRole('button', { name: 'Log out Chrome on Linux' }).click();
  await elsewhere.page.getByText('Your session has ended.').waitFor();
  await sessions.nth(before - 1).waitFor({ state: 'detached' });
  expect(await sessions.filter({ hasText: 'Chrome on Linux' }).count()).toBe(1);

  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('All your sessions will end, including the one on this device.').waitFor();
  await dialog.getByRole('button', { name: 'Log out everywhere' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expectComplaint(/status of 401 .*auth\.me/);
  await expect(ada.client.auth.me.query()).rejects.toMatchObject({ data: { reason: 'UNAUTHORIZED' } });
});
