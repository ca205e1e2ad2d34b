import type { ServerResponse } from 'node:http';
import { TRPCError } from '@trpc/server';
import { isObject } from '../../api/direct/internals.ts';
import { keepHeader, sendText } from '../reply.ts';

/** Answers with JSON, unless the client has disconnected. */
export function sendAnswer(
  res: ServerResponse,
  status: number,
  body: string,
  headers?: readonly string[],
): void {
  if (res.destroyed) return;
  keepHeader(res, 'vary', 'trpc-accept, accept');
  sendText(res, status, 'application/json', body, headers);
}

/** The error for a result that cannot be one piece of JSON, if it cannot. */
export function refusalOfStream(data: unknown): TRPCError | undefined {
  if (!isStream(data)) return undefined;
  return new TRPCError({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'Cannot use stream-like response in non-streaming request - use httpBatchStreamLink',
  });
}

/** As tRPC's handler decides it: async iterables, and objects that contain one or a promise. */
function isStream(data: unknown): boolean {
  if (!isObject(data)) return false;
  if (Symbol.asyncIterator in data) return true;
  for (const value of Object.values(data))
    if (isPromise(value) || (isObject(value) && Symbol.asyncIterator in value)) return true;
  return false;
}

const isPromise = (value: unknown) =>
  (isObject(value) || typeof value === 'function') &&
  'then' in value &&
  typeof value.then === 'function' &&
  'catch' in value &&
  typeof value.catch === 'function';
