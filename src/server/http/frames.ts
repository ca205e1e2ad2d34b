import type { Format, LiveEvent } from '../live/batch.ts';

/** One unmasked, unfragmented text frame of a WebSocket, as a server sends it (RFC 6455, 5.2). */
function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = 0x81;
  if (headerLength === 2) frame[1] = length;
  else if (headerLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, headerLength);
  return frame;
}

/** tRPC's messages over WebSocket. They name the request they answer; most clients count these from 1 alike. */
export function webSocketFormat(requestId: number | string): Format {
  const id = JSON.stringify(requestId);
  const message = (event: LiveEvent) => {
    if (event.id === undefined) return `{"id":${id},"result":{"type":"data","data":${event.json}}}`;
    const eventId = JSON.stringify(event.id);
    return `{"id":${id},"result":{"type":"data","data":{"id":${eventId},"data":${event.json}},"id":${eventId}}}`;
  };
  return {
    key: `ws ${id}`,
    encode: (events) => Buffer.concat(events.map((event) => textFrame(message(event)))),
  };
}

/**
 * tRPC's messages over server-sent events. A browser gives an event without an id the last one it has seen, so such
 * an event clears it, and an event that nobody listens to puts it back.
 */
export function sseText(events: readonly LiveEvent[], resumeId: string | undefined): string {
  return events
    .map((event) => {
      if (event.id !== undefined) return `data: ${event.json}\nid: ${event.id}\n\n\n`;
      if (resumeId === undefined) return `data: ${event.json}\n\n\n`;
      return `data: ${event.json}\nid: \n\n\nevent: restore-id\ndata: \nid: ${resumeId}\n\n\n`;
    })
    .join('');
}

/** A chunk of a response body of unknown length (RFC 9112, 7.1). */
export function httpChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

export const sseFormat: Format = {
  key: 'sse',
  encode: (events, resumeId) => httpChunk(sseText(events, resumeId)),
};
