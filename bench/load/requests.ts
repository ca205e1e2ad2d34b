/** Keeps a number of connections busy: each sends its next request as soon as it has the previous answer. */
import { connect, type Socket } from 'node:net';
import { serve } from '../lib/child.ts';
import { createReplyReader } from './reply-reader.ts';

interface Load {
  port: number;
  /** Complete requests, head and body. The connections use them in turn. */
  requests: string[];
  connections: number;
  seconds: number;
}

async function run({ port, requests, connections, seconds }: Load) {
  let count = 0;
  let isOver = false;
  let endedAt = 0;
  const lanes = await Promise.all(
    Array.from({ length: connections }, (_, index) => open(port, requests[index % requests.length] ?? '')),
  );
  // Busy-waits: waking a sleeping core costs the server CPU time, which would only slow down slow servers.
  const stayAwake = () => {
    if (!isOver) setImmediate(stayAwake);
  };
  stayAwake();
  const startedAt = performance.now();
  const timer = setTimeout(() => {
    isOver = true;
    endedAt = performance.now();
  }, seconds * 1000);
  await Promise.all(
    lanes.map(async ({ socket, keepAsking }) => {
      await keepAsking(() => {
        count += 1;
        return !isOver;
      });
      socket.destroy();
    }),
  );
  clearTimeout(timer);
  return { count, seconds: (endedAt - startedAt) / 1000 };
}

/** Sends requests over one connection until `onReply` returns false. */
async function open(port: number, request: string) {
  const bytes = Buffer.from(request);
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opened: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(opened));
    opened.once('error', reject);
  });

  const keepAsking = (onReply: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const read = createReplyReader((status, text) => {
        if (status < 200 || status > 299) return reject(new Error(`answered ${text}`));
        if (onReply()) socket.write(bytes);
        else resolve();
      });
      socket.on('data', read);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the server closed the connection')));
      socket.write(bytes);
    });
  return { socket, keepAsking };
}

serve({ run });
