import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type Next = (error?: unknown) => void;
export type RequestHandler = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

/** A connection with requests. */
export interface Connection {
  readonly socket: Socket;
  /** To the request that is being answered. */
  readonly inProgress: ServerResponse | undefined;
}

/** Bytes of a response that a client has not taken from this process yet. */
export const unreadBytesOf = ({ inProgress }: Connection): number => inProgress?.writableLength ?? 0;

interface Waiting {
  req: IncomingMessage;
  res: ServerResponse;
  next: Next;
}

interface TrackedConnection extends Connection {
  inProgress: ServerResponse | undefined;
  readonly waiting: Waiting[];
}

/**
 * The requests in progress, by connection. Node parses whatever a client has pipelined and starts all of it at once; here
 * each request waits until the one before is answered and the answer is on its way, without more being read.
 */
export function trackRequests(handle: RequestHandler) {
  const connections = new Map<Socket, TrackedConnection>();
  /** Those with a request that is not answered yet. */
  const busy = new Set<TrackedConnection>();
  /** Of HTTP/2, which bounds its streams itself, and whose sockets are not to be touched. */
  const multiplexed = new Set<ServerResponse>();
  let onDrained = () => {};

  function start(connection: TrackedConnection, req: IncomingMessage, res: ServerResponse, next: Next): void {
    connection.inProgress = res;
    res.on('close', onClose);
    handle(req, res, next);
  }

  function startMultiplexed(req: IncomingMessage, res: ServerResponse, next: Next): void {
    multiplexed.add(res);
    res.once('close', () => {
      multiplexed.delete(res);
      onDrained();
    });
    handle(req, res, next);
  }

  function onClose(this: ServerResponse): void {
    const connection = connections.get(this.req.socket);
    if (!connection) return;
    connection.inProgress = undefined;
    // Other connections take turns in between.
    if (connection.waiting.length > 0) setImmediate(startNext, connection);
    else {
      busy.delete(connection);
      onDrained();
    }
  }

  function startNext(connection: TrackedConnection): void {
    const next = connection.waiting.shift();
    if (next) start(connection, next.req, next.res, next.next);
    if (connection.waiting.length === 0) connection.socket.resume();
  }

  function connectionOf(socket: Socket): TrackedConnection {
    const known = connections.get(socket);
    if (known) return known;
    const connection: TrackedConnection = { socket, inProgress: undefined, waiting: [] };
    connections.set(socket, connection);
    // Node resumes a paused socket after each request that it has parsed.
    socket.on('resume', () => {
      if (connection.waiting.length > 0) socket.pause();
    });
    // Responses that are queued behind another get no `close` of their own.
    socket.once('close', () => {
      connections.delete(socket);
      busy.delete(connection);
      onDrained();
    });
    return connection;
  }

  const isIdle = () => multiplexed.size + busy.size === 0;

  return {
    handle(req: IncomingMessage, res: ServerResponse, next: Next): void {
      if (req.httpVersionMajor > 1) {
        startMultiplexed(req, res, next);
        return;
      }
      const connection = connectionOf(req.socket);
      busy.add(connection);
      if (!connection.inProgress && connection.waiting.length === 0) start(connection, req, res, next);
      else {
        connection.waiting.push({ req, res, next });
        connection.socket.pause();
      }
    },

    connections: connections as ReadonlyMap<Socket, Connection>,

    /** Resolves when no request is in progress; after `graceMs`, connections that still have one are destroyed. */
    async drain(graceMs: number): Promise<void> {
      if (isIdle()) return;
      await new Promise<void>((resolve) => {
        const deadline = setTimeout(() => {
          for (const { socket } of busy) socket.destroy();
          resolve();
        }, graceMs);
        onDrained = () => {
          if (!isIdle()) return;
          clearTimeout(deadline);
          resolve();
        };
      });
    },
  };
}
