import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../../src/server/core/logger.ts';
import { openRedisEventBus } from '../../src/server/infra/bus/redis-event-bus.ts';
import { openRedis } from '../../src/server/infra/redis/redis.ts';
import { describeEventBus } from '../bus/event-bus.contract.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { createWaiting } from '../support/waiting.ts';
import { freshPrefix, redisUrl } from './support/services.ts';

const log = createLogger('silent');

async function openBus(url = redisUrl, prefix = freshPrefix()) {
  const link = await openRedis({ url, prefix }, log);
  const bus = await openRedisEventBus(link, log);
  onTestFinished(async () => {
    await bus.close();
    link.close();
  });
  return { bus, link };
}

describeEventBus('over Redis', async () => (await openBus()).bus);

describe('over Redis: between servers', () => {
  /** Two servers, the second of which reaches Redis through a line that can be cut. */
  async function setup() {
    const prefix = freshPrefix();
    const proxy = await startProxy(redisUrl.replace('redis:', 'http:'));
    const { bus: here } = await openBus(redisUrl, prefix);
    const { bus: there, link } = await openBus(proxy.url.replace('http:', 'redis:'), prefix);
    const heard: string[] = [];
    const { changed, until } = createWaiting(() => heard);
    await there.subscribe('room', (notice) => {
      heard.push(notice ? String(notice.text) : 'signal');
      changed();
    });
    there.onMissed(async () => {
      heard.push('missed');
      changed();
    });
    const cut = () => {
      proxy.down();
      proxy.cut();
    };
    const mend = () => proxy.up();
    return { here, there, link, heard, until, cut, mend };
  }

  const isUpToDate = async (bus: { isUpToDate: boolean }, wanted = true) => {
    while (bus.isUpToDate !== wanted) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  it('notifies the others', async () => {
    const { here, heard, until } = await setup();
    await here.publish('room', { text: 'hello' });
    await until(() => heard.length > 0);
    expect(heard).toEqual(['hello']);
  });

  it('publishes what comes together in order, and equal signals once', async () => {
    const { here, heard, until } = await setup();
    await Promise.all([
      ...['one', 'two'].map((text) => here.publish('room', { text })),
      here.publish('room'),
      here.publish('another room'),
      here.publish('room'),
      here.publish('room', { text: 'three' }),
    ]);
    await until(() => heard.includes('three'));
    expect(heard).toEqual(['one', 'two', 'signal', 'three']);
  });

  it('signals every listener after a reconnect, and first that events may have been missed', async () => {
    const { here, there, heard, until, cut, mend } = await setup();
    await isUpToDate(there);
    cut();
    await isUpToDate(there, false);
    await here.publish('room', { text: 'unheard' });
    mend();
    await until(() => heard.includes('signal'));
    expect(heard).toEqual(['missed', 'signal']);
    await isUpToDate(there);
    await here.publish('room', { text: 'heard' });
    await until(() => heard.includes('heard'));
  });

  it('detects a silent connection within a second', async () => {
    const { there, link } = await setup();
    await isUpToDate(there);
    link.subscriber.stream.pause();
    await isUpToDate(there, false);
    link.subscriber.stream.resume();
    await isUpToDate(there);
  });

  it('refuses to publish while disconnected, and publishes again afterwards', async () => {
    const { here, there, cut, mend } = await setup();
    const told: unknown[] = [];
    const { changed, until: untilTold } = createWaiting(() => told);
    await here.subscribe('access', (notice) => {
      told.push(notice);
      changed();
    });
    cut();
    await expect(there.publish('access', { ended: 1 })).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    await expect(there.publish('access', { ended: 2 })).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    mend();
    await untilTold(() => told.length >= 2);
    expect(told).toEqual([{ ended: 1 }, { ended: 2 }]);
  });

  it('refuses new listeners while disconnected', async () => {
    const { there, cut, mend } = await setup();
    cut();
    await isUpToDate(there, false);
    await expect(there.subscribe('other', () => {})).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    mend();
    await isUpToDate(there);
    await there.subscribe('other', () => {});
  });
});
