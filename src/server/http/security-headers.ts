import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import { keepHeader } from '../reply.ts';

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

const entries = Object.entries(securityHeaders);

export function keepSecurityHeaders(res: ServerResponse): void {
  for (const [name, value] of entries) keepHeader(res, name, value);
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
