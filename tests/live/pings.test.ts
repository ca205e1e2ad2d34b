import { once } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { pingMs } from '../../src/server/infra/live/timing.ts';
import { openFront } from '../support/dispatcher.ts';
import { readByStream } from '../support/id-readers.ts';
import { startRoom } from '../support/live.ts';
import { openSocket } from '../support/raw-socket.ts';
import { openStream } from '../support/raw-stream.ts';

/** A room at a server whose connections are pinged when the test says so. */
async function setup() {
  const room = await startRoom();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const front = await openFront(room.deps);
  return { ...room, front, turn: () => vi.advanceTimersByTime(pingMs) };
}

it('pings every WebSocket, and disconnects those that have not answered by the next ping', async () => {
  const { bob, roomId, deps, say, front, turn } = await setup();
  const open = async (options: { autoPong: boolean }) => {
    const opened = await openSocket(front.url, bob.token, options);
    let pings = 0;
    opened.socket.on('ping', () => {
      pings += 1;
    });
    opened.subscribe(1, 'chat.onMessage', { roomId });
    await opened.has('"started"');
    return { ...opened, pings: () => pings };
  };
  const answering = await open({ autoPong: true });
  const silent = await open({ autoPong: false });

  /** What a connection says arrives in order, so that before this answer the server has seen the pong. */
  async function answerArrives(id: number) {
    answering.send({ id, method: 'query', params: { path: 'users.count' } });
    await answering.has(`{"id":${id},"result"`);
  }
  const pinged = ({ socket }: typeof answering) => once(socket, 'ping');

  vi.advanceTimersByTime(pingMs - 1);
  const firsts = [pinged(answering), pinged(silent)];
  await answerArrives(2);
  expect([answering.pings(), silent.pings()]).toEqual([0, 0]);
  vi.advanceTimersByTime(1);
  await Promise.all(firsts);
  await answerArrives(3);
  expect([silent.closes, front.webSockets.size]).toEqual([[], 2]);

  const second = pinged(answering);
  turn();
  await silent.closed();
  await second;
  await answerArrives(4);
  const third = pinged(answering);
  turn();
  await third;

  expect([answering.pings(), silent.pings()]).toEqual([3, 1]);
  expect([answering.closes, silent.closes]).toEqual([[], [{ code: 1006, reason: '' }]]);
  expect([front.webSockets.size, deps.hub.size]).toEqual([1, 1]);
  await say('still here');
  await answering.has('still here');
  expect(silent.texts.join()).not.toContain('still here');
});

it('sends a ping to every event stream at each interval', async () => {
  const { bob, roomId, say, front, turn } = await setup();
  const streams = await Promise.all(
    Array.from({ length: 2 }, () =>
      openStream(front.url, 'chat.onMessage', { token: bob.token, input: { roomId } }),
    ),
  );
  await say('first');
  for (const { has } of streams) await has('first');
  const pingsOf = (stream: (typeof streams)[number]) =>
    stream.events().filter(({ event }) => event === 'ping').length;

  for (let count = 1; count <= 3; count += 1) {
    turn();
    await say(`after ${count}`); // is written after the ping
    for (const stream of streams) {
      await stream.has(`after ${count}`);
      expect(pingsOf(stream)).toBe(count);
    }
  }
});

it('disconnects an event stream that reads nothing between two pings', async () => {
  const { bob, roomId, deps, say, front, turn } = await setup();
  const readable = { url: front.url, token: bob.token, roomId };
  const stalled = await readByStream(readable);
  const [socket] = front.sockets;
  if (!socket) throw new Error('the stream has no connection');
  const reading = await readByStream(readable);
  const taken = () => socket.bytesWritten - socket.writableLength;
  let said = 0;
  /** All that has been said was written to both when the one that reads has it. */
  async function sayMore() {
    await say('x'.repeat(16_000));
    said += 1;
    await reading.until(() => reading.ids.length === said);
  }
  /** Until nothing more fits between the server and the reader. */
  async function fill() {
    while (socket?.writableLength === 0) await sayMore();
  }
  await sayMore();
  await stalled.until(() => stalled.ids.length === 1);

  stalled.pause();
  await fill();
  turn();
  expect(socket.destroyed).toBe(false);
  const before = taken();
  stalled.resume();
  while (taken() === before) await new Promise(setImmediate);
  stalled.pause();
  await fill();
  // Within one tick, so that what it takes does not change any more.
  expect(taken()).toBeGreaterThan(before);
  turn();
  expect(socket.destroyed).toBe(false);
  turn();
  expect(socket.destroyed).toBe(true);

  stalled.resume();
  await stalled.until(() => stalled.closes.length > 0);
  await sayMore();
  turn();
  await sayMore();
  expect([reading.closes, deps.hub.size, deps.hub.drops, front.sse.size]).toEqual([[], 1, 0, 1]);
}, 60_000);
