import { TRPCError } from '@trpc/server';

/** The JSON of a frame. Throws for other frames, and 'BAD_REQUEST' for messages with too long strings. */
export function decodeFrame(frame: string | Buffer): unknown {
  if (typeof frame !== 'string') throw new Error(binaryRefused);
  const decoded: unknown = JSON.parse(frame);
  for (const one of Array.isArray(decoded) ? decoded : [decoded]) requireBounded(one);
  return decoded;
}

/** As tRPC's adapter says it. */
const binaryRefused =
  'jsonEncoder received binary data. JSON uses text frames. Use a binary encoder for binary data.';

/** Repeated in every event of a subscription. */
const maxIdLength = 64;
/** Repeated in errors. */
const maxPathLength = 128;
/** Kept for as long as the connection. Node takes headers of as much. */
const maxParamLength = 16 * 1024;

/** Refuses messages with long strings where the server keeps or repeats them. */
function requireBounded(message: unknown): void {
  if (typeof message !== 'object' || message === null) return;
  const { id, params, data } = message as {
    id?: unknown;
    params?: { path?: unknown } | null;
    data?: unknown;
  };
  requireAtMost(maxIdLength, 'a request id', id);
  requireAtMost(maxPathLength, 'a path', params?.path);
  if (typeof data === 'object' && data !== null)
    for (const value of Object.values(data)) requireAtMost(maxParamLength, 'a connection parameter', value);
}

function requireAtMost(length: number, name: string, value: unknown): void {
  if (typeof value === 'string' && value.length > length)
    throw new TRPCError({ code: 'BAD_REQUEST', message: `${name} has at most ${length} characters` });
}
