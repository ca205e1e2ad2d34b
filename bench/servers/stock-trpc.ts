/** tRPC as in its documentation: one generator over an emitter per subscriber. */
import { EventEmitter, on } from 'node:events';
import { initTRPC, tracked } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocketServer } from 'ws';
import { serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';
import { liveMessage, type Publication } from '../lib/live-message.ts';

const emitter = new EventEmitter().setMaxListeners(0);
let seq = 0;

const t = initTRPC.create();
const router = t.router({
  onMessage: t.procedure.subscription(async function* ({ signal }) {
    for await (const [{ id, data }] of on(emitter, 'message', signal && { signal }))
      yield tracked(String(id), data as object);
  }),
});

const server = createHTTPServer({ router });
const wss = new WebSocketServer({ server, perMessageDeflate: false });
applyWSSHandler({ wss, router });

serve(
  {
    subscribers: () => emitter.listenerCount('message'),
    publish({ count, length }: Publication) {
      for (let sent = 0; sent < count; sent += 1) emitter.emit('message', liveMessage(seq++, length));
    },
  },
  { port: await listen(server) },
);
