/** Sends requests over connections that are opened before, so that opening them is no part of what is measured. */
import { connect, type Socket } from 'node:net';
import { serve } from '../lib/child.ts';
import { createReplyReader } from './reply-reader.ts';

export interface Run {
  /** Complete requests, head and body. Whichever connection has its answer sends the next one. */
  requests: string[];
  /** For so long, beginning again after the last. Without it each request is sent once. */
  seconds?: number;
  /** A status that is right, if none of success is. */
  status?: number | undefined;
}

let sockets: Socket[] = [];

/** Replaces the connections there are. */
async function open({ port, connections }: { port: number; connections: number }) {
  for (const socket of sockets) socket.destroy();
  sockets = await Promise.all(Array.from({ length: connections }, () => opened(port)));
}

const opened = (port: number) =>
  new Promise<Socket>((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });

async function run({ requests, seconds, status: right = 200 }: Run) {
  const all = requests.map((request) => Buffer.from(request));
  let sent = 0;
  let bodyBytes = 0;
  let isOver = false;
  function next(): Buffer | undefined {
    if (isOver || (seconds === undefined && sent === all.length)) return undefined;
    sent += 1;
    return all[(sent - 1) % all.length];
  }

  const keepAsking = (socket: Socket) =>
    new Promise<void>((resolve, reject) => {
      function ask() {
        const bytes = next();
        if (bytes) socket.write(bytes);
        else resolve();
      }
      const read = createReplyReader((status, text, bytes) => {
        if (status !== right && (status < 200 || status > 299)) return reject(new Error(`answered ${text}`));
        bodyBytes ||= bytes.length - bytes.indexOf('\r\n\r\n') - 4;
        ask();
      });
      socket.on('data', read);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the server closed the connection')));
      ask();
    });

  // Busy-waits, as in requests.ts.
  let isAwake = true;
  const stayAwake = () => {
    if (isAwake) setImmediate(stayAwake);
  };
  stayAwake();
  const timer =
    seconds === undefined
      ? undefined
      : setTimeout(() => {
          isOver = true;
        }, seconds * 1000);
  try {
    await Promise.all(sockets.map(keepAsking));
  } finally {
    isAwake = false;
    clearTimeout(timer);
  }
  return { count: sent, bodyBytes };
}

serve({ open, run });
