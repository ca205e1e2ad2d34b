import { expect, it, onTestFinished } from 'vitest';
import { createCaller } from '../../src/server/api/app-router.ts';
import { openFront } from '../support/dispatcher.ts';
import { startRoom } from '../support/live.ts';
import { openSocket } from '../support/raw-socket.ts';

it('sends long history as fast as it is read, so that the client is not disconnected', async () => {
  const { deps, alice, bob, roomId } = await startRoom({
    roomMessages: { capacity: 5000, ttlMs: 3_600_000 },
  });
  const front = await openFront(deps);
  const caller = createCaller({ deps, token: alice.token, address: '' });
  const ids: string[] = [];
  for (let n = 0; n < 2000; n += 1)
    ids.push((await caller.chat.sendMessage({ roomId, text: 'x'.repeat(10_000) })).id);

  const reader = await openSocket(front.url, bob.token);
  reader.socket.pause();
  reader.subscribe(1, 'chat.onMessage', { roomId });
  let backlog = 0;
  for (let turn = 0; turn < 500; turn += 1) {
    await new Promise(setImmediate);
    backlog = Math.max(backlog, ...[...front.sockets].map(({ writableLength }) => writableLength));
  }
  expect(backlog).toBeLessThan(1024 * 1024);
  reader.socket.resume();
  await reader.has(ids.at(-1) ?? '');
  const got = reader.frames().flatMap(({ result }) => result?.id ?? []);
  expect([got, deps.hub.drops]).toEqual([ids, 0]);
});

it('sends the history of many rooms over one connection, without warning or disconnecting', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  onTestFinished(() => void process.off('warning', warn));
  const { deps, alice, url } = await startRoom({ roomMessages: { capacity: 50_000, ttlMs: 3_600_000 } });
  const caller = createCaller({ deps, token: alice.token, address: '' });
  const rooms: number[] = [];
  for (let n = 0; n < 60; n += 1) {
    const { id: roomId } = await caller.chat.createRoom({ name: `room ${n}`, password: 'p' });
    for (let m = 0; m < 20; m += 1) await caller.chat.sendMessage({ roomId, text: 'x'.repeat(16_000) });
    await caller.chat.sendMessage({ roomId, text: `last of ${n}.` });
    rooms.push(roomId);
  }
  const reader = await openSocket(url, alice.token);
  reader.socket.pause();
  for (const [index, roomId] of rooms.entries()) reader.subscribe(index, 'chat.onMessage', { roomId });
  for (let turn = 0; turn < 500; turn += 1) await new Promise(setImmediate);
  reader.socket.resume();
  const count = () => reader.texts.filter((text) => text.includes('last of')).length;
  await reader.until(() => count() === rooms.length || reader.closes.length > 0);
  expect([reader.closes, deps.hub.drops, warnings]).toEqual([[], 0, []]);
}, 60_000);
