import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { createWaiting } from './waiting.ts';

interface Frame {
  id: number | string | null;
  result?: { type: string; id?: string; data?: unknown };
  error?: { message: string; data: { reason: string } };
}

/** A WebSocket without a client that would mend anything: what is sent and what comes are the bare messages. */
export async function openSocket(
  url: string,
  token?: string,
  options: Pick<ClientOptions, 'headers' | 'autoPong'> = {},
) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc?connectionParams=1`, options);
  onTestFinished(() => socket.terminate());
  const texts: string[] = [];
  const closes: { code: number; reason: string }[] = [];
  const { changed, until } = createWaiting(() => ({ closes, texts: texts.slice(-5) }));
  socket.on('message', (data) => {
    texts.push(String(data));
    changed();
  });
  socket.on('close', (code, reason) => {
    closes.push({ code, reason: String(reason) });
    changed();
  });
  await once(socket, 'open');
  socket.on('error', () => {}); // a close follows
  const send = (message: unknown) => socket.send(JSON.stringify(message));
  send({ method: 'connectionParams', data: token === undefined ? {} : { token } });

  const frames = () => texts.map((text) => JSON.parse(text) as Frame); // safe: for tests to look at
  return {
    socket,
    texts,
    frames,
    closes,
    send,
    subscribe: (id: number | string, path: string, input?: unknown, lastEventId?: string) =>
      send({ id, method: 'subscription', params: { path, input, ...(lastEventId && { lastEventId }) } }),
    until: (isSo: () => boolean) => until(isSo),
    has: (part: string) => until(() => texts.some((text) => text.includes(part))),
    closed: () => until(() => closes.length > 0),
    errors: () => frames().flatMap(({ id, error }) => (error ? [[id, error.data.reason] as const] : [])),
  };
}
