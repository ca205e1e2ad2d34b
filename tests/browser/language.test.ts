import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from './support/accessibility.ts';
import { dialogsClosed, message } from './support/app.ts';
import { visit } from './support/browser.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

const languageOf = (page: Page) => page.evaluate(() => document.documentElement.lang);

/** What is wider than the screen, or than the button it stands in. */
const cutOff = (page: Page) =>
  page.evaluate(() => [
    ...(document.documentElement.scrollWidth > innerWidth ? ['page'] : []),
    ...[...document.querySelectorAll('button, .button')]
      .filter((button) => button.scrollWidth > button.clientWidth + 1)
      .map((button) => button.outerHTML),
  ]);

async function startConversations() {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name, history: 'kept' });
  await bob.client.chat.joinRoom.mutate({ name });
  await bob.client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  await bob.client.inbox.sendMessage.mutate({ recipient: ada.username, text: 'psst' });
  return { ada, bob, roomId };
}

it('speaks the language of the browser, or the one that is chosen', async () => {
  const { page: visitor } = await visit(mirage.url, { locale: 'de-AT' });
  await visitor.getByRole('heading', { name: 'Anmelden' }).waitFor();
  await visitor.getByLabel('Benutzername').waitFor();
  expect(await languageOf(visitor)).toBe('de');
  const { page: other } = await visit(mirage.url, { locale: 'fr-FR' });
  await other.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(await languageOf(other)).toBe('en');

  const { ada } = await startConversations();
  const { page } = await ada.open('#/settings', { locale: 'de-DE' });
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
  await page.getByRole('radio', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  expect(await languageOf(page)).toBe('en');
  await page.reload();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await page.getByRole('radio', { name: 'Like the browser' }).click();
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
});

it('stays in English if its words cannot be loaded', async () => {
  const { page, expectComplaint } = await visit('about:blank', { locale: 'de-DE' });
  expectComplaint(/net::ERR_FAILED/);
  await page.route(/german-.*\.js/, (route) => route.abort());
  await page.goto(mirage.url);
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(await languageOf(page)).toBe('en');
});

it.each([1280, 320])('fits in German into %i pixels, accessibly', async (width) => {
  const { ada, bob, roomId } = await startConversations();
  const { page } = await ada.open(`#/rooms/${roomId}`, { locale: 'de-DE', viewport: { width, height: 740 } });
  const check = async (screen: string) => {
    await expectAccessible(page, screen);
    expect(await cutOff(page), screen).toEqual([]);
  };
  const closeDialog = async () => {
    await page.keyboard.press('Escape');
    await dialogsClosed(page);
  };
  await message(page, 'hello').waitFor();
  await check('room');
  await page.getByRole('button', { name: 'Raummenü' }).click();
  await page.getByRole('menuitem', { name: 'Raumeinstellungen' }).click();
  await page.getByLabel('Wie lange Nachrichten aufbewahrt werden').waitFor();
  await check('room settings');
  await closeDialog();
  await page.goto(`${mirage.url}/#/rooms`);
  await page.getByRole('button', { name: 'Neuer Raum' }).click();
  await page.getByLabel('Alle mit dem Passwort').check();
  await check('new room');
  await closeDialog();
  await page.goto(`${mirage.url}/#/inbox/${bob.username}`);
  await message(page, 'psst').waitFor();
  await check('conversation');
  await message(page, 'psst').hover();
  await message(page, 'psst').getByRole('button', { name: 'Nachrichtenmenü' }).click();
  await page.getByRole('menuitem', { name: 'Antworten' }).waitFor();
  await check('message menu');
  await page.keyboard.press('Escape');
  await page.goto(`${mirage.url}/#/settings`);
  await page.getByLabel('Über dich').waitFor();
  await page.getByRole('button', { name: 'Neuer Token' }).click();
  await page.getByLabel('Private Nachrichten lesen').waitFor();
  await check('settings');
});

it.each([1280, 320])('is laid out from right to left where the page is, in %i pixels', async (width) => {
  const { ada, bob, roomId } = await startConversations();
  await ada.client.chat.sendMessage.mutate({ roomId, text: 'and hello' });
  const { page } = await ada.open('', { viewport: { width, height: 740 } });
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.documentElement === null) return;
      document.documentElement.dir = 'rtl';
      observer.disconnect();
    }).observe(document, { childList: true });
  });
  await page.goto(`${mirage.url}/#/rooms/${roomId}`);
  await page.reload();
  const centerOf = async (text: string) => {
    const { x = 0, width = 0 } = (await message(page, text).locator('.bubble').boundingBox()) ?? {};
    return x + width / 2;
  };
  await message(page, 'and hello').waitFor();
  expect(await centerOf('and hello')).toBeLessThan(await centerOf(bob.username));
  expect(await cutOff(page)).toEqual([]);
  if (width > 700) {
    // Names begin where the line begins, also those that are read from left to right.
    const name = page.getByRole('link', { name: /attic/ }).locator('bdi');
    expect(await name.evaluate((element) => getComputedStyle(element).textAlign)).toBe('right');
  }
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Room settings' }).click();
  await page.getByLabel('How long messages are kept').waitFor();
  expect(await cutOff(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await dialogsClosed(page);
  await page.goto(`${mirage.url}/#/settings`);
  await page.getByLabel('About you').waitFor();
  expect(await cutOff(page)).toEqual([]);
});
