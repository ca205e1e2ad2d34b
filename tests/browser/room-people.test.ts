import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { dialogsClosed, logIn, register } from './support/app.ts';
import { visit } from './support/browser.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

async function startWithRoom(options: { history?: 'kept' } = {}) {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name, password: 'sesame', ...options });
  await bob.client.chat.joinRoom.mutate({ name, password: 'sesame' });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  return { ada, bob, name, roomId, page };
}

async function chooseInRoom(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

async function createLink(page: Page): Promise<string> {
  await chooseInRoom(page, 'Invite people');
  await page.getByRole('button', { name: 'Create link' }).click();
  return page.getByLabel('Link', { exact: true }).inputValue();
}

it('invites by a link that survives registering and logging in', async () => {
  const { name, page } = await startWithRoom();
  const link = await createLink(page);
  expect(link).toMatch(new RegExp(`^${mirage.url}/#/invite/[\\w-]{22}$`));
  const { page: newcomers } = await visit(link);
  await register(newcomers, `new${name}`);
  await newcomers.getByText(`You are invited to ${name}`).waitFor();
  await newcomers.getByText('2 members').waitFor();
  await newcomers.getByRole('button', { name: 'Join room' }).click();
  await newcomers.getByRole('heading', { name, level: 1 }).waitFor();

  const cleo = await mirage.user('cleo');
  const { page: cleos } = await visit(link);
  await logIn(cleos, cleo.username);
  await cleos.getByRole('button', { name: 'Join room' }).click();
  await cleos.getByRole('heading', { name, level: 1 }).waitFor();
  await cleos.getByText('4 members').waitFor();
  await page.reload();
  await chooseInRoom(page, 'Invite people');
  await page.getByText('used 2 times').waitFor();
});

it('lists a link that was created before the list had come', async () => {
  const { page } = await startWithRoom();
  const created = page.waitForResponse(/chat\.createInvite/);
  let isFirst = true;
  await page.route(/chat\.listInvites/, async (route) => {
    const response = await route.fetch();
    if (isFirst) await created;
    isFirst = false;
    await route.fulfill({ response });
  });
  await createLink(page);
  await page.getByRole('button', { name: 'Revoke' }).waitFor();
});

it('opens no link that was revoked, and lets members who may not invite no links be made', async () => {
  const { bob, roomId, page } = await startWithRoom();
  const link = await createLink(page);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke' }).waitFor({ state: 'detached' });
  const cleo = await mirage.user('cleo');
  const { page: cleos, expectComplaint } = await cleo.open();
  expectComplaint(/status of 404 .*getInvite/);
  await cleos.goto(link);
  await cleos.getByText('This invitation could not be opened').waitFor();
  const { page: bobs } = await bob.open(`#/rooms/${roomId}`);
  await bobs.getByRole('button', { name: 'Room menu' }).click();
  await bobs.getByRole('menuitem', { name: 'Leave room' }).waitFor();
  expect(await bobs.getByRole('menuitem', { name: 'Invite people' }).count()).toBe(0);
});

it('names moderators, removes and bans members, and lifts bans', async () => {
  const { ada, bob, name, roomId, page } = await startWithRoom();
  const open = () => page.getByRole('button', { name: `${bob.username}, offline` }).click();
  const roleOfBob = async () =>
    (await ada.client.chat.members.query({ roomId })).members.find(
      ({ username }) => username === bob.username,
    )?.role;
  await open();
  await page.getByRole('button', { name: 'Make moderator' }).click();
  await page.getByRole('button', { name: 'Make member' }).waitFor();
  expect(await roleOfBob()).toBe('moderator');
  await page.getByRole('button', { name: 'Make member' }).click();
  await page.getByRole('button', { name: 'Make moderator' }).waitFor();
  await page.getByRole('button', { name: 'Ban from room' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Ban from room' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: `${bob.username}, offline` }).waitFor({ state: 'detached' });
  const join = () => bob.client.chat.joinRoom.mutate({ name, password: 'sesame' });
  await expect(join()).rejects.toMatchObject({ data: { reason: 'NOT_A_MEMBER' } });

  await chooseInRoom(page, 'Room settings');
  await page
    .getByRole('listitem')
    .filter({ hasText: bob.username })
    .getByRole('button', { name: 'Lift ban' })
    .click();
  await page.getByRole('button', { name: 'Lift ban' }).waitFor({ state: 'detached' });
  await join();
  await page.getByLabel('Topic').fill('Beams');
  await page.getByLabel('Name').fill(`${name} hall`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: `${name} hall`, level: 1 }).waitFor();
  await page.getByText('Beams').waitFor();
});

it('shows and changes all settings of a room', async () => {
  const { ada, bob, name, roomId, page } = await startWithRoom({ history: 'kept' });
  const details = () => ada.client.chat.updateRoom.mutate({ roomId });
  const save = async () => {
    await page.getByRole('button', { name: 'Save' }).click();
    await dialogsClosed(page);
  };
  await chooseInRoom(page, 'Room settings');
  await page.getByLabel('Description').fill('Beams,\nand boxes.');
  await page.getByLabel('Slow mode').selectOption('30 seconds');
  await page.getByLabel('How long messages are kept').selectOption('1 month');
  await save();
  expect(await details()).toMatchObject({
    name,
    isPrivate: true,
    description: 'Beams,\nand boxes.',
    slowModeSeconds: 30,
    lifespanSeconds: 30 * 24 * 3600,
  });
  await bob.client.chat.joinRoom.mutate({ name, password: 'sesame' });

  // A length of time that is not on offer stays, unless another one is chosen.
  await ada.client.chat.updateRoom.mutate({ roomId, slowModeSeconds: 7, lifespanSeconds: 10 * 24 * 3600 });
  await chooseInRoom(page, 'Room settings');
  await expect.poll(() => page.getByLabel('Description').inputValue()).toBe('Beams,\nand boxes.');
  expect(await page.getByLabel('Slow mode').locator(':checked').textContent()).toBe('7 seconds');
  expect(await page.getByLabel('How long messages').locator(':checked').textContent()).toBe('10 days');
  await page.getByLabel('How long messages are kept').selectOption('For good');
  await page.getByLabel('Room password').fill('open up');
  await save();
  expect(await details()).toMatchObject({ slowModeSeconds: 7, lifespanSeconds: null, isPrivate: true });
  const join = (password?: string) =>
    bob.client.chat.joinRoom.mutate({ name, ...(password && { password }) });
  await expect(join('sesame')).rejects.toMatchObject({ data: { reason: 'WRONG_PASSWORD' } });
  await join('open up');

  await chooseInRoom(page, 'Room settings');
  await page.getByLabel('Anyone', { exact: true }).check();
  await save();
  await join();
  await chooseInRoom(page, 'Room settings');
  await page.getByLabel('Anyone with the password').check();
  await page.getByLabel('Room password').fill('closed');
  await save();
  await expect(join()).rejects.toMatchObject({ data: { reason: 'PASSWORD_REQUIRED' } });
});

it('changes back nothing that others change while the settings are open', async () => {
  const { ada, roomId, page } = await startWithRoom();
  await chooseInRoom(page, 'Room settings');
  await page.getByLabel('Topic').fill('Beams');
  await ada.client.chat.updateRoom.mutate({ roomId, description: 'By another owner', slowModeSeconds: 60 });
  await page.getByRole('button', { name: 'Save' }).click();
  await dialogsClosed(page);
  expect(await ada.client.chat.updateRoom.mutate({ roomId })).toMatchObject({
    topic: 'Beams',
    description: 'By another owner',
    slowModeSeconds: 60,
  });
});

it('lets moderators change the topic and slow mode, and shows owners of other rooms no lifespan', async () => {
  const { ada, bob, roomId, page } = await startWithRoom();
  await ada.client.chat.setRole.mutate({ roomId, username: bob.username, role: 'moderator' });
  const { page: bobs } = await bob.open(`#/rooms/${roomId}`);
  await chooseInRoom(bobs, 'Room settings');
  await bobs.getByLabel('Slow mode').selectOption('1 minute');
  await bobs.getByLabel('Topic').fill('Beams');
  for (const label of ['Name', 'Description', 'Anyone', 'How long'])
    expect(await bobs.getByRole('dialog').getByLabel(label).count(), label).toBe(0);
  await bobs.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Beams').waitFor();
  expect(await ada.client.chat.updateRoom.mutate({ roomId })).toMatchObject({ slowModeSeconds: 60 });
  await chooseInRoom(page, 'Room settings');
  await page.getByLabel('Description').waitFor();
  expect(await page.getByLabel('How long messages are kept').count()).toBe(0);
});
