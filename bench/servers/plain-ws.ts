/** The floor of WebSockets: ws, which sends every subscriber the same finished frame. */
import { createServer } from 'node:http';
import * as ws from 'ws';
import { serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';
import { liveMessage, type Publication } from '../lib/live-message.ts';

const server = createServer();
const sockets = new ws.WebSocketServer({ server, perMessageDeflate: false });
let seq = 0;

/** What ws has no public way to: send bytes that are a frame already. */
interface FrameSender {
  _sender: { sendFrame(buffers: Buffer[]): void };
}

// safe: ws exports its sender, and only its types leave it out
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
        // safe: every socket of ws has a sender
        for (const client of sockets.clients) (client as unknown as FrameSender)._sender.sendFrame([frame]);
      }
    },
  },
  { port: await listen(server) },
);
