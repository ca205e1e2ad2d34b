import type { IncomingMessage } from 'node:http';
import { AppError } from '../../core/errors.ts';
import { withoutRequestTimeout } from '../request-timeouts.ts';
import { waitForTurn } from './turns.ts';

/** How slow a client may be. */
export interface Pace {
  /** So long it may send nothing, and so long it may be slower than {@link Pace.minBytesPerSecond}. */
  stallMs: number;
  /** On average over `stallMs`. */
  minBytesPerSecond: number;
}

/**
 * Hands over a body piece by piece, the next one when `take` has resolved: only waiting for the client counts as its being slow. Rejects
 * with what `take` rejects with, with the reason of the signal, 'TOO_SLOW', or 'ABORTED' if the client disconnects. The request is
 * paused then, and its connection open.
 */
export function takeBody(
  req: IncomingMessage,
  take: (piece: Buffer) => Promise<void>,
  { stallMs, minBytesPerSecond, signal }: Pace & { signal?: AbortSignal },
): Promise<void> {
  const { socket } = req;
  return new Promise((resolve, reject) => {
    let isDone = false;
    let hasEnded = false;
    let taking = Promise.resolve();
    let waitedMs = 0;
    let received = 0;
    let since = performance.now();
    let timer = setTimeout(onSilence, stallMs);

    function onData(piece: Buffer): void {
      req.pause();
      clearTimeout(timer);
      waitedMs += performance.now() - since;
      received += piece.length;
      if (waitedMs >= stallMs) {
        if (received < (waitedMs / 1000) * minBytesPerSecond) {
          stop(tooSlow());
          return;
        }
        waitedMs = 0;
        received = 0;
      }
      taking = take(piece).then(next, stop);
    }

    function next(): void {
      waitForTurn(() => {
        if (isDone || hasEnded) return;
        since = performance.now();
        timer = setTimeout(onSilence, stallMs);
        req.resume();
      });
    }

    /** It may only be this process that was busy: what has arrived meanwhile is seen before the next turn. */
    function onSilence(): void {
      const before = received;
      setImmediate(() => {
        if (received === before && !hasEnded) stop(tooSlow());
      });
    }

    function stop(error: unknown): void {
      if (isDone) return;
      finish();
      reject(error);
    }

    function finish(): void {
      isDone = true;
      clearTimeout(timer);
      withoutRequestTimeout.delete(socket);
      signal?.removeEventListener('abort', onAbort);
      req.off('data', onData).off('end', onEnd).off('close', onLeave).off('error', onLeave).pause();
    }

    // Node also ends a request that is paused, while the last piece is being taken.
    const onEnd = () => {
      hasEnded = true;
      clearTimeout(timer);
      void taking.then(() => {
        if (isDone) return;
        finish();
        resolve();
      });
    };
    const onLeave = () => {
      if (!hasEnded) stop(new AppError('ABORTED'));
    };
    const onAbort = () => stop(signal?.reason);

    if (signal?.aborted) return onAbort();
    if (req.destroyed) return onLeave();
    if (req.readableEnded) return onEnd();
    withoutRequestTimeout.add(socket);
    signal?.addEventListener('abort', onAbort);
    req.on('data', onData).on('end', onEnd).on('close', onLeave).on('error', onLeave).resume();
  });
}

const tooSlow = () => new AppError('TOO_SLOW', { message: 'the file arrives too slowly' });
