import { expect, it, onTestFinished, vi } from 'vitest';
import { pingMs } from '../../src/server/infra/live/timing.ts';
import { openFront } from '../support/dispatcher.ts';
import { scrape, startMeasured } from '../support/metrics.ts';
import { openSocket } from '../support/raw-socket.ts';

async function setup() {
  const mirage = await startMeasured({ roomMessages: { capacity: 100, ttlMs: 3_600_000 } });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const front = await openFront(mirage.deps);
  const cuts = async () => {
    const { sum } = await scrape(mirage.url);
    const of = (reason: string) => sum('mirage_connections_cut_total', { reason });
    return { silent: of('silent'), unread: of('unread_answers') };
  };
  return { ...mirage, front, cuts };
}

it('counts a WebSocket that answers no ping, once', async () => {
  const { bob, front, cuts } = await setup();
  const silent = await openSocket(front.url, bob.token, { autoPong: false });
  const pinged = new Promise((resolve) => silent.socket.once('ping', resolve));
  vi.advanceTimersByTime(pingMs);
  await pinged;
  expect(await cuts()).toEqual({ silent: 0, unread: 0 });
  vi.advanceTimersByTime(pingMs);
  await silent.closed();
  vi.advanceTimersByTime(pingMs);
  expect(await cuts()).toEqual({ silent: 1, unread: 0 });
});

it('counts a WebSocket that sends and does not read, once', async () => {
  const { bob, roomId, say, front, cuts } = await setup();
  for (let n = 0; n < 60; n += 1) await say('x'.repeat(16_000));
  const { socket, send } = await openSocket(front.url, bob.token);
  socket.pause();
  // In one message, as no more of them are read once their answers wait.
  send(
    Array.from({ length: 20 }, (_, index) => ({
      id: index + 1,
      method: 'query',
      params: { path: 'chat.listMessages', input: { roomId } },
    })),
  );
  await expect.poll(cuts).toEqual({ silent: 0, unread: 1 });
  expect(front.webSockets.size).toBe(0);
});
