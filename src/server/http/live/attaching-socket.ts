import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { InFlight } from '../../api/context.ts';
import { webSocketFormat } from './frames.ts';
import { maxBacklogBytes, SocketSink, stopSending } from './socket-sink.ts';
import { Attachment } from './ws-messages.ts';

/** Unread answers to calls may take this much memory. Reading more calls stops long before. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** With this many calls in flight, no more are read from a connection until half of them are answered. */
const maxCallsInFlight = 100;

/** What an `AttachingSocket` needs to know about its connection. */
export interface ConnectionHooks {
  socket: Socket;
  /** Closes a connection with a subscription that is too slow. */
  onSlow(): void;
  /** Called before a connection that does not read its answers is terminated. */
  onUnread(): void;
}

/**
 * The server's end of a WebSocket: attaches subscriptions to it, and reads calls only as fast as their answers are read.
 * ws calls `close` to answer the peer's close frame too, which tests/live/internals.test.ts checks.
 */
export class AttachingSocket extends WebSocket {
  #hooks: ConnectionHooks | undefined;
  #callsInFlight = 0;

  /** To be called once, before the connection is handed to tRPC. */
  connect(hooks: ConnectionHooks): void {
    this.#hooks = hooks;
    hooks.socket.on('drain', () => this.#updateReading());
  }

  /** Whether a subscription that ends now was stopped by its client, rather than by losing its connection. */
  get isOpen(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  get connection(): Socket | undefined {
    return this.#hooks?.socket;
  }

  override send(data: unknown, ...rest: unknown[]): void {
    const hooks = this.#hooks;
    if (data instanceof Attachment) {
      if (hooks)
        data.subscription.attach(
          new SocketSink(hooks.socket, webSocketFormat(data.request), () => hooks.onSlow()),
        );
      return;
    }
    super.send(data as string, ...(rest as [])); // safe: as tRPC calls it
    if (!hooks || hooks.socket.writableLength <= maxBacklogBytes) return;
    this.#updateReading();
    if (hooks.socket.writableLength <= maxAnswerBytes) return;
    if (this.readyState === WebSocket.OPEN) hooks.onUnread();
    this.terminate();
  }

  /** ws calls this as well, to answer the peer's close frame. Nothing may be sent after it. */
  override close(code?: number, reason?: string | Buffer): void {
    if (this.#hooks) stopSending(this.#hooks.socket);
    super.close(code, reason);
  }

  /** Counts the calls that are not answered yet. */
  readonly inFlight: InFlight = {
    begin: () => {
      this.#callsInFlight += 1;
      if (this.#callsInFlight >= maxCallsInFlight) this.#updateReading();
    },
    end: () => {
      this.#callsInFlight -= 1;
      if (this.isPaused) this.#updateReading();
    },
  };

  #updateReading(): void {
    const backlog = this.#hooks?.socket.writableLength ?? 0;
    if (this.#callsInFlight >= maxCallsInFlight || backlog > maxBacklogBytes) this.pause();
    else if (this.isPaused && this.#callsInFlight <= maxCallsInFlight / 2 && backlog === 0) this.resume();
  }
}
