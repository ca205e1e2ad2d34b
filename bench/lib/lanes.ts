import { connect, type Socket } from 'node:net';
import { createReplyReader } from '../load/reply-reader.ts';

/**
 * Connections that each send the next request when they have received the previous answer, or, with `everyMs`, at that interval.
 * A request whose time comes before the previous answer waits from then on: a server that hangs is not asked less often.
 */
export async function keepBusy(
  lanes: { port: number; request: string }[],
  seconds: number,
  everyMs?: number,
) {
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
          let dueAt = startedAt + ((everyMs ?? 0) * lane) / lanes.length;
          let waitsSince = dueAt;
          const send = (since: number) => {
            waitsSince = since;
            socket.write(bytes);
          };
          const sendInTime = () => {
            const early = dueAt - performance.now();
            if (early > 0) setTimeout(() => send(performance.now()), early);
            else send(dueAt);
          };
          const read = createReplyReader((status, text) => {
            const now = performance.now();
            if (status !== 200) return reject(new Error(`answered ${text}`));
            latencies.push(now - waitsSince);
            if (isOver) return resolve();
            dueAt = everyMs === undefined ? now : dueAt + everyMs;
            sendInTime();
          });
          socket.on('data', read);
          socket.once('error', reject);
          sendInTime();
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
