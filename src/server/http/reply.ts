import type { ServerResponse } from 'node:http';
import { sendWhole } from './whole-answer.ts';

declare module 'node:http' {
  interface ServerResponse {
    /** Headers for the response, whoever writes it: alternating names and values. */
    keptHeaders?: string[] | undefined;
  }
}

/**
 * Adds a header to the eventual response. Kept headers are written all at once, because `setHeader` for each costs
 * several times as much.
 */
export function keepHeader(response: ServerResponse, name: string, value: string): void {
  if (response.keptHeaders) response.keptHeaders.push(name, value);
  else response.keptHeaders = [name, value];
}

/** Moves the kept headers into Node's header table, for code that responds through Node's own API. */
export function applyKeptHeaders(response: ServerResponse): void {
  const { keptHeaders = [] } = response;
  response.keptHeaders = undefined;
  if (response.headersSent) return;
  for (let index = 0; index < keptHeaders.length; index += 2)
    response.appendHeader(keptHeaders[index] ?? '', keptHeaders[index + 1] ?? '');
}

/** Every 401 names the scheme (RFC 9110, 11.6.1). Browsers show no dialog for this one. */
export const authScheme = 'Bearer';

/** Responds with JSON. `headers` are additional ones: alternating names and values. */
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
  if (status === 401) headers.push('www-authenticate', authScheme);
  const bytes = Buffer.byteLength(body);
  headers.push('content-type', type, 'content-length', String(bytes));
  if (sendWhole(response, { status, headers, body, bytes })) return;
  response.writeHead(status, headers);
  response.end(body, bytes === body.length ? 'latin1' : 'utf8'); // ASCII is the same in both, and latin1 costs less
}
