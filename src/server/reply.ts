import type { ServerResponse } from 'node:http';

declare module 'node:http' {
  interface ServerResponse {
    /** Headers that the answer will have, whoever writes it: names and values in turn. */
    keptHeaders?: string[] | undefined;
  }
}

/**
 * Adds a header to whatever answer there will be. Headers are kept until then and written all at once, because setting
 * each in Node's own table costs several times as much.
 */
export function keepHeader(response: ServerResponse, name: string, value: string): void {
  if (response.keptHeaders) response.keptHeaders.push(name, value);
  else response.keptHeaders = [name, value];
}

/** For those who write their answers by Node's own means: from here on the headers are in its table. */
export function applyKeptHeaders(response: ServerResponse): void {
  const { keptHeaders = [] } = response;
  response.keptHeaders = undefined;
  for (let index = 0; index < keptHeaders.length; index += 2)
    response.appendHeader(keptHeaders[index] ?? '', keptHeaders[index + 1] ?? '');
}

/** Answers with a body of JSON, and with more `headers`: names and values in turn. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers?: readonly string[],
): void {
  sendText(response, status, 'application/json', JSON.stringify(body), headers);
}

export function sendText(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  more?: readonly string[],
): void {
  const { keptHeaders: headers = [] } = response;
  if (more) headers.push(...more);
  headers.push('content-type', type, 'content-length', String(Buffer.byteLength(body)));
  response.writeHead(status, headers);
  response.end(body);
}
