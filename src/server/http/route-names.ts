import { procedureAt } from '../routers/procedures.ts';

/** What a request for `/trpc` is called in metrics and traces: there are as many names as procedures, and two more. */
export function routeOfCall(path: string, query: string | undefined): string {
  if (isBatch(query)) return 'batch';
  return procedureAt(path) ? path : 'unknown';
}

/** As tRPC itself decides it. */
export function isBatch(query: string | undefined): boolean {
  return query?.includes('batch=') === true && new URLSearchParams(query).get('batch') === '1';
}

const known = new Set(['/healthz', '/readyz', '/metrics', '/session']);

/** Files of the web client have one name together, as has all that is not there. */
export const routeOfRest = (path: string) => (known.has(path) ? path : 'web');
