import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pendingResponse } from './pending-response.ts';
import { withoutRequestTimeout } from './request-timeouts.ts';
import { securityHeaders } from './security-headers.ts';

const statuses: Record<string, [status: string, error: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'chunk extensions are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request timed out'],
};

/** Answers what never becomes a request (invalid or incomplete HTTP, CONNECT) in JSON. */
export function answerBrokenRequests(server: Server): void {
  /** Whatever else comes over these is malformed, too. */
  const broken = new WeakSet<Socket>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && withoutRequestTimeout.has(socket)) return;
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    if (broken.has(socket)) return;
    broken.add(socket);
    const [status, message] = statuses[error.code ?? ''] ?? ['400 Bad Request', 'invalid HTTP request'];
    endAfterPending(socket, status, message);
  });

  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(417, { ...securityHeaders, 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ error: 'only the expectation 100-continue is supported' }));
  });

  // Without a listener, Node closes the connection of a CONNECT request without an answer.
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    endRaw(socket, '405 Method Not Allowed', 'CONNECT is not supported');
  });
}

/** Refuses a connection or a WebSocket handshake, and closes the socket. */
export function refuseConnection(
  socket: Duplex,
  { status, error, retryAfterMs }: { status: string; error: string; retryAfterMs?: number },
): void {
  endRaw(socket, status, error, retryAfterMs);
}

/** The complete requests that came before on the connection are answered first. */
function endAfterPending(socket: Socket, status: string, error: string): void {
  const pending = pendingResponse(socket);
  // Another response would end up inside the one that has begun.
  if (!socket.writable || (pending?.headersSent && !pending.req.complete)) socket.destroy();
  else if (pending?.req.complete) pending.once('close', () => endAfterPending(socket, status, error));
  else endRaw(socket, status, error);
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
  // Node removes its listener from sockets that it hands over; without one, a reset would crash the process.
  socket.on('error', () => socket.destroy());
  const retryAfter = retryAfterMs > 0 ? `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n` : '';
  socket.end(
    `HTTP/1.1 ${status}\r\n${fixedHeaders}${retryAfter}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    // The peer may keep sending, which nothing will read.
    () => socket.destroy(),
  );
}
