import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { InFlight } from '../../api/context.ts';
import type { Subscription } from '../../infra/live/subscription.ts';
import { type AnsweredRequest, webSocketFormat } from './frames.ts';
import { maxBacklogBytes, SocketSink, stopSending } from './socket-sink.ts';

/** Unread answers to calls may take this much memory. Reading more calls stops long before. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** With this many calls in flight, no more are read from a connection until half of them are answered. */
const maxCallsInFlight = 100;

/** What the server does with connections that are read too slowly. One object for all of them. */
export interface ConnectionHooks {
  /** Closes a connection with a subscription that is too slow. */
  onSlow(client: AttachingSocket): void;
  /** Called before a connection that does not read its answers is terminated. */
  onUnread(): void;
}

/**
 * The server's end of a WebSocket: attaches subscriptions to it, and reads calls only as fast as their answers are read.
 * ws calls `close` to answer the peer's close frame too, which tests/live/internals.test.ts checks.
 */
export class AttachingSocket extends WebSocket implements InFlight {
  #hooks: ConnectionHooks | undefined;
  #connection: Socket | undefined;
  #callsInFlight = 0;
  /** Set once it is open. */
  calls: { read(data: Buffer, isBinary: boolean): void; end(): void } | undefined;

  /** To be called once, before anything is sent. */
  connect(socket: Socket, hooks: ConnectionHooks): void {
    this.#connection = socket;
    this.#hooks = hooks;
    socket.on('drain', () => this.#updateReading());
  }

  /** Whether a subscription that ends now was stopped by its client, rather than by losing its connection. */
  get isOpen(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  get connection(): Socket | undefined {
    return this.#connection;
  }

  /** Sends the events of a subscription, in answer to this request. */
  attach(subscription: Subscription, request: AnsweredRequest): void {
    if (this.#connection)
      subscription.attach(
        new SocketSink(this.#connection, webSocketFormat(request), () => this.#hooks?.onSlow(this)),
      );
  }

  override send(text: string): void {
    super.send(text);
    const socket = this.#connection;
    if (!socket || socket.writableLength <= maxBacklogBytes) return;
    this.#updateReading();
    if (socket.writableLength <= maxAnswerBytes) return;
    if (this.isOpen) this.#hooks?.onUnread();
    this.terminate();
  }

  /** ws calls this as well, to answer the peer's close frame. Nothing may be sent after it. */
  override close(code?: number, reason?: string | Buffer): void {
    if (this.#connection) stopSending(this.#connection);
    super.close(code, reason);
  }

  /** A call begins that is not answered yet. */
  begin(): void {
    this.#callsInFlight += 1;
    if (this.#callsInFlight >= maxCallsInFlight) this.#updateReading();
  }

  end(): void {
    this.#callsInFlight -= 1;
    if (this.isPaused) this.#updateReading();
  }

  #updateReading(): void {
    const backlog = this.#connection?.writableLength ?? 0;
    if (this.#callsInFlight >= maxCallsInFlight || backlog > maxBacklogBytes) this.pause();
    else if (this.isPaused && this.#callsInFlight <= maxCallsInFlight / 2 && backlog === 0) this.resume();
  }
}
