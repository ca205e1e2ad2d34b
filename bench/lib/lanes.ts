import { connect, type Socket } from 'node:net';
import { createReplyReader } from '../load/reply-reader.ts';

/** Connections that each send the next request when they have received the previous answer. */
export async function keepBusy(lanes: { port: number; request: string }[], seconds: number) {
  const latencies: number[] = [];
  let isOver = false;
  const sockets = await Promise.all(lanes.map(({ port }) => open(port)));
  const startedAt = performance.now();
  setTimeout(() => {
    isOver = true;
  }, seconds * 1000);

  await Promise.all(
    sockets.map(
      (socket, lane) =>
        new Promise<void>((resolve, reject) => {
          const bytes = Buffer.from(lanes[lane]?.request ?? '');
          let sentAt = performance.now();
          const read = createReplyReader((status, text) => {
            const now = performance.now();
            if (status !== 200) return reject(new Error(`answered ${text}`));
            latencies.push(now - sentAt);
            if (isOver) return resolve();
            sentAt = now;
            socket.write(bytes);
          });
          socket.on('data', read);
          socket.once('error', reject);
          socket.write(bytes);
        }),
    ),
  );
  const tookS = (performance.now() - startedAt) / 1000;
  for (const socket of sockets) socket.destroy();
  return { count: latencies.length, rate: latencies.length / tookS, ...quantiles(latencies) };
}

const open = (port: number) =>
  new Promise<Socket>((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });

/** Percentiles of times in milliseconds. */
export function quantiles(times: number[]) {
  const sorted = Float64Array.from(times).sort();
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
