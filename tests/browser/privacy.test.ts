import { expect, it } from 'vitest';
import { message } from './support/app.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

it('blocks a user in all sessions, who does not notice, and unblocks in the settings', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const say = (text: string) => bob.client.inbox.sendMessage.mutate({ recipient: ada.username, text });
  await say('before');
  const { page } = await ada.open(`#/inbox/${bob.username}`);
  const { page: elsewhere } = await ada.open(`#/inbox/${bob.username}`);
  const { page: bobs } = await bob.open(`#/inbox/${ada.username}`);
  await message(page, 'before').waitFor();
  await page.getByRole('button', { name: 'Conversation menu' }).click();
  await page.getByRole('menuitem', { name: `Block ${bob.username}` }).click();
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: `Block ${bob.username}` })
    .click();
  for (const view of [page, elsewhere]) {
    await view.getByText(`You have blocked ${bob.username}.`).waitFor();
    await view.getByRole('link', { name: new RegExp(`${bob.username} blocked`) }).waitFor();
  }
  await say('while blocked');
  await message(bobs, 'while blocked').getByText('Sent').waitFor();
  expect(await bobs.getByText('You have blocked').count()).toBe(0);

  await page.goto(`${mirage.url}/#/settings`);
  await page.getByRole('button', { name: `Unblock ${bob.username}` }).click();
  await page.getByText('You have not blocked anyone.').waitFor();
  await elsewhere.getByText(`You have blocked ${bob.username}.`).waitFor({ state: 'detached' });
  await say('after');
  await message(elsewhere, 'after').waitFor();
  expect(await message(elsewhere, 'while blocked').count()).toBe(0);
});

it('folds what a blocked user writes in rooms', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  await bob.client.chat.joinRoom.mutate({ name });
  await ada.client.users.block.mutate({ username: bob.username });
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'a provocation' });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByText('Message from a user you have blocked.').waitFor();
  expect(await message(page, 'a provocation').count()).toBe(0);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await message(page, 'a provocation').waitFor();
});

it('saves the privacy settings, and explains a refused message', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const { page } = await ada.open('#/settings');
  const whoMayWrite = page.getByRole('group', { name: 'Who can write to you?' });
  await whoMayWrite.getByLabel('Nobody').check();
  await page.getByLabel('Read receipts').uncheck();
  await page.getByRole('region', { name: 'Privacy' }).getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await ada.client.users.getPrivacy.query()).toEqual({
    whoMayWrite: 'nobody',
    readReceipts: false,
    presence: 'everyone',
    findable: true,
  });
  await page.reload();
  await expect.poll(() => whoMayWrite.getByLabel('Nobody').isChecked()).toBe(true);

  const { page: bobs, expectComplaint } = await bob.open('#/inbox');
  expectComplaint(/status of 403 .*inbox\.sendMessage/);
  await bobs.getByRole('button', { name: 'New message' }).click();
  await bobs.getByLabel('To (user name)').fill(ada.username);
  await bobs.getByLabel('Message', { exact: true }).fill('hello?');
  await bobs.getByRole('button', { name: 'Send message' }).click();
  await bobs.getByText('This user does not accept messages from you.').waitFor();
});

it('finds people by the beginning of their names, unless they do not want that', async () => {
  const ada = await mirage.user('ada');
  const shy = await mirage.user('zoe-shy');
  const zoe = await mirage.user('zoe');
  await shy.client.users.updatePrivacy.mutate({ findable: false });
  const { page } = await ada.open('#/inbox');
  await page.getByRole('button', { name: 'New message' }).click();
  await page.getByLabel('To (user name)').fill('ZO');
  await page.getByRole('button', { name: zoe.username }).click();
  expect(await page.getByLabel('To (user name)').inputValue()).toBe(zoe.username);
  expect(await page.getByRole('button', { name: shy.username }).count()).toBe(0);
  await page.getByLabel('Message', { exact: true }).fill('hello');
  await page.getByRole('button', { name: 'Send message' }).click();
  await message(page, 'hello').getByText('Sent').waitFor();
});
