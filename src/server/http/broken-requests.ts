import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pendingResponse } from './pending-response.ts';
import { securityHeaders } from './security-headers.ts';

const statuses: Record<string, [status: string, error: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'the chunk extensions are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request took too long'],
};

/** What is not HTTP, or stops halfway, never becomes a request; it is told so in JSON all the same. */
export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    const pending = pendingResponse(socket);
    // An answer that has begun: a second one would end up inside it.
    if (pending?.headersSent) return void socket.destroy();
    // A whole request is being answered, and what follows it is broken: the answer goes first.
    if (pending?.req.complete) return void pending.once('close', () => socket.destroy());
    const [status, message] = statuses[error.code ?? ''] ?? ['400 Bad Request', 'this is not valid HTTP'];
    endRaw(socket, status, message);
  });

  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(417, { ...securityHeaders, 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ error: 'the only expectation met is 100-continue' }));
  });

  // Without this a CONNECT would be hung up on without a word.
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    endRaw(socket, '405 Method Not Allowed', 'this is no proxy');
  });
}

/** For a connection or a WebSocket that is not to be. */
export function refuseConnection(
  socket: Duplex,
  { status, error, retryAfterMs }: { status: string; error: string; retryAfterMs?: number },
): void {
  endRaw(socket, status, error, retryAfterMs);
}

const fixedHeaders = Object.entries({
  'Content-Type': 'application/json',
  Connection: 'close',
  ...securityHeaders,
})
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

function endRaw(socket: Duplex, status: string, error: string, retryAfterMs = 0): void {
  const body = JSON.stringify({ error });
  // Node has taken its own listener off a socket that it hands over, and without one a reset would end the process.
  socket.on('error', () => socket.destroy());
  const retryAfter = retryAfterMs > 0 ? `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n` : '';
  socket.end(
    `HTTP/1.1 ${status}\r\n${fixedHeaders}${retryAfter}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    // The peer may go on sending what nobody will read.
    () => socket.destroy(),
  );
}
