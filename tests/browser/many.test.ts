import { expect, it } from 'vitest';
import { message } from './support/app.ts';
import { narrow, wide } from './support/browser.ts';
import { startServer } from './support/mirage.ts';

/** More rooms than are followed at a time. */
async function startWithManyRooms() {
  const mirage = await startServer({ RATE_LIMIT: 'on', MAX_ROOMS_PER_USER: '200', MAX_PUBLIC_ROOMS: '200' });
  const ada = await mirage.user('ada');
  const rooms = [];
  for (let number = 1; number <= 170; number += 1)
    rooms.push(await ada.client.chat.createRoom.mutate({ name: `room ${number}` }));
  return { ...mirage, ada, rooms };
}

it('opens any of many rooms without unnecessary calls', async () => {
  const { ada, rooms } = await startWithManyRooms();
  const last = rooms.at(-1)?.id ?? 0;
  await ada.client.chat.sendMessage.mutate({ roomId: last, text: 'far down' });
  const { page } = await ada.open();
  await page.getByRole('link', { name: /^room 170/ }).click();
  await message(page, 'far down').waitFor();
  await page.getByText('1 member, 1 online').waitFor();
  await ada.client.chat.sendMessage.mutate({ roomId: last, text: 'and live' });
  await message(page, 'and live').waitFor();

  const calls: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/trpc/')) calls.push(...pathname.slice('/trpc/'.length).split(','));
  });
  await page.getByRole('link', { name: 'room 1', exact: true }).click();
  await page.getByText('No messages yet').waitFor();
  await page.getByText('1 member, 1 online').waitFor();
  // Messages are those of the room, and the mark is of the one that was open before. Pins follow once the room is followed.
  const expected = ['chat.history', 'chat.markRead'];
  await expect
    .poll(() => calls.filter((call) => !expected.includes(call)).sort())
    .toEqual(['chat.listMembers', 'chat.listPins']);
});

it.each([
  ['wide', wide, 312],
  ['narrow', narrow, narrow.width],
] as const)('fits the longest names, %s', async (_look, viewport, paneWidth) => {
  const { user } = await startServer();
  const long = 'W'.repeat(100);
  const ada = await user('ada');
  const bob = await user(long);
  await bob.client.chat.createRoom.mutate({ name: long });
  await bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'hello' });
  const { page } = await ada.open('', { viewport });
  const right = async (name: RegExp, role: 'link' | 'button' = 'link') => {
    const box = await page.getByRole(role, { name }).boundingBox();
    return (box?.x ?? 0) + (box?.width ?? 0);
  };
  expect(await right(/^Join W/, 'button')).toBeLessThan(paneWidth);
  await ada.client.chat.joinRoom.mutate({ name: long });
  await page.reload();
  expect(await right(/^W/)).toBeLessThan(paneWidth);

  await page.goto(`${page.url().split('#')[0]}#/inbox/${long}`);
  const note = page.getByText('This is the beginning of your conversation with');
  await note.waitFor();
  expect(await note.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
});

it('shows a room whose members have the longest names in the URL encoding', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  // Each character takes nine bytes in a URL.
  const names = Array.from({ length: 20 }, (_, index) => `${'長'.repeat(98)}${index + 10}`);
  const members = await Promise.all(names.map((name, index) => user(name, `${index}@example.com`)));
  for (const { client } of members) {
    await client.chat.joinRoom.mutate({ name: 'attic' });
    await client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  }
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await message(page, 'hello').first().waitFor();
  await page.getByText('21 members, 1 online').waitFor();
});

it('opens a long inbox without loading all of it', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const bob = await user('bob');
  const cleo = await user('cleo');
  const total = 1000;
  await cleo.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'long ago' });
  for (let sent = 0; sent < total; sent += 100)
    await Promise.all(
      Array.from({ length: 100 }, () =>
        bob.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'owl' }),
      ),
    );
  await ada.client.inbox.markRead.mutate({ upTo: total + 1 });
  const { page } = await ada.open('#/rooms');
  await page.getByText('You have not joined any rooms').waitFor();
  let pages = 0;
  page.on('request', (request) => {
    if (request.url().includes('inbox.listMessages')) pages += 1;
  });
  await page.getByRole('link', { name: 'Inbox' }).click();
  await page.getByRole('link', { name: /^bob/ }).waitFor();
  await page.getByRole('link', { name: /^cleo/ }).waitFor();
  await page.getByRole('link', { name: /^bob/ }).click();
  await message(page, 'owl').first().waitFor();
  expect(pages).toBeLessThan(6);
});
