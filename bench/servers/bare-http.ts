/** The lower bound: node:http itself, which reads a JSON body and answers with the same JSON. */
import { createServer } from 'node:http';
import { serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const text = request.method === 'GET' ? inputOf(request.url ?? '') : Buffer.concat(chunks).toString();
    const body = JSON.stringify(JSON.parse(text));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});

const inputOf = (url: string) => decodeURIComponent(url.slice(url.indexOf('?input=') + 7));

serve({}, { port: await listen(server) });
