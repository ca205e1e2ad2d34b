import { TRPCClientError } from '@trpc/client';
import type { AppRouter, UploadedFile } from '../api.ts';
import { type MirageError, type MirageErrorData, UnreachableError } from '../errors.ts';

/** What came back for an upload. */
export interface Answer {
  status: number;
  body: string;
}

/** The file. Throws a refusal as that of a call, with the same `data`. */
export function readAnswer({ status, body }: Answer): UploadedFile {
  const { id, error, reason = unnamed[status], ...facts } = parse(body);
  if (typeof id === 'string') return { id, ...facts } as UploadedFile; // safe: as the server sends it
  if (typeof error === 'string' && typeof reason === 'string')
    throw refusal(status, error, { ...facts, reason } as Facts); // safe: as the server sends it
  // Proxies with a limit of their own refuse large files in the server's place.
  if (status === 413) throw refusal(status, 'the file is too large', { reason: 'FILE_TOO_LARGE' });
  throw new UnreachableError(status);
}

/** The reasons that the server does not write down. */
const unnamed: Record<number, string> = { 500: 'INTERNAL', 503: 'UNAVAILABLE' };

function parse(body: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(body) as object | null) }; // safe: anything can be spread
  } catch {
    return {};
  }
}

type Facts = Pick<MirageErrorData, 'reason' | 'retryAfterMs' | 'issues'>;

function refusal(httpStatus: number, message: string, facts: Facts): MirageError {
  const code = codes[httpStatus] ?? 'INTERNAL_SERVER_ERROR';
  const data: MirageErrorData = { ...facts, code, httpStatus };
  return TRPCClientError.from<AppRouter>({ error: { message, code: numberOf(httpStatus), data } });
}

/** What tRPC calls these statuses. */
const codes: Record<number, MirageErrorData['code']> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  408: 'TIMEOUT',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
  507: 'SERVICE_UNAVAILABLE',
};

/** As JSON-RPC, after which tRPC numbers errors, and tRPC want it. */
const numberOf = (status: number): number =>
  status === 400 ? -32600 : status < 500 ? 400 - status - 32000 : -32603;
