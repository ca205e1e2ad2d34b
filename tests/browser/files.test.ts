import { randomBytes } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { wav } from '../files/media-files.ts';
import { choose, dialogsClosed, message, write } from './support/app.ts';
import { narrow } from './support/browser.ts';
import { startServer, withMirage } from './support/mirage.ts';

const mirage = withMirage();

interface Sample {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A picture with an edge, so that its previews are not of one color. */
async function picture(name: string, width = 900, height = 600, color = '#2a6f97'): Promise<Sample> {
  const half = { create: { width: width / 2, height, channels: 3, background: '#f2c14e' } } as const;
  const buffer = await sharp({ create: { width, height, channels: 3, background: color } })
    .composite([{ input: await sharp(half).png().toBuffer(), left: 0, top: 0 }])
    .jpeg()
    .toBuffer();
  return { name, mimeType: 'image/jpeg', buffer };
}

const note = (name = 'notes.txt', text = 'milk, eggs'): Sample => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(text),
});

/** Two users in a room, and the pages of both. */
async function meet(history: 'ephemeral' | 'kept' = 'ephemeral', viewport?: typeof narrow) {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const name = mirage.roomName('den');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name, history });
  await bob.client.chat.joinRoom.mutate({ name });
  const adas = await ada.open(`#/rooms/${roomId}`, viewport && { viewport });
  const bobs = await bob.open(`#/rooms/${roomId}`, viewport && { viewport });
  for (const { page } of [adas, bobs]) await page.getByRole('textbox', { name: /^Message to/ }).waitFor();
  return { ada, bob, roomId, adas, bobs };
}

const attach = (page: Page, ...files: Sample[]) => page.locator('input[type=file]').setInputFiles(files);
const chosen = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Files to send' }).getByRole('listitem').filter({ hasText: name });
const uploaded = (page: Page, name: string) =>
  chosen(page, name).getByRole('progressbar').waitFor({ state: 'detached' });
const send = (page: Page) => page.getByRole('button', { name: 'Send', exact: true }).click();

/** Files as another program puts them on the clipboard, or drags them. */
const transfer = (page: Page, files: Sample[]) =>
  page.evaluateHandle(
    (samples) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of samples) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      return data;
    },
    files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, base64: buffer.toString('base64') })),
  );

async function drop(target: Locator, files: Sample[]): Promise<void> {
  const dataTransfer = await transfer(target.page(), files);
  for (const type of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(type, { dataTransfer });
}

async function paste(target: Locator, files: Sample[]): Promise<void> {
  const data = await transfer(target.page(), files);
  await target.evaluate(
    (element, clipboardData) =>
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })),
    data,
  );
}

it('shares a picture and a text file by button, paste and drop', async () => {
  const { adas, bobs } = await meet();
  const [ada, bob] = [adas.page, bobs.page];
  const field = ada.getByRole('textbox', { name: /^Message to/ });

  const asked = ada.waitForEvent('filechooser');
  await ada.getByRole('button', { name: 'Attach files' }).click();
  const dialog = await asked;
  expect(dialog.isMultiple()).toBe(true);
  await dialog.setFiles([await picture('beach.jpg'), note()]);
  await uploaded(ada, 'beach.jpg');
  await uploaded(ada, 'notes.txt');
  await send(ada);
  await bob.getByRole('img', { name: 'beach.jpg' }).waitFor();
  const link = bob.getByRole('link', { name: 'Download notes.txt, 10 bytes' });
  const [download] = await Promise.all([bob.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toBe('notes.txt');
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toBe('milk, eggs');
  expect(await chosen(ada, '').count()).toBe(0);

  await paste(field, [await picture('pasted.jpg')]);
  await write(ada, 'with words');
  await message(bob, 'with words').getByRole('img', { name: 'pasted.jpg' }).waitFor();

  const data = await transfer(ada, [note('dropped.txt')]);
  await ada.getByTestId('messages').dispatchEvent('dragover', { dataTransfer: data });
  await ada.getByText('Drop files to attach them').waitFor();
  await drop(ada.getByTestId('messages'), [note('dropped.txt')]);
  await ada.getByText('Drop files to attach them').waitFor({ state: 'detached' });
  await field.focus();
  await ada.keyboard.press('Enter');
  await bob.getByRole('link', { name: /^Download dropped.txt/ }).waitFor();
  await message(ada, 'dropped.txt').getByText('Sent').waitFor();
});

it('plays sound in place, which the policy of the page allows', async () => {
  const { ada, roomId, adas } = await meet();
  const facts = { name: 'song.wav', mediaType: 'audio/wav' };
  const { id } = await ada.client.files.upload(wav(500), { roomId }, facts);
  await ada.client.chat.sendMessage.mutate({ roomId, text: '', attachments: [id] });
  const player = adas.page.locator('audio');
  await player.waitFor();
  expect(
    await player.evaluate((element: HTMLAudioElement) => [
      element.preload,
      element.controls,
      element.ariaLabel,
    ]),
  ).toEqual(['none', true, 'song.wav']);
  await player.evaluate((element: HTMLAudioElement) => element.play());
  await expect.poll(() => player.evaluate((element: HTMLAudioElement) => element.duration)).toBeCloseTo(0.5);
  await adas.page.getByRole('link', { name: /^Download song.wav/ }).waitFor();
});

it('shows the names of files in replies and in the list of conversations', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const { page } = await ada.open(`#/inbox/${bob.username}`);
  await attach(page, await picture('cat.jpg'), note());
  await send(page);
  await page.getByRole('img', { name: 'cat.jpg' }).waitFor();
  await page.getByRole('link', { name: /You: cat.jpg, notes.txt/ }).waitFor();
  await page.getByRole('img', { name: 'cat.jpg' }).waitFor();
  await choose(page, 'notes.txt', 'Reply');
  await page.locator('.intention').getByText('cat.jpg, notes.txt').waitFor();
  await write(page, 'that one');
  await message(page, 'that one')
    .getByRole('button', { name: /cat.jpg, notes.txt. Show/ })
    .waitFor();
  await page.reload();
  await page.getByRole('link', { name: /You: that one/ }).waitFor();
  await message(page, 'that one')
    .getByRole('button', { name: /cat.jpg, notes.txt. Show/ })
    .waitFor();
});

it('shows progress, waits for the upload before it sends, and can be cancelled and tried again', async () => {
  const { adas, bobs } = await meet();
  const { page, expectComplaint } = adas;
  let release: (() => void) | undefined;
  await page.route(/\/files\?/, async (route) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    await route.continue().catch(() => {}); // cancelled meanwhile
  });
  await attach(page, note('slow.txt'));
  await page.getByRole('progressbar', { name: 'Upload of slow.txt' }).waitFor();
  await write(page, 'here it is');
  await page.getByText('Your message will be sent when its files have been uploaded.').waitFor();
  expect(await message(page, 'here it is').count()).toBe(0);
  await expect.poll(() => release !== undefined).toBe(true);
  release?.();
  await message(bobs.page, 'here it is')
    .getByRole('link', { name: /slow.txt/ })
    .waitFor();

  release = undefined;
  await attach(page, note('unwanted.txt'));
  await expect.poll(() => release !== undefined).toBe(true);
  await page.getByRole('button', { name: 'Remove unwanted.txt' }).click();
  await chosen(page, 'unwanted.txt').waitFor({ state: 'detached' });
  await page
    .getByRole('textbox', { name: /^Message to/ })
    .and(page.locator(':focus'))
    .waitFor();
  (release as (() => void) | undefined)?.();
  await page.unroute(/\/files\?/);

  expectComplaint(/net::ERR_FAILED.*\/files/);
  await page.route(/\/files\?/, (route) => route.abort());
  await attach(page, note('lost.txt'));
  await chosen(page, 'lost.txt').getByText('The server cannot be reached').waitFor();
  expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
  await page.unroute(/\/files\?/);
  await page.getByRole('button', { name: 'Try again to upload lost.txt' }).click();
  await uploaded(page, 'lost.txt');
  await send(page);
  await bobs.page.getByRole('link', { name: /lost.txt/ }).waitFor();
});

it('tells how far the upload of a large file is', async () => {
  const { adas } = await meet();
  const { page } = adas;
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1_000_000 };
  await session.send('Network.emulateNetworkConditions', slow);
  const name = 'large.bin';
  await attach(page, { name, mimeType: 'application/octet-stream', buffer: randomBytes(4_000_000) });
  const bar = page.getByRole('progressbar', { name: `Upload of ${name}` });
  const values = new Set<number>();
  await expect
    .poll(async () => {
      values.add(await bar.evaluate((element) => (element as HTMLProgressElement).value).catch(() => 0));
      return values.size;
    })
    .toBeGreaterThan(3);
  await session.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
  await uploaded(page, name);
  await chosen(page, name).getByText('4 MB', { exact: true }).waitFor();
});

it('keeps what has been uploaded over a reload, and says what it could not keep', async () => {
  const { adas, bobs } = await meet();
  const { page } = adas;
  await attach(page, note('kept.txt'));
  await uploaded(page, 'kept.txt');
  await page.route(/\/files\?/, () => {}); // never answered
  await attach(page, note('gone.txt'));
  await page.getByRole('progressbar', { name: 'Upload of gone.txt' }).waitFor();
  await page.reload();
  await page.getByText('The page was reloaded before gone.txt was uploaded. Attach it again.').waitFor();
  expect(await chosen(page, '').count()).toBe(1);
  await send(page);
  await bobs.page.getByRole('link', { name: /kept.txt/ }).waitFor();

  // A message whose sending failed keeps its files.
  adas.expectComplaint(/net::ERR_FAILED/);
  await page.unroute(/\/files\?/);
  await attach(page, note('unsent.txt'));
  await uploaded(page, 'unsent.txt');
  await page.route(/chat\.sendMessage/, (route) => route.abort());
  await send(page);
  await message(page, 'unsent.txt').getByRole('button', { name: 'Try again' }).waitFor({ timeout: 60_000 });
  await page.unroute(/chat\.sendMessage/);
  await page.reload();
  await message(bobs.page, 'unsent.txt').waitFor();
  await message(page, 'unsent.txt').getByText('Sent', { exact: true }).waitFor();
});

it('says what is wrong with a file, and that there can be ten', async () => {
  const server = await startServer({ MAX_FILE_SIZE: '1000' });
  const ada = await server.user('ada');
  const { page, expectComplaint } = await ada.open('#/inbox/ada');
  expectComplaint(/status of 413/);
  await attach(page, note('long.txt', 'x'.repeat(2000)));
  await chosen(page, 'long.txt').getByText('This file is too large. Choose a smaller one.').waitFor();
  await page.getByRole('button', { name: 'Remove long.txt' }).click();
  await attach(page, ...Array.from({ length: 11 }, (_, index) => note(`${index}.txt`)));
  await page.getByText('A message can have up to 10 files. The rest have been left out.').waitFor();
  await uploaded(page, '9.txt');
  await send(page);
  await expect.poll(() => page.getByRole('link', { name: /^Download/ }).count()).toBe(10);
});

it('takes the button away where the server takes no files, and says so', async () => {
  const server = await startServer({ FILES_URL: 'off' });
  const ada = await server.user('ada');
  const { page, expectComplaint } = await ada.open('#/inbox/ada');
  expectComplaint(/status of 403/);
  await attach(page, note());
  await chosen(page, 'notes.txt').getByText('This server does not accept files.').waitFor();
  await page.getByRole('button', { name: 'Attach files' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Remove notes.txt' }).click();
  await write(page, 'words it is');
  await message(page, 'words it is').getByText('Read').waitFor();
});

it('shows pictures large, with the keyboard alone', async () => {
  const { adas, bobs } = await meet();
  const { page } = bobs;
  for (const name of ['one.jpg', 'two.jpg', 'three.jpg']) {
    await attach(adas.page, await picture(name));
    await uploaded(adas.page, name);
    await send(adas.page);
    await page.getByRole('img', { name }).waitFor();
  }
  const opener = page.getByRole('button', { name: 'two.jpg' });
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = (name: string, place: number) =>
    page
      .getByRole('dialog', { name: `${name} ${place} of 3` })
      .getByRole('img', { name })
      .waitFor();
  await dialog('two.jpg', 2);
  const shown = page.getByRole('dialog').getByRole('img');
  await expect.poll(() => shown.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(900);
  await page.keyboard.press('ArrowRight');
  await dialog('three.jpg', 3);
  await page.keyboard.press('ArrowRight');
  await dialog('three.jpg', 3);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await dialog('one.jpg', 1);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download original' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('one.jpg');
  await page.keyboard.press('Escape');
  await dialogsClosed(page);
  await opener.and(page.locator(':focus')).waitFor();

  // It closes when its message is deleted.
  await opener.click();
  await dialog('two.jpg', 2);
  await message(adas.page, '')
    .filter({ has: adas.page.getByRole('img', { name: 'two.jpg' }) })
    .hover();
  await message(adas.page, '')
    .filter({ has: adas.page.getByRole('img', { name: 'two.jpg' }) })
    .getByRole('button', { name: 'Message menu' })
    .click();
  await adas.page.getByRole('menuitem', { name: 'Delete' }).click();
  await adas.page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

it.each([undefined, narrow])('does not move when a picture loads (%j)', async (viewport) => {
  const { ada, roomId, bobs } = await meet('kept', viewport);
  const { page } = bobs;
  const { buffer } = await picture('wide.jpg', 2000, 700);
  const { id } = await ada.client.files.upload(
    buffer,
    { roomId },
    { name: 'wide.jpg', mediaType: 'image/jpeg' },
  );
  const send = (text: string, attachments?: string[]) =>
    ada.client.chat.sendMessage.mutate({ roomId, text, ...(attachments && { attachments }) });
  await send('before it');
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/size=320/, async (route) => {
    await released;
    await route.continue();
  });
  await send('', [id]);
  await send('after it');
  await message(page, 'after it').waitFor();
  const image = page.getByRole('img', { name: 'wide.jpg' });
  const boxes = async () => [
    await message(page, 'before it').boundingBox(),
    await image.boundingBox(),
    await message(page, 'after it').boundingBox(),
  ];
  // The list follows its end in the next frames.
  let seen = '';
  await expect
    .poll(async () => {
      const before = seen;
      seen = JSON.stringify(await boxes());
      return seen === before;
    })
    .toBe(true);
  const loading = await boxes();
  const isLoaded = () => image.evaluate((element) => (element as HTMLImageElement).naturalWidth > 0);
  expect(await isLoaded()).toBe(false);
  expect(Math.abs((loading[1]?.height ?? 0) / (loading[1]?.width ?? 1) - 0.35)).toBeLessThan(0.01);
  const { x = 0, width = 0 } = loading[1] ?? {};
  expect(x + width).toBeLessThan(page.viewportSize()?.width ?? 0);
  release();
  await expect.poll(isLoaded).toBe(true);
  expect(await boxes()).toEqual(loading);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});

it('asks for new URLs when those of a message have expired', async () => {
  const server = await startServer({ FILE_URL_TTL: '60' });
  const ada = await server.user('ada');
  const { page } = await ada.open('#/inbox/ada');
  await attach(page, note());
  await send(page);
  const link = page.getByRole('link', { name: /^Download notes.txt/ });
  const first = await link.getAttribute('href');
  await expect.poll(() => link.getAttribute('href'), { timeout: 70_000 }).not.toBe(first);
  const href = (await link.getAttribute('href')) ?? '';
  expect((await fetch(new URL(href, server.url))).status).toBe(200);
});
