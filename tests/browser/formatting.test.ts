import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { message, write } from './support/app.ts';
import { narrow } from './support/browser.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

const words = 'word '.repeat(40);
const unbroken = 'x'.repeat(600);
const formatted = `**First** of _all_, ~~not~~ \`npm start\`:

> A quote: [the guide](https://example.org/guide)
An answer

- one ${words}
- two
  1. ${unbroken}

\`\`\`js
const line = '${words}';
\`\`\`
<img src=x onerror="document.title=1"> ![picture](https://example.org/x.png) [bad](javascript:alert(1))`;

async function expectFormatted(page: Page): Promise<void> {
  const shown = message(page, 'First');
  await shown.getByRole('strong').getByText('First', { exact: true }).waitFor();
  expect(await shown.getByRole('emphasis').textContent()).toBe('all');
  expect(await shown.getByRole('deletion').textContent()).toBe('not');
  expect(await shown.getByRole('code').allTextContents()).toEqual(['npm start', `const line = '${words}';`]);
  expect(await shown.getByRole('blockquote').textContent()).toBe('A quote: the guide');
  expect(await shown.getByRole('link').evaluateAll((all) => all.map((a) => a.getAttribute('href')))).toEqual([
    'https://example.org/guide',
    'https://example.org/x.png',
  ]);
  expect(await shown.getByRole('list').count()).toBe(2);
  expect(await shown.getByRole('listitem').count()).toBe(3);
  expect(await shown.getByRole('paragraph').last().textContent()).toBe(
    formatted.slice(formatted.indexOf('<img')),
  );
  expect(await shown.locator('img').count()).toBe(0);
  expect(await page.title()).toMatch(/Mirage$/);
}

/** A message is as wide as its list allows, except for code, which scrolls. */
const widths = (page: Page) =>
  message(page, 'First').evaluate((article) => {
    const isTooWide = (element: Element | null | undefined) =>
      element !== null && element !== undefined && element.scrollWidth > element.clientWidth;
    return {
      page: isTooWide(document.documentElement),
      list: isTooWide(article.closest('[data-testid=messages]')),
      message: isTooWide(article),
      code: isTooWide(article.querySelector('pre')),
    };
  });
const onlyCode = { page: false, list: false, message: false, code: true };

it('shows formatting in rooms and in the inbox', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const name = mirage.roomName('attic');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name });
  await bob.client.chat.joinRoom.mutate({ name });
  await bob.client.chat.sendMessage.mutate({ roomId, text: formatted });
  const { page } = await ada.open(`#/rooms/${roomId}`);
  await expectFormatted(page);
  expect(await widths(page)).toEqual(onlyCode);

  await write(page, '- a\n- **b**');
  const own = message(page, /^(?!.*First)/).filter({ hasText: 'Sent' });
  await own.waitFor();
  expect(await own.getByRole('listitem').allTextContents()).toEqual(['a', 'b']);

  await bob.client.inbox.sendMessage.mutate({ recipient: ada.username, text: formatted });
  await page.goto(`${page.url().split('#')[0]}#/inbox/${bob.username}`);
  await expectFormatted(page);
  await page.getByRole('link', { name: /First of all, not npm start: A quote: the guide/ }).waitFor();
  await page.setViewportSize(narrow);
  expect(await widths(page)).toEqual(onlyCode);

  const copied = await message(page, 'First')
    .locator('.message-text')
    .evaluate((text) => {
      getSelection()?.selectAllChildren(text);
      return String(getSelection());
    });
  expect(copied).toMatch(/First of all, not npm start:\s+A quote: the guide\s+An answer\s+one word/);
  expect(copied).toContain(`\nconst line = '${words}';\n`);
});
