import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build, preview } from 'vite';
import { expect, it, onTestFinished } from 'vitest';
import { blockUnder, root } from '../docs/markdown.ts';
import { temporaryFolder } from '../support/harness.ts';
import { passwordOf } from './support/app.ts';
import { visit } from './support/browser.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

const tutorial = 'docs/tutorial.md';
/** The files of the tutorial, with what it installs. */
async function writeProgram(): Promise<string> {
  const folder = await temporaryFolder();
  const manifest = '{ "name": "tutorial", "type": "module" }';
  const files = {
    'package.json': manifest,
    'index.html': blockUnder(tutorial, 'A page', 'html'),
    'vite.config.ts': blockUnder(tutorial, 'A page', 'ts').replace('http://127.0.0.1:5000', mirage.url),
    'tsconfig.json': blockUnder(tutorial, 'A page', 'json'),
    'main.tsx': blockUnder(tutorial, 'The program', 'tsx'),
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  // The workspace's own name leads to what is built.
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Its page, as built and served by Vite in front of the server. */
async function serve(): Promise<string> {
  const folder = await writeProgram();
  const alias = Object.fromEntries(
    ['chat', 'react', 'idb'].map((entry) => [
      `mirage/${entry}`,
      join(root, 'dist/client', entry, 'index.js'),
    ]),
  );
  const resolve = { alias: { ...alias, 'mirage/client': join(root, 'dist/client/web.js') } };
  await build({ root: folder, logLevel: 'silent', resolve });
  const server = await preview({ root: folder, logLevel: 'silent', preview: { port: 0, host: '127.0.0.1' } });
  onTestFinished(() => server.close());
  return server.resolvedUrls?.local[0] ?? expect.fail('it does not listen');
}

async function logIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('Name').fill(username);
  await page.getByLabel('Password').fill(passwordOf(username));
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor();
}

const enter = async (page: Page) => {
  await page.getByRole('button', { name: 'Enter general' }).click();
  await page.getByRole('button', { name: /^general/ }).click();
};

/** What is shown, without the names of buttons. */
const messages = async (page: Page) =>
  (await page.locator('p').allTextContents()).map((text) => text.replace(/(Edit|Delete)/g, '').trim());

const shows = (page: Page, expected: string[]) => expect.poll(() => messages(page)).toEqual(expected);

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.keyboard.press('Enter');
}

/** What is in the browser's database. */
const stored = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<unknown[]>((resolve) => {
        const opening = indexedDB.open('mirage');
        opening.onsuccess = () => {
          const all = opening.result.transaction('values').objectStore('values').getAll();
          all.onsuccess = () => {
            opening.result.close();
            resolve(all.result);
          };
        };
      }),
  );

it('chats as the tutorial says', async () => {
  const url = await serve();
  const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
  const { id: roomId } = await bob.client.chat.createRoom.mutate({ name: 'general' });
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'earlier' });

  const first = await visit(url);
  const second = await visit(url);
  const [a, b] = [first.page, second.page];
  await logIn(a, ada.username);
  await logIn(b, bob.username);
  await enter(a);
  await enter(b);
  const [adas, bobs] = [`${ada.username}:`, `${bob.username}:`];
  await shows(a, [`${bobs} earlier`]);

  // Live, both ways.
  await say(a, 'one');
  await shows(b, [`${bobs} earlier`, `${adas} one`]);
  await say(b, 'two');
  await shows(a, [`${bobs} earlier`, `${adas} one`, `${bobs} two`]);

  // The server takes it, and the answer is lost.
  let lost = 0;
  await a.route(/chat\.sendMessage/, async (route) => {
    lost += 1;
    if (lost > 1) return route.fallback();
    await route.fetch();
    return route.abort();
  });
  first.expectComplaint(/ERR_FAILED|ERR_INTERNET_DISCONNECTED/);
  await say(a, 'three');
  const three = [`${bobs} earlier`, `${adas} one`, `${bobs} two`, `${adas} three`];
  await shows(b, three);
  await shows(a, three);
  await expect.poll(() => a.locator('[aria-busy=true]').count()).toBe(0);
  expect(lost).toBeGreaterThan(0);

  // Written offline, and delivered afterwards.
  await a.context().setOffline(true);
  await say(a, 'four');
  await shows(a, [...three, `${adas} four`]);
  expect(await a.locator('[aria-busy=true]').count()).toBe(1);
  await a.context().setOffline(false);
  const four = [...three, `${adas} four`];
  await shows(b, four);
  await expect.poll(() => a.locator('[aria-busy=true]').count()).toBe(0);
  await shows(a, four);

  // Edited and deleted.
  a.once('dialog', (dialog) => void dialog.accept('ONE'));
  await a.locator('p', { hasText: 'one' }).getByRole('button', { name: 'Edit' }).click();
  await shows(
    b,
    four.map((text) => text.replace('one', 'ONE')),
  );
  await a.locator('p', { hasText: 'ONE' }).getByRole('button', { name: 'Delete' }).click();
  const left = four.filter((text) => !text.endsWith('one'));
  await shows(b, left);
  await shows(a, left);

  // Typing.
  await b.getByLabel('Message').fill('fi');
  await a.getByText(`${bob.username} is typing`).waitFor();
  await say(b, 'five');
  await a.getByText(`${bob.username} is typing`).waitFor({ state: 'detached' });
  await shows(a, [...left, `${bobs} five`]);

  // Unread in a window in which the room is not open, until it is read in another one.
  await expect.poll(async () => (await ada.client.chat.listJoinedRooms.query())[0]?.unread).toBe(0);
  const window = await a.context().newPage();
  await window.goto(url);
  await logIn(window, ada.username);
  await a.getByRole('button', { name: 'Log out' }).waitFor();
  await bob.client.chat.createRoom.mutate({ name: 'elsewhere' });
  const { id: elsewhere } = await ada.client.chat.joinRoom.mutate({ name: 'elsewhere' });
  await bob.client.chat.sendMessage.mutate({ roomId: elsewhere, text: 'psst' });
  for (const page of [a, window]) await page.getByRole('button', { name: 'elsewhere (1 new)' }).waitFor();
  await window.getByRole('button', { name: /^elsewhere/ }).click();
  for (const page of [a, window])
    await page.getByRole('button', { name: 'elsewhere', exact: true }).waitFor();

  // What is half written is there after a reload; logging out ends the other window, and nothing is left.
  await a.getByLabel('Message').fill('unsent');
  await expect.poll(() => stored(a)).toContain('unsent');
  await a.reload();
  await a.getByRole('button', { name: /^general/ }).click();
  await expect.poll(() => a.getByLabel('Message').inputValue()).toBe('unsent');
  await window.getByRole('button', { name: 'Log out' }).click();
  for (const page of [a, window]) await page.getByText('You are logged out.').waitFor();
  await expect.poll(() => stored(window)).toEqual([]);
});
