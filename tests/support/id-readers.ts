import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createWaiting } from './waiting.ts';

interface Readable {
  url: string;
  token: string;
  roomId: number;
  lastEventId?: string | undefined;
}

/** A reader of a room that keeps only the ids of messages, so that a test can have many of them. */
export interface IdReader {
  ids: string[];
  /** The close codes of the connection; 0 where there are none. */
  closes: number[];
  until(isSo: () => boolean): Promise<void>;
  /** Stops reading until it is resumed. */
  pause(): void;
  resume(): void;
}

const idOf = (message: string) => /"message":\{"id":"(\d+-\d+)"/.exec(message.slice(0, 200))?.[1];

/** Resolves once the server has accepted the subscription. */
export async function readBySocket({ url, token, roomId, lastEventId }: Readable): Promise<IdReader> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc?connectionParams=1`);
  onTestFinished(() => socket.terminate());
  const ids: string[] = [];
  const closes: number[] = [];
  let isStarted = false;
  const { changed, until } = createWaiting(() => ({
    closes,
    isStarted,
    last: ids.at(-1),
    count: ids.length,
  }));
  socket.on('error', () => {}); // a close follows
  socket.on('close', (code) => {
    closes.push(code);
    changed();
  });
  socket.on('message', (data) => {
    const id = idOf(String(data));
    if (id) ids.push(id);
    else isStarted ||= String(data).includes('"started"');
    changed();
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token } }));
  const params = { path: 'chat.onMessage', input: { roomId }, lastEventId };
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params }));
  await until(() => isStarted);
  return {
    ids,
    closes,
    until: (isSo) => until(isSo),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}

/** The same over server-sent events, on its own connection. */
export async function readByStream({ url, token, roomId, lastEventId }: Readable): Promise<IdReader> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  const ids: string[] = [];
  const closes: number[] = [];
  let rest = '';
  let isStarted = false;
  const { changed, until } = createWaiting(() => ({
    closes,
    isStarted,
    last: ids.at(-1),
    count: ids.length,
  }));
  socket.on('error', () => {}); // a close follows
  socket.on('close', () => {
    closes.push(0);
    changed();
  });
  socket.setEncoding('latin1').on('data', (data: string) => {
    const events = (rest + data).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const id = idOf(event);
      if (id) ids.push(id);
    }
    isStarted = true;
    changed();
  });
  const input = encodeURIComponent(JSON.stringify({ roomId }));
  const resume = lastEventId === undefined ? '' : `Last-Event-ID: ${lastEventId}\r\n`;
  socket.write(
    `GET /trpc/chat.onMessage?input=${input} HTTP/1.1\r\nHost: ${hostname}\r\n` +
      `Authorization: Bearer ${token}\r\n${resume}\r\n`,
  );
  await until(() => isStarted);
  return {
    ids,
    closes,
    until: (isSo) => until(isSo),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}
