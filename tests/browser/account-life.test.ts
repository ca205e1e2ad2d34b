import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { codeAt, stepMs } from '../support/factors.ts';
import { unzip } from '../support/unzip.ts';
import { logIn } from './support/app.ts';
import { visit } from './support/browser.ts';
import { linkIn, startWithMail } from './support/mailing.ts';
import { addAuthenticator, logOut, menu, secondStep } from './support/second-step.ts';

it('keeps an account from its registration to its end', async () => {
  const { url, post, deps } = await startWithMail({ REQUIRE_VERIFIED_EMAIL: 'on' }, 'localhost');
  const { page, expectComplaint } = await visit(url);
  const mail = async (subject: RegExp) => {
    for (;;) {
      const next = await post.next();
      if (subject.test(next.subject)) return next;
    }
  };
  const settings = () => page.goto(`${url}/#/settings`);
  await addAuthenticator(page);

  expectComplaint(/status of 403 .*auth\.login/);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Email address').fill('ada@example.com');
  await page.getByLabel('Password').fill('a secret one');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Confirm your email address first').waitFor();
  await page.goto(linkIn(await mail(/^Confirm your email address/)));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await logIn(page, 'ada', 'a secret one');
  await menu(page).waitFor();

  await settings();
  await secondStep(page).getByRole('button', { name: 'Add an authenticator app' }).click();
  const secret = (await secondStep(page).getByLabel('Key').inputValue()).replaceAll(' ', '');
  await secondStep(page).getByLabel('Code that the app shows now').fill(codeAt(secret, Date.now()));
  await secondStep(page).getByRole('button', { name: 'Turn on' }).click();
  await secondStep(page).getByRole('button', { name: 'I have kept them' }).click();
  await secondStep(page).getByRole('button', { name: 'Add a passkey' }).click();
  await secondStep(page).getByLabel('Name').fill('My laptop');
  await secondStep(page).getByRole('button', { name: 'Create passkey' }).click();
  await secondStep(page).getByText('My laptop').waitFor();

  await logOut(page);
  await logIn(page, 'ada', 'a secret one');
  // The next code counts as well, as clocks differ.
  await page.getByLabel('Code').fill(codeAt(secret, Date.now() + stepMs));
  await page.getByRole('button', { name: 'Continue' }).click();
  await menu(page).waitFor();
  await logOut(page);
  await page.getByRole('button', { name: 'Use a passkey instead' }).click();
  await menu(page).waitFor();

  await logOut(page);
  await page.getByRole('button', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Email address').fill('ada@example.com');
  await page.getByRole('button', { name: 'Send a link' }).click();
  await page.goto(linkIn(await mail(/^New password/)));
  await page.getByLabel('New password').fill('another secret');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await logIn(page, 'ada', 'another secret');
  // A new password takes no second step away.
  await page.getByRole('heading', { name: 'Second step' }).waitFor();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await menu(page).waitFor();

  await settings();
  const data = page.getByRole('region', { name: 'Your data' });
  await data.getByRole('button', { name: 'Prepare an archive' }).click();
  const link = data.getByRole('link', { name: 'Download archive' });
  await link.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(await unzip(await readFile(await download.path()))).toMatchObject({
    'profile.jsonl': [{ username: 'ada', email: 'ada@example.com' }],
  });

  await page.getByRole('button', { name: 'Delete account…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete your account for good?' });
  await dialog.getByLabel('Your password').fill('another secret');
  await dialog.getByRole('button', { name: 'Delete my account' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(await deps.db.user.count()).toBe(0);
  expectComplaint(/status of 401 .*auth\.login/);
  await logIn(page, 'ada', 'another secret');
  await page.getByRole('alert').waitFor();
});
