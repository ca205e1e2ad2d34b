import { expect, it } from 'vitest';
import { createCaller } from '../../src/server/api/app-router.ts';
import { type Following, startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { startProxy } from '../support/tcp-proxy.ts';

const ofEach = 25;

const pick = <Item>(items: readonly Item[]) => items[Math.floor(Math.random() * items.length)];

/** Fifty clients, half of them over each transport, behind a network that fails. */
async function startCrowd(
  { url, token }: { url: string; token: string },
  subscribe: (client: ReturnType<typeof liveClient>) => Following,
) {
  const proxy = await startProxy(url);
  const crowd = transports.flatMap((transport) =>
    Array.from({ length: ofEach }, () => subscribe(liveClient({ url: proxy.url, token, transport }))),
  );
  await Promise.all(crowd.map((following) => following.started()));

  /** Sends in rounds, each of which cuts some connections and waits for some client to have caught up. */
  async function exchange(texts: string[], roundSize: number, send: (text: string) => Promise<unknown>) {
    for (let start = 0; start < texts.length; start += roundSize) {
      const round = texts.slice(start, start + roundSize);
      for (let part = 0; part < round.length; part += 20) {
        await Promise.all(round.slice(part, part + 20).map(send));
        await new Promise(setImmediate); // so that it leaves in many parts
        if (part % 100 === 40) pick([...proxy.connections])?.resetAndDestroy();
      }
      // A socket comes back in half a second, an event source takes three.
      const following = pick(crowd.slice(0, ofEach));
      await following?.until(() => following.words.includes(round.at(-1) ?? ''));
    }
    await Promise.all(crowd.map(({ until, words }) => until(() => words.at(-1) === texts.at(-1))));
    for (const { words, ends } of crowd) expect([words, ends]).toEqual([texts, []]);
  }

  return { exchange };
}

it('delivers 10,000 room messages to 50 clients with lost connections, each once and in order', async () => {
  const { bob, alice, deps, url, roomId } = await startRoom({
    roomMessages: { capacity: 20_000, ttlMs: 3_600_000 },
  });
  const caller = createCaller({ deps, token: alice.token, address: '' });
  const { exchange } = await startCrowd({ url, token: bob.token }, ({ room }) => room(roomId));
  const texts = Array.from({ length: 10_000 }, (_, index) => `message ${index}`);
  await exchange(texts, 1000, (text) => caller.chat.sendMessage({ roomId, text }));
}, 120_000);
