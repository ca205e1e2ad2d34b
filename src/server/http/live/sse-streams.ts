import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Format } from '../../infra/live/batch.ts';
import { silenceMs } from '../../infra/live/timing.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { applyKeptHeaders } from '../reply.ts';
import { chunkedSse, plainSse, type SseFraming, sseEvent } from './frames.ts';
import { isBeingRead, pingRegularly } from './ping.ts';
import { SocketSink, stopSending } from './socket-sink.ts';

const connected = sseEvent({
  event: 'connected',
  data: JSON.stringify({ reconnectAfterInactivityMs: silenceMs }),
});
const pingEvent = sseEvent({ event: 'ping', data: '' });

/** One open event stream. */
export interface SseStream {
  /** Aborts when the connection is closed. */
  readonly signal: AbortSignal;
  readonly framing: SseFraming;
  /** Writes an event, unless the stream has been closed. */
  write(event: Parameters<typeof sseEvent>[0]): void;
  /** Where a subscription writes its events in `format`; undefined if the stream has been closed. */
  sink(format: Format): SocketSink | undefined;
  end(): void;
}

/** All event streams of a server: their start, pings and end. */
export interface SseStreams {
  open(req: IncomingMessage, res: ServerResponse): SseStream;
  /** Ends all streams in a way that makes clients reconnect. */
  close(): void;
  readonly size: number;
}

export function createSseStreams({ metrics }: Pick<Deps, 'metrics'>): SseStreams {
  const streams = new Map<ServerResponse, SseFraming>();
  metrics.countOpen('event_streams', () => streams.size);
  const stopPinging = pingRegularly(streams, ([{ socket }, framing]) => {
    if (!socket) return;
    if (socket.writableLength > 0 && !isBeingRead(socket)) {
      metrics.cut('silent');
      socket.destroy();
    } else socket.write(framing.frame(pingEvent));
  });

  return {
    open(req, res) {
      const { socket } = req;
      const aborted = new AbortController();
      res.once('close', () => aborted.abort());
      // A client that closes its half of the connection has left. (For other requests it may still wait for the answer.)
      const leave = () => socket.destroy();
      socket.once('end', leave);
      const framing = req.httpVersion === '1.1' ? chunkedSse : plainSse;
      begin(res, framing);
      streams.set(res, framing);
      return {
        signal: aborted.signal,
        framing,
        write(event) {
          if (res.writable) res.write(sseEvent(event));
        },
        sink: (format) => (res.writableEnded ? undefined : sinkOf(res.socket, format)),
        end() {
          socket.off('end', leave);
          streams.delete(res);
          res.end();
        },
      };
    },

    close() {
      stopPinging();
      for (const res of streams.keys()) {
        if (res.socket) stopSending(res.socket);
        res.end();
      }
    },

    get size() {
      return streams.size;
    },
  };
}

function begin(res: ServerResponse, framing: SseFraming): void {
  applyKeptHeaders(res);
  res.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    ...(framing === chunkedSse ? { 'transfer-encoding': 'chunked' } : { connection: 'close' }),
  });
  res.write(connected);
}

/** A slow reader is disconnected without a reason, which it could not read. */
const sinkOf = (socket: Socket | null, format: Format) =>
  socket ? new SocketSink(socket, format, () => socket.destroy()) : undefined;
