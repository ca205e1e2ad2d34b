import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startProxy } from '../support/tcp-proxy.ts';
import { message } from './support/app.ts';
import { narrow, visit } from './support/browser.ts';
import { startServer } from './support/mirage.ts';

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** Presses Tab until an element with this name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const { activeElement: element } = document;
      if (!(element instanceof HTMLElement) || element === document.body) return '';
      const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
      return element.ariaLabel || labels.map((label) => label.innerText).join(' ') || element.innerText;
    });
    if (name.test(focused)) return;
  }
  throw new Error(`${name} cannot be reached with Tab`);
}

it('can be used with the keyboard alone', async () => {
  const { url } = await startServer();
  const { page } = await visit(url);
  const type = (text: string) => page.keyboard.type(text);
  const enter = () => page.keyboard.press('Enter');

  await page.getByText('Create account').waitFor();
  await tabTo(page, /Create account/);
  await enter();
  await tabTo(page, /User name/);
  await type('ada');
  await tabTo(page, /Email/);
  await type('ada@example.com');
  await tabTo(page, /Password/);
  await type('a quiet harbour');
  await enter();
  await page.getByText('You have not joined any rooms').waitFor();

  await tabTo(page, /New room/);
  await enter();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'New room' }).and(page.locator(':focus')).waitFor();
  await enter();
  await page.getByRole('dialog').waitFor();
  await tabTo(page, /^Name/);
  await type('attic');
  await enter();
  await page.getByText('No messages yet').waitFor();
  await page.getByRole('textbox', { name: 'Message to attic' }).and(page.locator(':focus')).waitFor();
  await type('by hand');
  await enter();
  await message(page, 'by hand').getByText('Sent').waitFor();

  await tabTo(page, /Skip to content/);
  await enter();
  await page.locator('#content:focus').waitFor();
  await tabTo(page, /Room menu/);
  await enter();
  const focusedItem = (name: string) => page.getByRole('menuitem', { name }).and(page.locator(':focus'));
  await focusedItem('Invite people').waitFor();
  await page.keyboard.press('End');
  await focusedItem('Delete room').waitFor();
  await page.keyboard.press('ArrowUp');
  await focusedItem('Leave room').waitFor();
  await enter();
  await page.getByRole('alertdialog').waitFor();
  await tabTo(page, /Leave room/);
  await enter();
  await page.getByText('You have not joined any rooms').waitFor();
});

it('shows either the list or the conversation on narrow screens', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({
    name: 'a room with a name that is rather long',
  });
  await ada.client.chat.sendMessage.mutate({ roomId, text: `${'long'.repeat(100)} word` });
  const { page } = await ada.open('', { viewport: narrow, hasTouch: true });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.getByRole('link', { name: /a room with/ }).click();
  await message(page, 'longlong').waitFor();
  expect(await page.getByRole('button', { name: 'New room' }).isVisible()).toBe(false);
  expect(await overflow()).toBe(0);
  await page.getByRole('button', { name: /Members/ }).click();
  await page.getByRole('dialog', { name: 'Members' }).getByText('1 member, 1 online').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByRole('button', { name: 'New room' }).waitFor();
  expect(await overflow()).toBe(0);
});

it('shows the connection banner above the list, too', async () => {
  const { url, user } = await startServer();
  const network = await startProxy(url);
  const ada = await user('ada');
  const { page, expectComplaint } = await ada.open('', { viewport: narrow, at: network.url });
  await page.getByText('You have not joined any rooms').waitFor();
  await page.getByRole('link', { name: 'Inbox' }).click();
  await page.getByText('No messages yet').waitFor();
  expectComplaint(/net::ERR_|WebSocket connection/);
  network.down();
  await page.getByText('Connection lost').waitFor();
});

it('follows the system theme until the user chooses one', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const { page } = await ada.open('', { colorScheme: 'dark' });
  await page.getByText('You have not joined any rooms').waitFor();
  const dark = await background(page);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await background(page);
  expect(light).not.toBe(dark);
  await page.getByRole('button', { name: 'Menu of ada' }).click();
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  await expect.poll(() => background(page)).toBe(dark);
  await page.reload();
  await page.getByText('You have not joined any rooms').waitFor();
  expect(await background(page)).toBe(dark);
});

it('formats times in the time zone and language of the user', async () => {
  const { user } = await startServer();
  const ada = await user('ada');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'attic' });
  const { createdAt } = await ada.client.chat.sendMessage.mutate({ roomId, text: 'when?' });
  for (const [locale, timezoneId] of [
    ['en-US', 'America/New_York'],
    ['de-DE', 'Asia/Tokyo'],
  ] as const) {
    const { page } = await ada.open(`#/rooms/${roomId}`, { locale, timezoneId });
    const time = message(page, 'when?').getByRole('time');
    const expected = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: timezoneId });
    expect(await time.innerText()).toBe(expected.format(new Date(createdAt)));
    expect(await time.getAttribute('datetime')).toBe(new Date(createdAt).toISOString());
  }
});
