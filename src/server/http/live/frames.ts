import { LRUCache } from 'lru-cache';
import type { Format, LiveEvent } from '../../infra/live/batch.ts';

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

/** The request that a message over WebSocket answers. */
export interface AnsweredRequest {
  id: number | string;
  /** Repeated in each message, if the request had it. */
  jsonrpc?: '2.0' | undefined;
}

/**
 * tRPC's messages to a request over WebSocket. After an event without an id, tRPC's client would forget the last one it has received,
 * so such an event repeats it.
 */
function createMessages({ id, jsonrpc }: AnsweredRequest) {
  const head = `{"id":${JSON.stringify(id)},${jsonrpc ? `"jsonrpc":"${jsonrpc}",` : ''}"result":{"type":"data",`;
  const message = ({ id, json }: LiveEvent, lastEventId: string | undefined) => {
    const resume = lastEventId === undefined ? '' : `,"id":${JSON.stringify(lastEventId)}`;
    const data = id === undefined ? json : `{"id":${JSON.stringify(id)},"data":${json}}`;
    return `${head}"data":${data}${resume}}}`;
  };
  return (events: readonly LiveEvent[], lastEventId: string | undefined) =>
    withIds(events, lastEventId).map(([event, id]) => message(event, id));
}

/** Most clients number their requests from 1, so that few formats serve them all. */
const formats = new LRUCache<string, Format>({ max: 1000 });

function cachedFormat(key: string, create: () => Format): Format {
  const format = formats.get(key) ?? create();
  formats.set(key, format);
  return format;
}

export function webSocketFormat(request: AnsweredRequest): Format {
  return cachedFormat(JSON.stringify(['ws', request.id, request.jsonrpc]), () => {
    const messages = createMessages(request);
    return { encode: (events, lastEventId) => Buffer.concat(messages(events, lastEventId).map(textFrame)) };
  });
}

/** The same messages as server-sent events, for a stream that several subscriptions share. */
export function sharedSseFormat(id: number, { name, frame }: SseFraming): Format {
  return cachedFormat(JSON.stringify([name, id]), () => {
    const messages = createMessages({ id });
    const event = (data: string) => sseEvent({ data });
    return { encode: (events, lastEventId) => frame(messages(events, lastEventId).map(event).join('')) };
  });
}

/**
 * tRPC's messages as server-sent events. A browser attributes the last id to an event without one, so such an event
 * clears it, and a second event that nobody listens to restores it.
 */
function sseText(events: readonly LiveEvent[], lastEventId: string | undefined): string {
  const message = ({ id, json }: LiveEvent, resumeId: string | undefined) => {
    if (id !== undefined) return sseEvent({ data: json, id });
    if (resumeId === undefined) return sseEvent({ data: json });
    return sseEvent({ data: json, id: '' }) + sseEvent({ event: 'restore-id', data: '', id: resumeId });
  };
  return withIds(events, lastEventId)
    .map(([event, id]) => message(event, id))
    .join('');
}

/** The fields of one server-sent event, the id last, and one empty line: some clients take a second one for an event. */
export function sseEvent({ event, data, id }: { event?: string; data: string; id?: string }): string {
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n${id === undefined ? '' : `id: ${id}\n`}\n`;
}

/** Each event with the id that its reader holds after it. */
function withIds(events: readonly LiveEvent[], lastEventId: string | undefined) {
  let id = lastEventId;
  return events.map((event): [LiveEvent, string | undefined] => {
    id = event.position ?? id;
    return [event, id];
  });
}

/** How an event stream is framed as the body of a response: in chunks (RFC 9112, 7.1), or to its end where there are none. */
export interface SseFraming extends Format {
  readonly name: string;
  frame(text: string): Buffer;
}

function createSseFraming(name: string, frame: (text: string) => Buffer): SseFraming {
  return { name, frame, encode: (events, lastEventId) => frame(sseText(events, lastEventId)) };
}

export const chunkedSse = createSseFraming('chunked', (text) =>
  Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`),
);
/** HTTP/1.0 has no chunks. */
export const plainSse = createSseFraming('plain', (text) => Buffer.from(text));
