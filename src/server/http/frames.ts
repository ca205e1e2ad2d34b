import { LRUCache } from 'lru-cache';
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

/**
 * tRPC's messages over WebSocket. They name the request they answer; most clients count these from 1 alike. Of an event
 * without an id its client would forget the last one it has seen, so such an event carries that.
 */
function createWebSocketFormat(requestId: number | string): Format {
  const request = JSON.stringify(requestId);
  const message = ({ id, json }: LiveEvent, heldId: string | undefined) => {
    const resume = heldId === undefined ? '' : `,"id":${JSON.stringify(heldId)}`;
    const data = id === undefined ? json : `{"id":${JSON.stringify(id)},"data":${json}}`;
    return `{"id":${request},"result":{"type":"data","data":${data}${resume}}}`;
  };
  return {
    encode: (events, heldId) =>
      Buffer.concat(withIds(events, heldId).map(([event, id]) => textFrame(message(event, id)))),
  };
}

/** The formats of the ids in use; most clients count from 1, so there are few. */
const webSocketFormats = new LRUCache<number | string, Format>({ max: 1000 });

export function webSocketFormat(requestId: number | string): Format {
  const format = webSocketFormats.get(requestId) ?? createWebSocketFormat(requestId);
  if (String(requestId).length <= 64) webSocketFormats.set(requestId, format);
  return format;
}

/**
 * tRPC's messages over server-sent events. A browser gives an event without an id the last one it has seen, so such
 * an event clears it, and an event that nobody listens to puts it back.
 */
function sseText(events: readonly LiveEvent[], heldId: string | undefined): string {
  const message = ({ id, json }: LiveEvent, resumeId: string | undefined) => {
    if (id !== undefined) return `data: ${json}\nid: ${id}\n\n\n`;
    if (resumeId === undefined) return `data: ${json}\n\n\n`;
    return `data: ${json}\nid: \n\n\nevent: restore-id\ndata: \nid: ${resumeId}\n\n\n`;
  };
  return withIds(events, heldId)
    .map(([event, id]) => message(event, id))
    .join('');
}

/** Each event with the id that its reader is to hold after it. */
function withIds(events: readonly LiveEvent[], heldId: string | undefined) {
  let id = heldId;
  return events.map((event): [LiveEvent, string | undefined] => {
    id = event.id ?? id;
    return [event, id];
  });
}

/** A chunk of a response body of unknown length (RFC 9112, 7.1). */
export function httpChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

export const sseFormat: Format = {
  encode: (events, heldId) => httpChunk(sseText(events, heldId)),
};
