import { connect, type Socket } from 'node:net';
import { findStamp, readStamp, stampLength } from '../lib/stamp.ts';
import { clientFrame, createFrameReader, opcodes } from './frames.ts';
import { endsBody } from './reply-reader.ts';

/** How to subscribe at a server. `{token}` stands for a user's token. */
export interface Protocol {
  kind: 'ws' | 'sse';
  path: string;
  headers: Record<string, string>;
  /** Messages to send after connecting. */
  hello: string[];
  /** Text that confirms the subscription; if omitted, the head of the answer does. */
  ready?: string;
}

/** Who subscribes, and where. */
export interface Subscription {
  port: number;
  protocol: Protocol;
  token: string;
  onDelivery(stampUs: number): void;
}

// One buffer for all subscribers: it is processed before the next read.
const buffer = Buffer.allocUnsafe(256 * 1024);

/** Resolves once the server has accepted the subscription. */
export function subscribe({ port, protocol, token, onDelivery }: Subscription): Promise<Socket> {
  const { kind, ready } = protocol;
  return new Promise((resolve, reject) => {
    let read = readHead;
    const socket = connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer,
        callback(length) {
          read(buffer.subarray(0, length));
          return true;
        },
      },
    });
    socket.once('connect', () => socket.write(requestOf(protocol, token)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));

    function readHead(bytes: Buffer): void {
      const end = bytes.indexOf('\r\n\r\n');
      const status = bytes.toString('latin1', 9, 12);
      if (end < 0 || (status !== '101' && status !== '200')) {
        reject(new Error(bytes.toString()));
        socket.destroy();
        return;
      }
      read = kind === 'ws' ? createFrameReader(readFrame) : createStampReader();
      for (const text of protocol.hello)
        socket.write(clientFrame(opcodes.text, text.replace('{token}', token)));
      if (ready === undefined || bytes.includes(ready, end)) resolve(socket);
      if (end + 4 < bytes.length) read(bytes.subarray(end + 4));
    }

    function readFrame(opcode: number, bytes: Buffer, start: number, end: number): void {
      // The server closes the connection when its close frame has been answered.
      if (opcode === opcodes.close) socket.write(clientFrame(opcodes.close, ''));
      if (opcode === opcodes.ping) socket.write(clientFrame(opcodes.pong, ''));
      if (opcode !== opcodes.text) return;
      const stamp = findStamp(bytes, start);
      if (stamp >= 0 && stamp < end) {
        onDelivery(readStamp(bytes, stamp));
        return;
      }
      const text = bytes.toString('utf8', start, end);
      if (text === '2') socket.write(clientFrame(opcodes.text, '3')); // socket.io's ping
      if (ready !== undefined && text.includes(ready)) resolve(socket);
    }

    /** Looks only for the stamps in an event stream, and for its end; a chunk may end within one. */
    function createStampReader() {
      let rest = Buffer.alloc(0);
      return (chunk: Buffer) => {
        const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
        let at = 0;
        for (let stamp = findStamp(bytes, at); stamp >= 0; stamp = findStamp(bytes, at)) {
          if (stamp + stampLength > bytes.length) break;
          onDelivery(readStamp(bytes, stamp));
          at = stamp + stampLength;
        }
        rest = Buffer.from(bytes.subarray(Math.max(at, bytes.length - stampLength + 1)));
        if (ready !== undefined && bytes.includes(ready)) resolve(socket);
        if (endsBody(bytes)) socket.end();
      };
    }
  });
}

function requestOf({ kind, path, headers }: Protocol, token: string): string {
  const all: Record<string, string> = {
    host: '127.0.0.1',
    ...(kind === 'sse' && { accept: 'text/event-stream' }),
    ...(kind === 'ws' && {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value.replace('{token}', token)}`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
