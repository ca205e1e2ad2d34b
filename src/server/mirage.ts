import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Config, loadConfig } from './config.ts';
import type { Deps } from './context.ts';
import { type Given, openDeps } from './deps.ts';
import { failRequest } from './http/failure.ts';
import { createFront, isOfApi } from './http/front.ts';
import { createSse } from './http/sse.ts';
import { attachWebSockets, type UpgradingServer, type WebSocketEndpoint } from './http/ws-server.ts';
import { sendJson } from './reply.ts';
import { type Caller, createCaller } from './routers/app-router.ts';
import { endHostSessions } from './services/host-sessions.ts';

/** For {@link createMirage}. */
export interface MirageOptions extends Given {
  /** What differs from the defaults. The environment is not read; `config: loadConfig()` takes all of it. */
  config?: Partial<Config>;
  /** Where it answers, such as `/chat` for `/chat/trpc` and `/chat/api`. Default: at the root. */
  basePath?: string;
  /** Whether the legacy REST API is answered, at `/api`. Default: yes. */
  legacyRest?: boolean;
}

/** A Mirage that is part of another program. */
export interface Mirage {
  /**
   * Answers requests for Mirage's own paths, and calls `next` for all others, which it leaves as they were. For
   * `app.use(mirage.handler)` of Express and the like, or for `http.createServer`, with something to do for the others.
   */
  handler(req: IncomingMessage, res: ServerResponse, next: () => void): void;
  /** Answers WebSockets at `<basePath>/trpc` of a server. Those of other paths are left to whoever else listens. */
  attachWebSockets(server: UpgradingServer): void;
  /**
   * Ends the sessions of a user of the host, or that of one token, at once and with all their subscriptions. To be called
   * after the host has ended its own: it is asked again when the token comes again.
   */
  endSessions(which: { username: string } | { token: string }): Promise<void>;
  /** The API within the process, in the name of whoever's token it is. */
  createCaller(token: string | undefined): Caller;
  /** What it is made of, such as for a health check: `deps.readiness()`. */
  deps: Deps;
  /**
   * Refuses new requests, tells subscribers to come back later, waits for what is being answered, for 10 seconds at most, and
   * lets go of the database. The program's server is its own to close. Calling it again changes nothing.
   */
  close(): Promise<void>;
}

const graceMs = 10_000;

/** Opens the database and all else. Listens to nothing, so that one process can hold several. */
export async function createMirage({
  config,
  basePath = '',
  legacyRest = true,
  ...given
}: MirageOptions = {}): Promise<Mirage> {
  if (!/^(\/[\w.~-]+)*$/.test(basePath))
    throw new TypeError('basePath must be empty, or like /chat, without a slash at its end');
  const { deps, close: closeDeps } = await openDeps({ ...loadConfig({}), ...config }, given);
  const sse = createSse(deps);
  const front = createFront(deps, sse);
  const webSockets: WebSocketEndpoint[] = [];
  const answering = new Set<ServerResponse>();
  let onAnswered = () => {};
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    const sockets = webSockets.map((endpoint) => endpoint.close());
    sse.close();
    if (answering.size > 0)
      await new Promise<void>((resolve) => {
        const deadline = setTimeout(resolve, graceMs);
        onAnswered = () => {
          if (answering.size > 0) return;
          clearTimeout(deadline);
          resolve();
        };
      });
    await Promise.all(sockets);
    await closeDeps();
  }

  return {
    handler(req, res, next) {
      const { url = '' } = req;
      const rest = url.slice(basePath.length);
      if (!url.startsWith(basePath) || !isOfApi(rest, { legacyRest })) return next();
      if (closed !== undefined)
        return sendJson(res, 503, { error: 'the server stops' }, ['retry-after', '1']);
      answering.add(res);
      res.once('close', () => {
        answering.delete(res);
        onAnswered();
      });
      req.url = rest;
      front(req, res, (error) => failRequest(deps.log, error, req, res));
    },
    attachWebSockets: (server) => void webSockets.push(attachWebSockets(server, deps, `${basePath}/trpc`)),
    endSessions: (which) => endHostSessions(deps, which),
    createCaller: (token) => createCaller({ deps, token, address: '127.0.0.1' }),
    deps,
    close() {
      closed ??= close();
      return closed;
    },
  };
}
