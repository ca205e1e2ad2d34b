import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { dummyHash } from '../../src/server/services/shared/passwords.ts';
import { codeAt, stepMs } from '../support/factors.ts';
import { freePort } from '../support/free-port.ts';
import { type Person, startIssuer } from '../support/oidc.ts';
import { expectAccessible } from './support/accessibility.ts';
import { passwordOf } from './support/app.ts';
import { visit } from './support/browser.ts';
import { startServer } from './support/mirage.ts';

const ada: Person = {
  id: 'ada-at-company',
  email: 'ada@example.com',
  email_verified: true,
  preferred_username: 'ada',
};

async function start() {
  const issuer = await startIssuer();
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  issuer.serve(publicUrl);
  issuer.state.person = ada;
  const { url: issuerUrl, clientId, clientSecret, id, label } = issuer.setting;
  const server = await startServer({
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    OIDC_ISSUERS: JSON.stringify([{ id, label, issuer: issuerUrl, clientId, clientSecret }]),
  });
  return { ...server, issuer };
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** What requests of the page, but for the way to the issuer and back, name in their addresses and referrers. */
function watch(page: Page, issuerUrl: string): string[] {
  const seen: string[] = [];
  page.on('request', (request) => {
    seen.push(request.headers().referer ?? '');
    const isWay = request.isNavigationRequest() && /\/(oidc|auth|interaction)\b/.test(request.url());
    if (!isWay && !request.url().startsWith(issuerUrl)) seen.push(request.url());
  });
  return seen;
}

it('logs in with another service: makes an account, and comes back to it', async () => {
  const { url, issuer, deps } = await start();
  const { page, expectComplaint } = await visit(url);
  const seen = watch(page, issuer.url);
  await button(page, 'Log in with Company').waitFor();
  await expectAccessible(page, 'logging in');
  await button(page, 'Log in with Company').click();
  await page.getByRole('heading', { name: 'Choose your user name' }).waitFor();
  expect(page.url()).toBe(`${url}/#/oidc`);
  await expectAccessible(page, 'choosing a name');
  expect(await page.getByLabel('User name').inputValue()).toBe('ada');
  await page.getByText('Its email address is ada@example.com.').waitFor();
  await page.getByLabel('User name').fill('ada★');
  expectComplaint(/status of 400 .*auth\.registerOidc/);
  await button(page, 'Create account').click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('User name').fill('lovelace');
  await button(page, 'Create account').click();
  await button(page, 'Menu of lovelace').waitFor();
  expect(seen.filter((address) => /code=|state=|login=/.test(address))).toEqual([]);
  expect(await page.evaluate(() => document.cookie)).toBe('');
  const cookies = (await page.context().cookies()).filter(({ name }) => name.startsWith('mirage_oidc'));
  expect(cookies).toEqual([]);

  // Elsewhere, with a password of one's own: there is none to enter first.
  const elsewhere = await visit(url);
  await button(elsewhere.page, 'Log in with Company').click();
  await button(elsewhere.page, 'Menu of lovelace').waitFor();
  await elsewhere.page.goto(`${url}/#/settings`);
  await button(elsewhere.page, 'Set password').waitFor();
  await expectAccessible(elsewhere.page, 'linked log-ins');
  const setProof = (confirmedAt: number) =>
    deps.db.session.updateMany({ data: { confirmedAt: new Date(confirmedAt) } });
  const forgetProof = () => setProof(Date.now() - 11 * 60_000);
  await forgetProof();
  elsewhere.expectComplaint(/status of 403 .*auth\.startTotp/);
  await button(elsewhere.page, 'Add an authenticator app').click();
  await elsewhere.page.getByText('Your account has no password. Log out, log in again').waitFor();
  await elsewhere.page.keyboard.press('Escape');
  await setProof(Date.now());
  expectComplaint(/status of 401 /); // this session ends with the others
  elsewhere.expectComplaint(/status of 409 .*auth\.unlinkOidc/);
  await button(elsewhere.page, 'Unlink Company').click();
  await elsewhere.page.getByText('You could not log in any more. Set a password first.').waitFor();
  await elsewhere.page.getByLabel('New password').fill('a secret one');
  await button(elsewhere.page, 'Set password').click();
  await button(elsewhere.page, 'Change password').waitFor();

  // Linking and unlinking need a proof once the log-in is some time ago.
  const dialog = elsewhere.page.getByRole('dialog', { name: 'Is it you?' });
  const prove = async () => {
    await dialog.getByLabel('Password').fill('a secret one');
    await dialog.getByRole('button', { name: 'Confirm' }).click();
  };
  await forgetProof();
  elsewhere.expectComplaint(/status of 403 .*auth\.unlinkOidc/);
  await button(elsewhere.page, 'Unlink Company').click();
  await prove();
  await button(elsewhere.page, 'Link Company').waitFor();
  expect(await deps.db.identity.count()).toBe(0);
  await forgetProof();
  elsewhere.expectComplaint(/status of 403 .*auth\.startOidc/);
  await button(elsewhere.page, 'Link Company').click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await deps.db.identity.count()).toBe(0);
  await button(elsewhere.page, 'Link Company').click();
  await prove();
  await button(elsewhere.page, 'Unlink Company').waitFor();
  expect(await deps.db.identity.count()).toBe(1);
});

it('links a log-in with an account that has its address, from either side', async () => {
  const { url, user } = await start();
  const { open } = await user('ada');
  const { page } = await visit(url);
  await button(page, 'Log in with Company').click();
  await page.getByRole('heading', { name: 'You have an account already' }).waitFor();
  await expectAccessible(page, 'linking');
  await page.getByLabel('Password').fill(passwordOf('ada'));
  await button(page, 'Log in and link').click();
  await button(page, 'Unlink Company').click();
  await button(page, 'Link Company').waitFor();

  const other = (await open('#/settings')).page;
  await button(other, 'Link Company').click();
  await button(other, 'Unlink Company').waitFor();
  expect(other.url()).toBe(`${url}/#/settings`);
});

it('says to link it in the settings where the account has no password', async () => {
  const { url, user, deps } = await start();
  await user('ada');
  await deps.db.user.update({ where: { username: 'ada' }, data: { password: dummyHash } });
  const { page } = await visit(url);
  await button(page, 'Log in with Company').click();
  await page.getByText('It has no password: log in to it as usual, and link this log-in').waitFor();
  await expectAccessible(page, 'an account without a password');
  expect(await page.getByLabel('Password').count()).toBe(0);
  await button(page, 'To the log-in').click();
  await button(page, 'Log in with Company').click();
  await button(page, 'Make another account').click();
  await page.getByRole('heading', { name: 'Choose your user name' }).waitFor();
});

it('links a log-in with an account that has a second step', async () => {
  const { url, user } = await start();
  const { auth } = (await user('ada')).client;
  const { secret } = await auth.startTotp.mutate({});
  await auth.finishTotp.mutate({ code: codeAt(secret, Date.now()) });
  const { page, expectComplaint } = await visit(url);
  await button(page, 'Log in with Company').click();
  await page.getByRole('heading', { name: 'You have an account already' }).waitFor();
  await page.getByLabel('Password').fill(passwordOf('ada'));
  await button(page, 'Log in and link').click();
  await page.getByRole('heading', { name: 'Second step' }).waitFor();
  await expectAccessible(page, 'the second step before linking');
  expectComplaint(/status of 403 .*auth\.finishLogin/);
  await page.getByLabel('Code').fill('000000');
  await button(page, 'Continue').click();
  await page.getByText('Wrong code.').waitFor();
  // The next code counts as well, as clocks differ.
  await page.getByLabel('Code').fill(codeAt(secret, Date.now() + stepMs));
  await button(page, 'Continue').click();
  await button(page, 'Unlink Company').waitFor();
  expect(page.url()).toBe(`${url}/#/settings`);
});

it('says why a log-in did not work, and goes back', async () => {
  const { url, issuer } = await start();
  const { page, expectComplaint } = await visit(url);
  issuer.state.person = undefined;
  expectComplaint(/status of 403 .*auth\.finishOidc/);
  await button(page, 'Log in with Company').click();
  await page.getByText('The log-in was not confirmed. Start again.').waitFor();
  await button(page, 'Back').click();
  await button(page, 'Log in with Company').waitFor();
  // Nothing has begun in this browser.
  expectComplaint(/status of 404 .*oidc\/return/);
  await page.goto(`${url}/oidc/company?code=stolen&state=unknown`);
  await page.getByText('This log-in is over. Start again.').waitFor();
  await issuer.close();
});
