import { expect, it } from 'vitest';
import { logIn } from './support/app.ts';
import { visit } from './support/browser.ts';
import { linkIn, startWithMail } from './support/mailing.ts';
import { startServer } from './support/mirage.ts';

it('registers, verifies the address and gets a new password, each by a link in a mail', async () => {
  const { url, post } = await startWithMail({ REQUIRE_VERIFIED_EMAIL: 'on' });
  const { page, expectComplaint } = await visit(url);
  const seen: string[] = [];
  page.on('request', (request) => {
    seen.push(request.headers().referer ?? '');
    if (!request.isNavigationRequest()) seen.push(request.url());
  });
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Email address').fill('ada@example.com');
  expectComplaint(/status of 400 .*auth\.register/);
  await page.getByLabel('Password').fill('football');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Choose another password: at least 8 characters').waitFor();
  expectComplaint(/status of 403 .*auth\.login/);
  await page.getByLabel('Password').fill('a secret one');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Confirm your email address first').waitFor();

  const verifyLink = linkIn(await post.next());
  await page.goto(verifyLink);
  await page.getByRole('heading', { name: 'Confirm your email address' }).waitFor();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('ada@example.com is the confirmed address of ada now.').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await logIn(page, 'ada', 'a secret one');
  await page.getByRole('button', { name: 'Menu of ada' }).waitFor();
  await page.goto(`${url}/#/settings`);
  await page.getByText('This address is confirmed.').waitFor();

  // Elsewhere, where the password is not remembered.
  const elsewhere = await visit(url);
  elsewhere.expectComplaint(/status of 404 .*auth\.resetPassword/);
  expectComplaint(/status of 401 .*auth\.me/);
  await elsewhere.page.getByRole('button', { name: 'Forgot your password?' }).click();
  await elsewhere.page.getByLabel('Email address').fill('ada@example.com');
  await elsewhere.page.getByRole('button', { name: 'Send a link' }).click();
  await elsewhere.page.getByText('If an account has this address, a link is on its way').waitFor();
  const resetLink = linkIn(await post.next());
  await elsewhere.page.goto(resetLink);
  await elsewhere.page.getByLabel('New password').fill('another secret');
  await elsewhere.page.getByRole('button', { name: 'Change password' }).click();
  await elsewhere.page.getByText('Your password has been changed.').waitFor();
  await page.getByText('Your session has ended.').waitFor();
  await elsewhere.page.getByRole('button', { name: 'Continue' }).click();
  await logIn(elsewhere.page, 'ada', 'another secret');
  await elsewhere.page.getByRole('button', { name: 'Menu of ada' }).waitFor();

  await elsewhere.page.goto('about:blank');
  await elsewhere.page.goto(resetLink);
  await elsewhere.page.getByLabel('New password').fill('a third secret');
  await elsewhere.page.getByRole('button', { name: 'Change password' }).click();
  await elsewhere.page.getByText('This link is not valid, or no longer.').waitFor();
  expect(seen.filter((each) => each.includes(verifyLink.split('/').at(-1) ?? ''))).toEqual([]);
});

it('changes the address once the new one is confirmed, and can take that back', async () => {
  const { user, post } = await startWithMail();
  const ada = await user('ada');
  const { page } = await ada.open('#/settings');
  await page.getByText('This address is not confirmed yet.').waitFor();
  await page.getByRole('button', { name: 'Send a link' }).click();
  await page.getByText('A link is on its way.').waitFor();
  expect(await post.next()).toMatchObject({ to: ['ada@example.com'] });
  await page.getByLabel('Email address').fill('new@example.com');
  await page.getByRole('region', { name: 'Profile' }).getByRole('button', { name: 'Save' }).click();
  await page.getByText('new@example.com becomes your address once you open the link').waitFor();
  expect(await post.next()).toMatchObject({ to: ['new@example.com'] });
  await page.getByRole('button', { name: 'Keep the present address' }).click();
  await page.getByText('This address is not confirmed yet.').waitFor();
  expect(await ada.client.auth.me.query()).toMatchObject({ email: 'ada@example.com', pendingEmail: null });
});

it('says that a server sends no mail', async () => {
  const { url } = await startServer();
  const { page, expectComplaint } = await visit(url);
  expectComplaint(/status of 403 .*auth\.requestPasswordReset/);
  await page.getByRole('button', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Email address').fill('ada@example.com');
  await page.getByRole('button', { name: 'Send a link' }).click();
  await page.getByText('This server sends no mail.').waitFor();
});
