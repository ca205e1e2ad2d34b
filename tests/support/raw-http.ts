import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { createWaiting } from './waiting.ts';

/** A bare TCP connection, on which the test writes HTTP by hand. It is closed when the test has finished. */
export async function openRaw(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let text = '';
  let isClosed = false;
  const { changed, until } = createWaiting(() => ({ isClosed, text: text.slice(-500) }));
  socket.setEncoding('utf8').on('data', (data: string) => {
    text += data;
    changed();
  });
  socket.on('error', () => {}); // a close follows
  socket.on('close', () => {
    isClosed = true;
    changed();
  });
  return {
    socket,
    /** Everything received. */
    text: () => text,
    /** What follows the headers of the first answer. */
    body: () => text.slice(text.indexOf('\r\n\r\n') + 4),
    send: (lines: string[]) => void socket.write(`${[...lines, '', ''].join('\r\n')}`),
    has: (part: string) => until(() => text.includes(part)),
    closed: () => until(() => isClosed),
  };
}
