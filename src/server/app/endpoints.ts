import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRestCompat } from '../../rest-compat/mount.ts';
import { createDispatcher, isApiUrl } from '../http/dispatcher.ts';
import { failRequest } from '../http/failure.ts';
import { createSse } from '../http/live/sse.ts';
import { attachWebSockets, type UpgradingServer, type WebSocketEndpoint } from '../http/live/ws-server.ts';
import { applyKeptHeaders, sendJson } from '../http/reply.ts';
import { type Next, trackRequests } from '../http/requests.ts';
import { cutUnreadResponses } from '../http/unread-responses.ts';
import type { Deps } from '../services/shared/deps.ts';
import { createPages } from './pages.ts';

/** What is served, and where. */
export interface EndpointOptions {
  /** URL path to serve under, such as `/chat` for `/chat/trpc` and `/chat/api`. Default: the root. */
  basePath?: string | undefined;
  /** Whether to serve the legacy REST API at `/api`. Default: true. */
  legacyRest?: boolean | undefined;
  /**
   * Whether to serve everything else of Mirage too: the web client with its session cookie, the API documentation, health
   * checks and metrics. All paths below `basePath` are then answered, if only with 404. Default: false.
   */
  pages?: boolean | undefined;
}

const graceMs = 10_000;

const closingHeaders = ['retry-after', '1', 'connection', 'close'];

/** The HTTP and WebSocket endpoints of Mirage, for any server. */
export function createEndpoints(deps: Deps, options: EndpointOptions = {}) {
  const { basePath = '', legacyRest = true, pages = false } = options;
  const sse = createSse(deps);
  const legacyApi = createRestCompat(deps);
  const dispatch = createDispatcher(deps, sse, legacyApi);
  const rest = pages ? createPages(deps, basePath) : undefined;
  const requests = trackRequests((req, res, next) => {
    dispatch(req, res, (error) => {
      if (error === undefined && rest) return rest(req, res);
      applyKeptHeaders(res);
      if (error === undefined) next();
      else failRequest(deps.log, error, req, res);
    });
  });
  const stopCutting = cutUnreadResponses(requests.connections, () => deps.metrics.cut('unread_answers'));
  const webSockets: WebSocketEndpoint[] = [];
  let isClosing = false;

  /** The part of a URL below `basePath`, if it is answered here. */
  function below(url: string): string | undefined {
    const rest = basePath === '' ? url : url.slice(basePath.length);
    if (basePath !== '' && !(url.startsWith(basePath) && /^([/?]|$)/.test(rest))) return undefined;
    return pages || isApiUrl(rest, legacyRest ? legacyApi : undefined) ? rest : undefined;
  }

  return {
    handler(req: IncomingMessage, res: ServerResponse, next: Next): void {
      const url = below(req.url ?? '');
      if (url === undefined) next();
      else if (pages && /^(\?|$)/.test(url)) redirectToFolder(basePath, url, res);
      else if (isClosing) sendJson(res, 503, { error: 'server is shutting down' }, closingHeaders);
      else {
        req.url = url;
        requests.handle(req, res, next);
      }
    },

    attachWebSockets(server: UpgradingServer): void {
      webSockets.push(attachWebSockets(server, deps, `${basePath}/trpc`));
    },

    /** Refuses new requests, ends subscriptions, and waits up to 10 seconds for requests in progress. */
    async close(): Promise<void> {
      isClosing = true;
      const closed = webSockets.map((endpoint) => endpoint.close());
      await Promise.all([sse.close(), requests.drain(graceMs), ...closed]);
      stopCutting();
    },
  };
}

/** Relative URLs in the page need a slash at the end of its own; relative itself, as a proxy may have stripped a path. */
function redirectToFolder(basePath: string, query: string, res: ServerResponse): void {
  const name = basePath.slice(basePath.lastIndexOf('/') + 1);
  res.writeHead(308, { location: `${name}/${query}`, 'cache-control': 'no-store' }).end();
}
