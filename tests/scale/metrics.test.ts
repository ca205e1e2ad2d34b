import { expect, it } from 'vitest';
import { metricsToken, scrape } from '../support/metrics.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { startCluster } from './support/cluster.ts';
import { redisUrl } from './support/services.ts';

it('reports shared state once, and per-server work separately', async () => {
  const { user, urlOf } = await startCluster([{ metricsToken }, { metricsToken }]);
  const alice = await user('alice');
  const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'general' });
  for (let n = 0; n < 3; n += 1) await alice.at(0).chat.sendMessage.mutate({ roomId, text: `message ${n}` });
  await alice.at(1).chat.sendMessage.mutate({ roomId, text: 'from the other' });
  await Promise.all(
    Array.from({ length: 10 }, () => alice.at(1).inbox.sendMessage.mutate({ recipient: 'alice', text: 'x' })),
  );
  await alice.at(0).chat.listMessages.query({ roomId });

  const [first, second] = [await scrape(urlOf(0)), await scrape(urlOf(1))];
  const sent = [first, second].map(({ sum }) => sum('mirage_room_messages_sent_total'));
  const held = [first, second].map(({ sum }) => sum('mirage_room_messages'));
  const stored = [first, second].map(({ sum }) => sum('mirage_inbox_commit_messages_sum'));
  expect({ sent, held, stored }).toEqual({ sent: [3, 1], held: [4, 4], stored: [0, 10] });
  for (const service of ['database', 'redis']) expect(first.sum('mirage_service_up', { service })).toBe(1);
  // No server sees all evictions of a ring that others fill as well.
  expect(first.types).not.toHaveProperty('mirage_room_messages_lost_total');
});

it('reports that Redis is unreachable, and that it is back', async () => {
  const proxy = await startProxy(redisUrl.replace('redis:', 'http:'));
  const { place } = await startCluster([]);
  const redis = place.redis && { ...place.redis, url: proxy.url.replace('http:', 'redis:') };
  const { urlOf } = await startCluster([{ ...place, redis, metricsToken }]);
  const up = async (service: string) => (await scrape(urlOf(0))).sum('mirage_service_up', { service });
  expect(await up('redis')).toBe(1);
  proxy.down();
  proxy.cut();
  expect([await up('redis'), await up('database')]).toEqual([0, 1]);
  proxy.up();
  await expect.poll(() => up('redis'), { timeout: 20_000 }).toBe(1);
});
