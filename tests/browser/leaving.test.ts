import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { unzip } from '../support/unzip.ts';
import { passwordOf } from './support/app.ts';
import { startServer } from './support/mirage.ts';

it('prepares an archive, which can be downloaded, and deletes the account', async () => {
  const { user, deps } = await startServer();
  const [ada, bob] = [await user('ada'), await user('bob')];
  await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'a private word' });
  const { page, expectComplaint } = await ada.open('#/settings');
  const data = page.getByRole('region', { name: 'Your data' });
  await data.getByRole('button', { name: 'Prepare an archive' }).click();
  const link = data.getByRole('link', { name: 'Download archive' });
  await link.waitFor();
  await data.getByText(/^Your archive is ready/).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toMatch(/^mirage-data-[\d-]+\.zip$/);
  expect(await unzip(await readFile(await download.path()))).toMatchObject({
    'profile.jsonl': [{ username: 'ada' }],
    'inbox-messages.jsonl': [{ text: 'a private word' }],
  });

  const leave = page.getByRole('region', { name: 'Delete your account' });
  await leave.getByRole('button', { name: 'Delete account…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete your account for good?' });
  expectComplaint(/status of 403 .*auth\.deleteAccount/);
  await dialog.getByLabel('Your password').fill('not the password');
  await dialog.getByRole('button', { name: 'Delete my account' }).click();
  await dialog.getByRole('alert').waitFor();
  await ada.client.auth.me.query();
  await dialog.getByLabel('Your password').fill(passwordOf('ada'));
  await dialog.getByRole('button', { name: 'Delete my account' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(await deps.db.user.count()).toBe(1);
  expect(await page.evaluate(() => Object.values(localStorage).join())).not.toContain('ada');

  const other = await bob.open('#/inbox');
  other.expectComplaint(/status of 404 .*users\.get/);
  await other.page
    .getByText(/^deleted-[a-z0-9]{16}$/)
    .first()
    .waitFor();
});
