import { expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { addBot } from '../../src/server/services/accounts/bots.ts';
import { createAccessToken } from '../../src/server/services/sessions/access-tokens.ts';
import { refusal } from '../support/refusal.ts';
import { message } from './support/app.ts';
import { startServer } from './support/mirage.ts';

it('makes a token, shows it once, and revokes it', async () => {
  const { url, user } = await startServer({ MAX_TOKENS_PER_USER: '1' });
  const ada = await user('ada');
  const { page, expectComplaint } = await ada.open('#/settings', {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const section = page.getByRole('region', { name: 'Access tokens' });
  await section.getByText('You have no access tokens.').waitFor();
  await section.getByRole('button', { name: 'New token' }).click();
  await section.getByLabel('Name').fill('backup');
  await section.getByRole('button', { name: 'Create token' }).click();
  await section.getByText('Choose what the token can do.').waitFor();
  await section.getByLabel('Read private messages').check();
  await section.getByLabel('Expires').selectOption('Never');
  await section.getByRole('button', { name: 'Create token' }).click();

  const token = await section.getByLabel('Token', { exact: true }).inputValue();
  expect(token).toMatch(/^mirage_[\w-]{43}$/);
  await section.getByRole('button', { name: 'Copy token' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  const script = createMirageClient({ url, token });
  expect(await script.inbox.countMessages.query()).toMatchObject({ total: 0 });
  await expect(script.inbox.markAllRead.mutate()).rejects.toMatchObject(refusal('OUT_OF_SCOPE'));
  expect(await ada.client.auth.listTokens.query()).toMatchObject([
    { name: 'backup', scopes: ['inbox:read'], expiresAt: null },
  ]);

  await section.getByRole('button', { name: 'Done' }).click();
  await section.getByText('backup').waitFor();
  await page.reload();
  await section.getByText('last used').waitFor();
  expect(await page.content()).not.toContain(token);

  expectComplaint(/status of 409 .*auth\.createToken/);
  await section.getByRole('button', { name: 'New token' }).click();
  await section.getByLabel('Name').fill('another');
  await section.getByLabel('Read private messages').check();
  await section.getByRole('button', { name: 'Create token' }).click();
  await section.getByText('You have as many access tokens as this server allows.').waitFor();
  await section.getByRole('button', { name: 'Cancel' }).click();
  await section.getByRole('button', { name: 'Revoke backup' }).click();
  await section.getByText('You have no access tokens.').waitFor();
  await expect(script.inbox.countMessages.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
});

it('marks what bots write', async () => {
  const { url, user, deps } = await startServer();
  const ada = await user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  await addBot(deps, { username: 'courier' });
  const scopes = ['chat:write', 'inbox:write'];
  const { token } = await createAccessToken(deps, { username: 'courier', name: 'script', scopes });
  const bot = createMirageClient({ url, token });
  await bot.chat.joinRoom.mutate({ name: 'attic' });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await bot.chat.sendMessage.mutate({ roomId, text: 'from a bot' });
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'from ada' });
  await message(page, 'from ada').waitFor();
  const marked = page.getByRole('article').filter({ has: page.getByText('bot', { exact: true }) });
  expect(await marked.allInnerTexts()).toEqual([expect.stringContaining('from a bot')]);

  await bot.inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });
  await page.goto(`${url}/#/inbox/courier`);
  await message(page, 'psst').waitFor();
  expect(await marked.allInnerTexts()).toEqual([expect.stringContaining('psst')]);
});
