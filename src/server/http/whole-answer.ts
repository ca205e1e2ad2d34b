import { ServerResponse, STATUS_CODES } from 'node:http';
import { systemClock } from '../core/clock.ts';

/**
 * All that Mirage knows of how Node writes an answer, as it is in Node 20 to 24: an answer that has its `_header` is only ended.
 * tests/server/whole-answer.test.ts compares the bytes with those that Node itself writes.
 */
interface Answer extends ServerResponse {
  _header: string | null;
  _headerSent: boolean;
  _keepAliveTimeout?: number;
  _maxRequestsPerSocket?: number;
}

/** Headers that most answers begin with, and their text. */
let common: { headers: readonly string[]; text: string } = { headers: [], text: '' };

/** Names the headers that most answers begin with, whose text is then made once. */
export function beginMostly(headers: readonly string[]): void {
  common = { headers, text: linesOf(headers, 0) ?? '' };
}

/**
 * Writes head and body at once, of which Node makes two parts that it collects and writes together, and checks each header that
 * it joins: together a tenth of a call. Returns whether it did; where anything is unusual, Node is left to answer.
 */
export function sendWhole(
  res: ServerResponse,
  {
    status,
    headers,
    body,
    bytes,
  }: { status: number; headers: readonly string[]; body: string; bytes: number },
): boolean {
  const { socket, req } = res;
  if (!socket?.writable || socket.writableLength > 0 || !isUsual(res as Answer)) return false;
  if (req.method === 'HEAD' || req.httpVersionMinor !== 1 || req.httpVersionMajor !== 1) return false;
  const { headers: first } = common;
  const isCommon = first.every((text, index) => headers[index] === text);
  const rest = linesOf(headers, isCommon ? first.length : 0);
  if (rest === undefined) return false;
  const answer = res as Answer; // safe: it is one of Node's
  const seconds = Math.floor((answer._keepAliveTimeout ?? 0) / 1000);
  res.statusCode = status;
  answer._header = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${isCommon ? common.text : ''}${rest}Date: ${httpDate()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`;
  answer._headerSent = true;
  socket.write(answer._header + body, bytes === body.length ? 'latin1' : 'utf8'); // ASCII is the same in both, and latin1 costs less
  res.end();
  return true;
}

const { writeHead, write, end } = ServerResponse.prototype;

/** Whether the connection stays open, and nobody has changed the answer or how it is written. */
const isUsual = (res: Answer): boolean =>
  res.shouldKeepAlive &&
  res.sendDate &&
  !res.headersSent &&
  (res.socket as { _httpMessage?: unknown } | null)?._httpMessage === res &&
  (res._keepAliveTimeout ?? 0) >= 1000 &&
  !res._maxRequestsPerSocket &&
  res.writeHead === writeHead &&
  res.write === write &&
  res.end === end &&
  res.getHeaderNames().length === 0;

/** What Node refuses in the value of a header. */
const refused = /[^\t\x20-\x7e\x80-\xff]/;

/** Of the headers from one on, which alternate between names and values. Undefined if one of them is refused. */
function linesOf(headers: readonly string[], from: number): string | undefined {
  let lines = '';
  for (let index = from; index < headers.length; index += 2) {
    const value = headers[index + 1] ?? '';
    if (refused.test(value)) return undefined;
    lines += `${headers[index]}: ${value}\r\n`;
  }
  return lines;
}

let date = '';
let dateSecond = 0;

/** As Node does, a new text for each second. */
function httpDate(): string {
  const second = Math.floor(systemClock() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = new Date(second * 1000).toUTCString();
  }
  return date;
}
