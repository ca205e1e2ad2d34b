/** The lower bound for server-sent events: node:http, which writes every subscriber the same text. */
import { createServer, type ServerResponse } from 'node:http';
import { serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';
import { liveMessage, type Publication } from '../lib/live-message.ts';

const streams = new Set<ServerResponse>();
let seq = 0;

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.write('event: connected\ndata: {}\n\n');
  streams.add(response);
  response.once('close', () => streams.delete(response));
});

serve(
  {
    subscribers: () => streams.size,
    publish({ count, length }: Publication) {
      for (let sent = 0; sent < count; sent += 1) {
        const { id, data } = liveMessage(seq++, length);
        const event = `data: ${JSON.stringify(data)}\nid: ${id}\n\n`;
        for (const response of streams) response.write(event);
      }
    },
  },
  { port: await listen(server) },
);
