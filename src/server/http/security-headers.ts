import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import '../reply.ts'; // declares the headers that a response keeps

/**
 * helmet's headers, as far as they say something about what is no document: made once, as they are the same in every
 * answer. Whoever serves pages replaces the policy by one of their own.
 */
export const securityHeaders: Readonly<Record<string, string>> = Object.freeze(
  headersOf(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      },
      frameguard: { action: 'deny' },
      crossOriginOpenerPolicy: false,
      originAgentCluster: false,
      dnsPrefetchControl: false,
      ieNoOpen: false,
      permittedCrossDomainPolicies: false,
      xssFilter: false,
    }),
  ),
);

const flat = Object.entries(securityHeaders).flat();

/** To be called before any other header is kept. */
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
  // safe: it asks nothing of the request, and of the answer no more than this
  middleware({} as IncomingMessage, answer as unknown as ServerResponse, () => {});
  return headers;
}
