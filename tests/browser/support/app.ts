import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** User actions, located by visible texts and accessible names. */

export async function register(page: Page, username: string): Promise<void> {
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Email address').fill(`${username}@example.com`);
  await page.getByLabel('Password').fill(passwordOf(username));
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('button', { name: `Menu of ${username}` }).waitFor();
}

export async function logIn(page: Page, username: string, password = passwordOf(username)): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

export const passwordOf = (username: string) => `password of ${username}`;

export async function createRoom(
  page: Page,
  name: string,
  { password, isKept = false }: { password?: string; isKept?: boolean } = {},
): Promise<void> {
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByLabel('Name').fill(name);
  if (password !== undefined) {
    await page.getByLabel('Anyone with the password').check();
    await page.getByLabel('Room password').fill(password);
  }
  if (isKept) await page.getByLabel('They are kept').check();
  await page.getByRole('button', { name: 'Create room' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

export async function joinRoom(page: Page, name: string, password = ''): Promise<void> {
  await page.getByRole('button', { name: 'Join by name' }).click();
  await page.getByLabel('Room name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Join room' }).click();
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: /^Message to/ }).fill(text);
  await page.keyboard.press('Enter');
}

/** Chooses from the menu of the message with this text. */
export async function choose(page: Page, text: string | RegExp, item: string): Promise<void> {
  await message(page, text).hover();
  await message(page, text).getByRole('button', { name: 'Message menu' }).click();
  await page.getByRole('menu').getByRole('menuitem', { name: item, exact: true }).click();
}

/** The message with this text. */
export const message = (page: Page, text: string | RegExp) =>
  page.getByTestId('messages').getByRole('article').filter({ hasText: text });

/** Goes to the first message with the keyboard: to the first that is loaded, until nothing older is. */
export async function toStart(page: Page): Promise<void> {
  const list = page.getByTestId('messages');
  await list.focus();
  await expect
    .poll(
      async () => {
        await page.keyboard.press('Home');
        return list.getByText(/^This is the beginning|earlier messages/i).count();
      },
      { timeout: 60_000 },
    )
    .toBe(1);
}

/** The complaint about calls that were under way when access to a room was taken away. */
export const lateRoomCalls = /status of 40[34] .*\/trpc\/chat\./;

/** Waits until no dialog is open, and its history entry is gone: a browser goes back to the one before a moment later. */
export async function dialogsClosed(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector('[role=dialog], [role=alertdialog]'));
  await page.waitForFunction(() => !history.state?.dialogs);
}
