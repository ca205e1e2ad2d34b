/** socket.io over WebSocket: all subscribers are in one room, and a message is emitted to it. */
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';
import { liveMessage, type Publication } from '../lib/live-message.ts';

const server = createServer();
const io = new Server(server, { transports: ['websocket'], serveClient: false });
let seq = 0;

io.on('connection', (socket) => void socket.join('room'));

serve(
  {
    subscribers: () => io.sockets.adapter.rooms.get('room')?.size ?? 0,
    publish({ count, length }: Publication) {
      for (let sent = 0; sent < count; sent += 1) io.to('room').emit('message', liveMessage(seq++, length));
    },
  },
  { port: await listen(server) },
);
