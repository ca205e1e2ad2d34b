import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { codeAt, stepMs } from '../support/factors.ts';
import { logIn, passwordOf } from './support/app.ts';
import { visit } from './support/browser.ts';
import { startServer } from './support/mirage.ts';
import { addAuthenticator, logOut, menu, secondStep as settings } from './support/second-step.ts';

/** Passkeys belong to a domain, and 127.0.0.1 is none. */
const atLocalhost = (url: string) => url.replace('127.0.0.1', 'localhost');

it('sets up an app, keeps recovery codes, and logs in with both', async () => {
  const { user, deps } = await startServer();
  const ada = await user('ada');
  const { page, expectComplaint } = await ada.open('#/settings');
  const section = settings(page);
  await section.getByText('You log in with your password alone.').waitFor();
  await section.getByRole('button', { name: 'Add an authenticator app' }).click();
  await section.getByRole('img', { name: 'QR code for your authenticator app' }).waitFor();
  const secret = (await section.getByLabel('Key').inputValue()).replaceAll(' ', '');
  expectComplaint(/status of 403 .*auth\.finishTotp/);
  await section.getByLabel('Code that the app shows now').fill('000000');
  await section.getByRole('button', { name: 'Turn on' }).click();
  await section.getByText('Wrong code.').waitFor();
  await section.getByLabel('Code that the app shows now').fill(codeAt(secret, Date.now()));
  await section.getByRole('button', { name: 'Turn on' }).click();

  const codes = await section
    .getByRole('region', { name: 'Recovery codes' })
    .getByRole('listitem')
    .allTextContents();
  expect(new Set(codes).size).toBe(10);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    section.getByRole('link', { name: 'Download codes' }).click(),
  ]);
  expect(file.suggestedFilename()).toBe('mirage-recovery-codes.txt');
  expect(await readFile(await file.path(), 'utf8')).toContain(codes.join('\n'));
  await section.getByRole('button', { name: 'I have kept them' }).click();
  await section.getByText('10 recovery codes are left.').waitFor();
  await page.reload();
  await section.getByText('10 recovery codes are left.').waitFor();
  expect(await page.content()).not.toContain(codes[0]);

  await logOut(page);
  await logIn(page, 'ada');
  await page.getByRole('heading', { name: 'Second step' }).waitFor();
  expectComplaint(/status of 403 .*auth\.finishLogin/);
  await page.getByLabel('Code').fill('123 456');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Wrong code.').waitFor();
  // The next code counts as well, as clocks differ.
  await page.getByLabel('Code').fill(codeAt(secret, Date.now() + stepMs));
  await page.getByRole('button', { name: 'Continue' }).click();
  await menu(page).waitFor();

  await logOut(page);
  await logIn(page, 'ada');
  await page.getByLabel('Code').fill(codes[0] ?? '');
  await page.getByRole('button', { name: 'Continue' }).click();
  await menu(page).waitFor();
  await page.goto(`${page.url().split('#')[0]}#/settings`);
  await settings(page).getByText('9 recovery codes are left.').waitFor();
  await page.getByText('Logged in with a password and a recovery code').waitFor();

  // Another address and removing it need a proof once the log-in is some time ago.
  const forgetProof = () =>
    deps.db.session.updateMany({ data: { confirmedAt: new Date(Date.now() - 11 * 60_000) } });
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  const prove = async (code = '') => {
    await dialog.getByLabel('Code of your authenticator app').fill(code);
    await dialog.getByRole('button', { name: 'Confirm' }).click();
  };
  await forgetProof();
  expectComplaint(/status of 403 .*users\.updateProfile/);
  const profile = page.getByRole('region', { name: 'Profile' });
  await profile.getByLabel('Email').fill('ada@new.example');
  await profile.getByRole('button', { name: 'Save' }).click();
  await prove(codes[1]);
  await profile.getByText('Saved.').waitFor();
  await forgetProof();
  expectComplaint(/status of 403 .*auth\.removeTotp/);
  await settings(page).getByRole('button', { name: 'Remove the authenticator app' }).click();
  await prove(codes[2]);
  await settings(page).getByText('You log in with your password alone.').waitFor();
});

it('adds a passkey, logs in with it alone and after the password, and removes it', async () => {
  const { user, url } = await startServer();
  const ada = await user('ada');
  const { page } = await ada.open('#/settings', { at: atLocalhost(url) });
  await addAuthenticator(page);
  const section = settings(page);
  await section.getByRole('button', { name: 'Add a passkey' }).click();
  await section.getByLabel('Name').fill('My laptop');
  await section.getByRole('button', { name: 'Create passkey' }).click();
  await section.getByRole('region', { name: 'Recovery codes' }).waitFor();
  await section.getByRole('button', { name: 'I have kept them' }).click();
  await section.getByText('My laptop').waitFor();

  await logOut(page);
  await page.getByRole('button', { name: 'Use a passkey instead' }).click();
  await menu(page).waitFor();

  await logOut(page);
  await logIn(page, 'ada', passwordOf('ada'));
  await page.getByRole('heading', { name: 'Second step' }).waitFor();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await menu(page).waitFor();

  await page.goto(`${page.url().split('#')[0]}#/settings`);
  await page.getByText('Logged in with a password and a passkey').waitFor();
  await section.getByRole('button', { name: 'Remove the passkey My laptop' }).click();
  await section.getByText('You log in with your password alone.').waitFor();
});

it('leads to a second step at log-in where the server requires one', async () => {
  const { user, url } = await startServer({ REQUIRE_SECOND_FACTOR: 'on' });
  await user('ada');
  const { page } = await visit(atLocalhost(url));
  await addAuthenticator(page);
  await logIn(page, 'ada');
  await page.getByRole('heading', { name: 'Protect your account' }).waitFor();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByRole('button', { name: 'Create passkey' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await menu(page).waitFor();

  await logOut(page);
  await page.getByRole('button', { name: 'Use a passkey instead' }).click();
  await menu(page).waitFor();
});
