import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { logIn, message } from './support/app.ts';
import { narrow } from './support/browser.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

type User = Awaited<ReturnType<typeof mirage.user>>;

const send = (from: User, to: User, text: string) =>
  from.client.inbox.sendMessage.mutate({ recipient: to.username, text });

/** Waits until the server finds what was sent a moment ago. */
const untilFound = (user: User, query: string, hits: number) =>
  expect
    .poll(async () => (await user.client.inbox.search.query({ query, limit: 100 })).hits.length)
    .toBe(hits);

async function startWithThree() {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const cleo = await mirage.user('cleo');
  return { ada, bob, cleo };
}

const field = (page: Page) => page.getByRole('searchbox', { name: 'Search messages' });
const results = (page: Page) => page.getByRole('list', { name: 'Search results' });
const hits = (page: Page) => results(page).getByRole('link');
const marked = (page: Page) => results(page).locator('mark').allTextContents();
const conversation = (page: Page, peer: User) => page.getByRole('link', { name: new RegExp(peer.username) });
const announced = (page: Page) => page.getByTestId('announcer').textContent();

/** Whether it is in view as a whole. */
async function isInView(page: Page, text: string | RegExp): Promise<boolean> {
  if ((await message(page, text).count()) !== 1) return false;
  const box = await message(page, text).boundingBox();
  const view = await page.getByTestId('messages').boundingBox();
  if (!box || !view) return false;
  return box.y >= view.y - 1 && box.y + box.height <= view.y + view.height + 1;
}

/** A conversation that begins with a message that is not among those loaded at first. */
async function startLong() {
  const { ada, bob, cleo } = await startWithThree();
  await send(bob, ada, 'hello');
  const { id } = await send(bob, ada, 'the heron stands in the reeds');
  for (let sent = 0; sent < 240; sent += 40)
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        send(at % 3 ? bob : ada, ada, `note ${sent + at}: ${'so '.repeat(at)}`),
      ),
    );
  const { id: last } = await send(bob, ada, 'good night');
  await ada.client.inbox.markRead.mutate({ upTo: last });
  await untilFound(ada, 'heron', 1);
  return { ada, bob, cleo, id };
}

it('finds messages in all conversations and marks the words', async () => {
  const { ada, bob, cleo } = await startWithThree();
  await send(bob, ada, 'Soup at seven?');
  await send(ada, cleo, 'No soup today, but there are soups tomorrow');
  await send(
    cleo,
    ada,
    `${'Quite a lot of other words. '.repeat(20)}And then soup, ${'and more. '.repeat(30)}`,
  );
  await send(bob, ada, 'Bread, then.');
  await untilFound(ada, 'soup', 3);
  const { page } = await ada.open('#/inbox');
  await conversation(page, bob).waitFor();
  await field(page).fill('SOUP');
  await expect.poll(() => hits(page).count()).toBe(3);
  expect(await marked(page)).toEqual(['soup', 'soup', 'soup', 'Soup']);
  const texts = await hits(page).allInnerTexts();
  expect(texts[0]).toContain(cleo.username);
  // A long text is cut around what was found.
  expect(texts[0]).toMatch(/…[^…]{5,40}And then soup, and more\.[^…]*…$/);
  expect(texts[1]).toContain('You: No soup today, but there are soups tomorrow');
  expect(texts[2]).toContain(bob.username);
  expect(texts[2]).not.toContain('You:');
  expect(await conversation(page, bob).count()).toBe(1);
  await expect.poll(() => announced(page)).toBe('3 messages found');

  await field(page).fill('giraffe');
  await page.getByText('No messages found', { exact: true }).first().waitFor();
  await expect.poll(() => announced(page)).toBe('No messages found');
});

it('brings the list back with Escape and with the button, and keeps the focus', async () => {
  const { ada, bob, cleo } = await startWithThree();
  await send(bob, ada, 'soup');
  await send(cleo, ada, 'bread');
  await untilFound(ada, 'soup', 1);
  const { page } = await ada.open('#/inbox');
  await conversation(page, cleo).waitFor();
  const focused = field(page).and(page.locator(':focus'));

  await field(page).fill('soup');
  await hits(page).first().waitFor();
  expect(await conversation(page, cleo).count()).toBe(0);
  await page.keyboard.press('Escape');
  await conversation(page, cleo).waitFor();
  await focused.waitFor();
  expect(await field(page).inputValue()).toBe('');

  await page.keyboard.type('soup');
  await hits(page).first().waitFor();
  await hits(page).first().focus();
  await page.keyboard.press('Escape');
  await conversation(page, cleo).waitFor();
  await focused.waitFor();

  await page.keyboard.type('soup');
  await hits(page).first().waitFor();
  await page.getByRole('button', { name: 'Clear search' }).click();
  await conversation(page, cleo).waitFor();
  await focused.waitFor();
  expect(await page.getByRole('button', { name: 'Clear search' }).count()).toBe(0);

  // By keyboard alone.
  await page.keyboard.type('soup');
  await page.keyboard.press('Enter');
  await hits(page).first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await message(page, 'soup').and(page.locator(':focus')).waitFor();
});

it('jumps to a message that is not loaded, again and again, and goes back', async () => {
  const { ada, bob, id } = await startLong();
  const { page } = await ada.open('#/inbox');
  await conversation(page, bob).click();
  await expect.poll(() => isInView(page, 'good night')).toBe(true);
  await field(page).fill('heron');
  await hits(page).first().click();
  await expect.poll(() => isInView(page, 'the heron stands')).toBe(true);
  expect(new URL(page.url()).hash).toBe(`#/inbox/${bob.username}/${id}`);
  await message(page, 'the heron stands').and(page.locator(':focus')).waitFor();
  expect(await hits(page).first().getAttribute('aria-current')).toBe('page');

  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await expect.poll(() => isInView(page, 'good night')).toBe(true);
  await hits(page).first().click();
  await expect.poll(() => isInView(page, 'the heron stands')).toBe(true);

  await page.goBack();
  await expect.poll(() => new URL(page.url()).hash).toBe(`#/inbox/${bob.username}`);
  expect(await hits(page).count()).toBe(1);

  // The address leads there too.
  await page.goForward();
  await page.reload();
  await expect.poll(() => isInView(page, 'the heron stands')).toBe(true);
  await page.getByRole('textbox', { name: /^Message to/ }).fill('mine');
  await page.keyboard.press('Enter');
  await expect.poll(() => isInView(page, 'mine')).toBe(true);
});

it('jumps on a narrow screen, and back to the results', async () => {
  const { ada } = await startLong();
  const { page } = await ada.open('#/inbox', { viewport: narrow, hasTouch: true });
  await field(page).fill('heron');
  await hits(page).first().tap();
  await expect.poll(() => isInView(page, 'the heron stands')).toBe(true);
  expect(await field(page).isVisible()).toBe(false);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  await page.goBack();
  await hits(page).first().waitFor();
  expect(await field(page).inputValue()).toBe('heron');
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  await hits(page).first().tap();
  await expect.poll(() => isInView(page, 'the heron stands')).toBe(true);
  await page.getByRole('link', { name: 'Back' }).tap();
  await hits(page).first().waitFor();
});

it.each([
  ['wide', undefined],
  ['narrow', narrow],
])('searches in one conversation, %s', async (_look, viewport) => {
  const { ada, bob, cleo } = await startWithThree();
  await send(bob, ada, 'soup with bob');
  await send(cleo, ada, 'soup with cleo');
  await untilFound(ada, 'soup', 2);
  const { page } = await ada.open(`#/inbox/${bob.username}`, viewport && { viewport });
  await message(page, 'soup with bob').waitFor();
  await page.getByRole('button', { name: 'Conversation menu' }).click();
  await page.getByRole('menuitem', { name: 'Search in this conversation' }).click();
  await field(page).and(page.locator(':focus')).waitFor();
  await page.getByText(`In conversation with ${bob.username}`).waitFor();
  await page.getByText('Enter a word to find it').waitFor();
  await page.keyboard.type('soup');
  await expect.poll(() => hits(page).allInnerTexts()).toEqual([expect.stringContaining('soup with bob')]);
  await page.getByRole('button', { name: 'Search in all conversations' }).click();
  await expect.poll(() => hits(page).count()).toBe(2);
  await field(page).and(page.locator(':focus')).waitFor();
  expect(await page.getByText('In conversation with').count()).toBe(0);
});

it('loads more results on request', async () => {
  const { ada, bob } = await startWithThree();
  for (let number = 1; number <= 25; number += 1) await send(bob, ada, `apple ${number}.`);
  await untilFound(ada, 'apple', 25);
  const { page } = await ada.open('#/inbox');
  await field(page).fill('apple');
  await expect.poll(() => hits(page).count()).toBe(20);
  await expect.poll(() => announced(page)).toBe('20 messages found, and there are more');
  await page.getByRole('button', { name: 'Show more results' }).click();
  await expect.poll(() => hits(page).count()).toBe(25);
  expect(await hits(page).last().innerText()).toContain('apple 1.');
  await hits(page).nth(20).and(page.locator(':focus')).waitFor();
  await expect.poll(() => announced(page)).toBe('25 messages found');
  expect(await page.getByRole('button', { name: 'Show more results' }).count()).toBe(0);
});

it('goes on where a page has no hits', async () => {
  const { ada, bob } = await startWithThree();
  await send(bob, ada, 'a lonely pear');
  await untilFound(ada, 'pear', 1);
  const { page } = await ada.open('#/inbox');
  let pages = 0;
  await page.route(/inbox\.search/, async (route) => {
    pages += 1;
    if (pages > 1) return route.continue();
    const response = await route.fetch();
    const [answer] = (await response.json()) as { result: { data: { position: string } } }[];
    const position = answer?.result.data.position ?? '';
    await route.fulfill({
      response,
      json: [{ result: { data: { hits: [], nextCursor: '999999999', position } } }],
    });
  });
  await field(page).fill('pear');
  await expect.poll(() => hits(page).count()).toBe(1);
  expect(pages).toBe(2);
});

it('drops a slow answer to an earlier query', async () => {
  const { ada, bob } = await startWithThree();
  await send(bob, ada, 'slow snail');
  await send(bob, ada, 'quick fox');
  await untilFound(ada, 'fox', 1);
  const { page } = await ada.open('#/inbox');
  // The browser gives calls up that are not needed any more; here they are answered all the same.
  await page.addInitScript(() => {
    const { fetch } = globalThis;
    globalThis.fetch = (input, init) => fetch(input, { ...init, signal: null });
  });
  await page.reload();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked: string[] = [];
  await page.route(/inbox\.search/, async (route) => {
    const query = decodeURIComponent(route.request().url()).includes('snail') ? 'snail' : 'fox';
    asked.push(query);
    if (query === 'snail') await held;
    await route.continue();
  });
  await field(page).fill('snail');
  await expect.poll(() => asked).toEqual(['snail']);
  await field(page).fill('fox');
  await expect.poll(() => marked(page)).toEqual(['fox']);
  const answered = page.waitForResponse(/snail/);
  release();
  await (await answered).finished();
  // A later answer, so that the earlier one has been looked at.
  await send(bob, ada, 'slow snail again');
  await message(page, 'slow snail again')
    .or(page.getByRole('link', { name: 'Inbox 3 unread' }))
    .waitFor();
  expect(await marked(page)).toEqual(['fox']);
});

it('explains a failure and tries again on request', async () => {
  const { ada, bob } = await startWithThree();
  await send(bob, ada, 'soup');
  await untilFound(ada, 'soup', 1);
  const { page, expectComplaint } = await ada.open('#/inbox');
  expectComplaint(/net::ERR_FAILED/);
  await page.route(/inbox\.search/, (route) => route.abort());
  await field(page).fill('soup');
  const failure = page.getByRole('alert').filter({ hasText: 'The messages could not be searched' });
  await failure.waitFor();
  await page.unroute(/inbox\.search/);
  await failure.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => hits(page).count()).toBe(1);
});

it('follows what happens to the messages that were found', async () => {
  const { ada, bob, cleo } = await startWithThree();
  const { id: deleted } = await send(bob, ada, 'soup is gone');
  const { id: edited } = await send(bob, ada, 'soup at seven');
  await send(cleo, ada, 'soup to be cleared');
  await untilFound(ada, 'soup', 3);
  const { page } = await ada.open('#/inbox');
  await field(page).fill('soup');
  await expect.poll(() => hits(page).count()).toBe(3);
  await bob.client.inbox.deleteMessage.mutate({ id: deleted });
  await expect.poll(() => hits(page).count()).toBe(2);
  await bob.client.inbox.editMessage.mutate({ id: edited, text: 'soup at eight' });
  await results(page).getByText('soup at eight').waitFor();
  await ada.client.inbox.clearConversation.mutate({ with: cleo.username });
  await expect.poll(() => hits(page).count()).toBe(1);
});

it('says so when the chosen message has been deleted', async () => {
  const { ada, bob, id } = await startLong();
  const { page } = await ada.open('#/inbox');
  // The deletion happens elsewhere just before the message is chosen.
  await page.routeWebSocket(/\/trpc/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((data) => {
      if (!String(data).includes('"deleted"')) socket.send(data);
    });
  });
  await page.reload();
  await field(page).fill('heron');
  await hits(page).first().waitFor();
  await bob.client.inbox.deleteMessage.mutate({ id });
  await hits(page).first().click();
  await page.getByText('The message you chose has been deleted.').waitFor();
  await expect.poll(() => isInView(page, 'hello')).toBe(true);
  expect(await page.getByRole('heading', { name: bob.username, level: 1 }).isVisible()).toBe(true);
  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await expect.poll(() => isInView(page, 'good night')).toBe(true);
  expect(await page.getByText('The message you chose has been deleted.').count()).toBe(0);
});

it('shows nothing of a search to the next user', async () => {
  const { ada, bob } = await startWithThree();
  await send(bob, ada, 'between the two of us');
  await untilFound(ada, 'between', 1);
  const { page } = await ada.open('#/inbox');
  await field(page).fill('between');
  await hits(page).first().click();
  await message(page, 'between the two of us').waitFor();
  await page.getByRole('button', { name: `Menu of ${ada.username}` }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(await page.locator('body').textContent()).not.toContain('between');
  await logIn(page, bob.username);
  await page.getByRole('link', { name: 'Inbox', exact: true }).click();
  await conversation(page, ada).waitFor();
  expect(await field(page).inputValue()).toBe('');
  expect(await results(page).count()).toBe(0);
  expect(new URL(page.url()).hash).toBe('#/inbox');
});
