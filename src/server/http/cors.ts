import type { IncomingMessage, ServerResponse } from 'node:http';
import { keepHeader } from './reply.ts';

interface CorsOptions {
  origin: '*' | string[];
  methods: string[];
  /** Request headers that pages may set, in lower case. */
  headers: string[];
  /** Response headers that pages may read. */
  exposed?: string;
}

/**
 * Writes the CORS headers of a response to a request with an Origin. Credentials are never allowed: tokens travel in a
 * header, which browsers do not add by themselves.
 */
export function createCors({ origin: allowed, methods, headers, exposed }: CorsOptions) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { origin } = request.headers;
    // Also without an Origin, or a cache could serve that response to a page that needs the header.
    keepHeader(response, 'Vary', 'Origin');
    if (origin === undefined || (allowed !== '*' && !allowed.includes(origin))) return;
    keepHeader(response, 'Access-Control-Allow-Origin', allowed === '*' ? '*' : origin);
    if (exposed !== undefined) keepHeader(response, 'Access-Control-Expose-Headers', exposed);

    const method = request.headers['access-control-request-method'];
    if (request.method !== 'OPTIONS' || method === undefined || !methods.includes(method)) return;
    keepHeader(response, 'Access-Control-Allow-Methods', methods.join(', '));
    const requested = (request.headers['access-control-request-headers'] ?? '').split(',');
    const granted = requested
      .map((name) => name.trim())
      .filter((name) => headers.includes(name.toLowerCase()));
    if (granted.length > 0) keepHeader(response, 'Access-Control-Allow-Headers', granted.join(', '));
  };
}
