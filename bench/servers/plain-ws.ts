/** The lower bound for WebSockets: ws, which sends every subscriber the same prebuilt frame. */
import { createServer } from 'node:http';
import * as ws from 'ws';
import { serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';
import { liveMessage, type Publication } from '../lib/live-message.ts';

const server = createServer();
const sockets = new ws.WebSocketServer({ server, perMessageDeflate: false });
let seq = 0;

/** Sends bytes that already are a frame, which ws has no public method for. */
interface FrameSender {
  _sender: { sendFrame(buffers: Buffer[]): void };
}

// safe: ws exports its sender, only its types omit it
const { Sender } = ws as unknown as { Sender: { frame(data: Buffer, options: object): Buffer[] } };

function frameOf(text: string): Buffer {
  const options = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true };
  return Buffer.concat(Sender.frame(Buffer.from(text), options));
}

serve(
  {
    subscribers: () => sockets.clients.size,
    publish({ count, length }: Publication) {
      for (let sent = 0; sent < count; sent += 1) {
        const { id, data } = liveMessage(seq++, length);
        const frame = frameOf(JSON.stringify({ id: 1, result: { type: 'data', data: { id, data }, id } }));
        // safe: every ws socket has a sender
        for (const client of sockets.clients) (client as unknown as FrameSender)._sender.sendFrame([frame]);
      }
    },
  },
  { port: await listen(server) },
);
