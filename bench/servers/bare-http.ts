/** The lower bound: node:http itself, which reads a JSON body and answers with the same JSON, or with a prepared body. */
import { createServer } from 'node:http';
import { serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';

let prepared: string | undefined;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const text = request.method === 'GET' ? inputOf(request.url ?? '') : Buffer.concat(chunks).toString();
    const body = prepared ?? JSON.stringify(JSON.parse(text));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});

function inputOf(url: string): string {
  const mark = url.indexOf('?input=');
  return mark < 0 ? '' : decodeURIComponent(url.slice(mark + 7));
}

serve(
  {
    /** From now on each answer has a body of so many bytes. */
    answerWith(bytes: number) {
      prepared = 'x'.repeat(bytes);
    },
  },
  { port: await listen(server) },
);
