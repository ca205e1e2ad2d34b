import { TRPCClientError } from '@trpc/client';
import type { AppRouter, UploadedFile } from '../api.ts';
import { backoffMs } from '../backoff.ts';
import { isUnreachable, retryAfterMsOf } from '../errors.ts';
import { randomKey } from '../random-key.ts';
import { readAnswer } from './answer.ts';
import { sendByFetch } from './send-by-fetch.ts';
import { sendByRequest } from './send-by-request.ts';
import type { Sending } from './sending.ts';
import { isWhole, type Source } from './source.ts';

interface Upload extends Omit<Sending, 'headers'> {
  /** Asked for before each attempt. */
  headers(): Promise<Record<string, string>>;
}

/** Sends a file. If its answer was lost, it is sent again under the same key, unless that is impossible. Rejects with a `MirageError`. */
export async function uploadOnce(source: Source, upload: Upload): Promise<UploadedFile> {
  const { signal } = upload;
  const key = { 'idempotency-key': randomKey() };
  // Of the ways to send something, only this one tells browsers and React Native how far they are.
  const send = typeof XMLHttpRequest === 'undefined' ? sendByFetch : sendByRequest;
  async function attempt(): Promise<UploadedFile> {
    if (signal?.aborted) throw signal.reason;
    const headers = { ...source.headers, ...key, ...(await upload.headers()) };
    return readAnswer(await send(source, { ...upload, headers }));
  }
  try {
    return await attempt().catch(async (error: unknown) => {
      if (!isWhole(source.body) || signal?.aborted || !isForTheMoment(error)) throw error;
      await wait(retryAfterMsOf(error) ?? backoffMs(0), signal);
      return attempt();
    });
  } catch (error) {
    throw TRPCClientError.from<AppRouter>(asError(signal?.aborted ? signal.reason : error));
  }
}

/** Whether the same upload may succeed if it is sent again. */
function isForTheMoment(error: unknown): boolean {
  const status: number | undefined = error instanceof TRPCClientError ? error.data?.httpStatus : undefined;
  return isUnreachable(error) || status === 408 || status === 503;
}

const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error(String(reason ?? 'aborted'), { cause: reason });

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}
