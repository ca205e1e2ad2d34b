import type { Page } from 'playwright-core';

/** What a person does in the client, by what that person sees and reads. */

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

export async function createRoom(page: Page, name: string, password?: string): Promise<void> {
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByLabel('Name').fill(name);
  if (password !== undefined) {
    await page.getByLabel('Whoever knows the password').check();
    await page.getByLabel('Password of the room').fill(password);
  }
  await page.getByRole('button', { name: 'Create room' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

export async function joinRoom(page: Page, name: string, password = ''): Promise<void> {
  await page.getByRole('button', { name: 'Join by name' }).click();
  await page.getByLabel('Name of the room').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Join room' }).click();
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: /^Message to/ }).fill(text);
  await page.keyboard.press('Enter');
}

/** The message with this text. */
export const message = (page: Page, text: string | RegExp) =>
  page.getByTestId('messages').getByRole('article').filter({ hasText: text });
