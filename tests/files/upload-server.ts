import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { AppError } from '../../src/server/core/errors.ts';
import { deferContinue } from '../../src/server/http/files/expect-continue.ts';
import {
  type ReceivedUpload,
  receiveUpload,
  type UploadOptions,
} from '../../src/server/http/files/receive-upload.ts';
import { createHttpServer } from '../../src/server/http/http-server.ts';
import { sendJson } from '../../src/server/http/reply.ts';

const statuses: Record<string, number> = {
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TIMEOUT: 408,
  SERVICE_UNAVAILABLE: 503,
};

/** A server that receives uploads, and answers with what it received or with the reason and the message of the refusal. */
export async function serveUploads(given: Partial<UploadOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'mirage-uploads-'));
  const files: ReceivedUpload[] = [];
  const errors: unknown[] = [];
  const server = createHttpServer((req, res) => {
    receiveUpload(req, { folder, maxBytes: 10_000, stallMs: 20_000, fields: ['room_id'], ...given })
      .then((file) => {
        files.push(file);
        const { size, sha256, name, claimedType, fields } = file;
        sendJson(res, 200, { size, sha256, name, claimedType, fields });
      })
      .catch((error) => {
        errors.push(error);
        const { reason, message } =
          error instanceof AppError ? error : { reason: 'OTHER', message: String(error) };
        sendJson(res, error instanceof AppError ? (statuses[error.code] ?? 400) : 500, { reason, message });
      });
  });
  deferContinue(server, () => true);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // safe: it listens on a port
  const post = async (body: BodyInit | null, headers: Record<string, string> = {}) => {
    const response = await fetch(url, { method: 'POST', body, headers, duplex: 'half' } as RequestInit); // safe: what the types do not know yet
    return { status: response.status, ...((await response.json()) as Answer) }; // safe: made above
  };
  return { url, folder, server, files, errors, post, left: () => readdirSync(folder) };
}

export interface Answer {
  size?: number;
  sha256?: string;
  name?: string;
  claimedType?: string;
  fields?: Record<string, string>;
  reason?: string;
  message?: string;
}

export function formOf(content: BlobPart, name = 'a.txt', type = 'text/plain') {
  const form = new FormData();
  form.append('file', new File([content], name, { type }));
  return form;
}

export const boundary = 'X-X-X';
export const formHeaders = { 'content-type': `multipart/form-data; boundary=${boundary}` };

/** One part of a form, written by hand. */
export const part = (disposition: string, content: string, headers: string[] = []) =>
  [`--${boundary}`, `Content-Disposition: ${disposition}`, ...headers, '', content, ''].join('\r\n');

export const handmade = (...parts: string[]) => Buffer.from(`${parts.join('')}--${boundary}--\r\n`);
