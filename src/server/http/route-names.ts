import { directRouter } from '../api/direct/direct-router.ts';

/** The route label of a `/trpc` request in metrics and traces: a procedure name, `batch` or `unknown`. */
export function routeOfCall(path: string, query: string | undefined): string {
  if (isBatch(query)) return 'batch';
  return directRouter.find(path) ? path : 'unknown';
}

/** The same test as in tRPC. */
export function isBatch(query: string | undefined): boolean {
  return query?.includes('batch=') === true && new URLSearchParams(query).get('batch') === '1';
}

const known = new Set(['/healthz', '/readyz', '/metrics', '/session']);

/** All files of the web client share one label, as do paths that do not exist. */
export const routeOfRest = (path: string) =>
  known.has(path) ? path : (/^\/(files|oidc)(?=\/|$)/.exec(path)?.[0] ?? 'web');
