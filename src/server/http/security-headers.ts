import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import './reply.ts'; // declares ServerResponse.keptHeaders
import { beginMostly } from './whole-answer.ts';

/**
 * helmet's headers that apply to responses other than documents, computed once because they never vary. Pages replace the
 * content security policy and the cache control by their own.
 */
export const securityHeaders: Readonly<Record<string, string>> = Object.freeze({
  // Responses are private and change. Cacheable ones override this.
  'Cache-Control': 'no-store',
  ...headersOf(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      },
      // The operator decides about other subdomains.
      strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
      frameguard: { action: 'deny' },
      crossOriginOpenerPolicy: false,
      originAgentCluster: false,
      dnsPrefetchControl: false,
      ieNoOpen: false,
      permittedCrossDomainPolicies: false,
      xssFilter: false,
    }),
  ),
});

const flat = Object.entries(securityHeaders).flat();
beginMostly(flat);

/** Must be called before any other header is kept. */
export function keepSecurityHeaders(res: ServerResponse): void {
  res.keptHeaders = flat.slice();
}

function headersOf(middleware: ReturnType<typeof helmet>): Record<string, string> {
  const headers: Record<string, string> = {};
  const answer = {
    setHeader: (name: string, value: string) => {
      headers[name] = value;
    },
    removeHeader() {},
  };
  // safe: helmet does not read the request, and calls only these two methods of the response
  middleware({} as IncomingMessage, answer as unknown as ServerResponse, () => {});
  return headers;
}
