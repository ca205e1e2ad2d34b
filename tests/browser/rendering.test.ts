import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { message, write } from './support/app.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

/** Of React's tree, what is needed to tell what was rendered. */
interface Fiber {
  type: unknown;
  stateNode: Element;
  memoizedProps: unknown;
  child: Fiber | null;
  sibling: Fiber | null;
}

/** Counts the messages that React renders, from when the page is loaded: a component that renders gives its elements new properties. */
async function countRenders(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const rendered = new WeakMap<Element, unknown>();
    const page = globalThis as unknown as { renders: number; __REACT_DEVTOOLS_GLOBAL_HOOK__: unknown };
    page.renders = 0;
    const walk = (fiber: Fiber | null): void => {
      for (let at = fiber; at; at = at.sibling) {
        if (at.type === 'article' && rendered.get(at.stateNode) !== at.memoizedProps) {
          rendered.set(at.stateNode, at.memoizedProps);
          page.renders += 1;
        }
        walk(at.child);
      }
    };
    page.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
      supportsFiber: true,
      inject: () => 1,
      onCommitFiberRoot: (_id: number, root: { current: Fiber }) => walk(root.current),
      onPostCommitFiberRoot() {},
      onCommitFiberUnmount() {},
    };
  });
  return () =>
    page.evaluate(() => {
      const page = globalThis as unknown as { renders: number };
      const { renders } = page;
      page.renders = 0;
      return renders;
    });
}

it('renders only the row of a new message, and none for typing', async () => {
  const { ada, bob, roomId, say } = await mirage.roomOfTwo('attic', 'kept');
  for (let number = 1; number <= 60; number += 1) await say(`message ${number}`);
  const { page } = await ada.open('#/settings');
  const renders = await countRenders(page);
  await page.goto(`${mirage.url}/?again#/rooms/${roomId}`);
  await message(page, 'message 60').waitFor();
  // Until it has been read, marks come back as events.
  const unread = async () => (await ada.client.chat.listJoinedRooms.query()).map((room) => room.unread);
  await expect.poll(unread).toEqual([0]);
  const shown = await page.getByTestId('messages').getByRole('article').count();
  expect(shown).toBeGreaterThan(10);
  expect(await renders()).toBeGreaterThanOrEqual(shown);

  await say('and another');
  await message(page, 'and another').waitFor();
  await expect.poll(unread).toEqual([0]);
  expect(await renders()).toBe(1);

  const typing = page.getByText(`${bob.username} is typing…`);
  await bob.client.chat.setTyping.mutate({ roomId, isTyping: true });
  await typing.waitFor();
  await bob.client.chat.setTyping.mutate({ roomId, isTyping: false });
  await typing.waitFor({ state: 'detached' });
  await page.getByRole('textbox', { name: /^Message to/ }).pressSequentially('a draft of many letters');
  expect(await renders()).toBe(0);

  // It appears, and is delivered.
  await write(page, 'mine');
  await message(page, 'mine').getByText('Sent', { exact: true }).waitFor();
  expect(await renders()).toBeLessThanOrEqual(3);
});
