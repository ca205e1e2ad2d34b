/** Callers that log in, each again when it is answered, whether it was let in or refused. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../lib/child.ts';
import { createReplyReader } from './reply-reader.ts';

interface LogIns {
  port: number;
  requests: string[];
}

/** After this, as many are let in and refused as will be. */
const underWayMs = 1000;

let isOver = false;
let retryAfterMs = 0;
let callers: Promise<unknown> = Promise.resolve();
let accepted = 0;
let refused = 0;
let countedFrom = 0;

/** Sends the request again after each answer until `isDone`; after a refusal a little later. */
const keepAsking = (port: number, request: string, isDone: () => boolean) =>
  new Promise<void>((resolve, reject) => {
    const bytes = Buffer.from(request);
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    function ask() {
      if (!isDone()) return void socket.write(bytes);
      socket.destroy();
      resolve();
    }
    const read = createReplyReader((status, text) => {
      if (status === 200) accepted += 1;
      else if (status === 429) refused += 1;
      else return reject(new Error(`answered ${text}`));
      if (status === 429 && retryAfterMs > 0) setTimeout(ask, retryAfterMs);
      else ask();
    });
    socket.on('data', read).once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
    socket.once('connect', () => socket.write(bytes));
  });

serve({
  /** Each request once, so many at a time. */
  async once({ port, requests, parallel }: LogIns & { parallel: number }) {
    const left = [...requests];
    const lane = async () => {
      for (let request = left.pop(); request !== undefined; request = left.pop())
        await keepAsking(port, request, () => true);
    };
    await Promise.all(Array.from({ length: parallel }, lane));
  },

  /** One caller for each request, until `stop`. */
  start({ port, requests }: LogIns) {
    isOver = false;
    callers = Promise.all(requests.map((request) => keepAsking(port, request, () => isOver)));
    callers.catch(() => {}); // `stop` gives the error
  },

  /** From now on whoever is refused asks again after so long. Resolves when all do; answers are counted from then. */
  async retryAfter(ms: number) {
    retryAfterMs = ms;
    await sleep(underWayMs);
    [accepted, refused, countedFrom] = [0, 0, performance.now()];
  },

  /** How many were answered a second. */
  answered() {
    const seconds = (performance.now() - countedFrom) / 1000;
    return { accepted: accepted / seconds, refused: refused / seconds };
  },

  /** Waits until the server has none left. */
  async stop() {
    isOver = true;
    await callers;
  },
});
