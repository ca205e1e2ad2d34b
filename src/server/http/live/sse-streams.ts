import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { forEachInSlices } from '../../core/slices.ts';
import type { Format } from '../../infra/live/batch.ts';
import type { Subscription } from '../../infra/live/subscription.ts';
import { silenceMs } from '../../infra/live/timing.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { chunkedSse, plainSse, type SseFraming, sseEvent } from './frames.ts';
import { isBeingRead, pingRegularly } from './ping.ts';
import { SocketSink, stopSending } from './socket-sink.ts';

const connected = sseEvent({
  event: 'connected',
  data: JSON.stringify({ reconnectAfterInactivityMs: silenceMs }),
});
/** Ending a stream takes some 50 µs. */
const endsPerSlice = 200;

const pingEvent = sseEvent({ event: 'ping', data: '' });

/** One open event stream. */
export interface SseStream {
  /** Those that its reader leaves when the connection is closed. */
  readonly subscriptions: Set<Subscription>;
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
  /** Ends all streams, in slices and in a way that makes clients reconnect. */
  close(): Promise<void>;
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
      const subscriptions = new Set<Subscription>();
      res.once('close', () => {
        for (const subscription of subscriptions) subscription.leave();
        end();
      });
      // A client that closes its half of the connection has left. (For other requests it may still wait for the answer.)
      const leave = () => socket.destroy();
      socket.once('end', leave);
      const framing = req.httpVersion === '1.1' ? chunkedSse : plainSse;
      begin(res, framing);
      streams.set(res, framing);
      function end(): void {
        socket.off('end', leave);
        streams.delete(res);
        res.end();
      }
      return {
        subscriptions,
        framing,
        write(event) {
          if (res.writable) res.write(sseEvent(event));
        },
        sink: (format) => (res.writableEnded ? undefined : sinkOf(res.socket, format)),
        end,
      };
    },

    async close() {
      stopPinging();
      await forEachInSlices(streams.keys(), endsPerSlice, (res) => {
        if (res.socket) stopSending(res.socket);
        res.end();
      });
    },

    get size() {
      return streams.size;
    },
  };
}

function begin(res: ServerResponse, framing: SseFraming): void {
  const { keptHeaders: headers = [] } = res;
  res.keptHeaders = undefined;
  const general = headers.findIndex(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'cache-control',
  );
  if (general >= 0) headers.splice(general, 2);
  headers.push('content-type', 'text/event-stream', 'cache-control', 'no-store, no-transform');
  headers.push('x-accel-buffering', 'no');
  headers.push(...(framing === chunkedSse ? ['transfer-encoding', 'chunked'] : ['connection', 'close']));
  // Node holds headers and head for as long as the stream: headers twice if they go into its table, and a head that was
  // not written by itself in some sixty pieces.
  res.writeHead(200, headers);
  res.socket?.cork();
  res.flushHeaders();
  res.write(connected);
  res.socket?.uncork();
}

/** A slow reader is disconnected without a reason, which it could not read. */
const sinkOf = (socket: Socket | null, format: Format) =>
  socket ? new SocketSink(socket, format, () => socket.destroy()) : undefined;
