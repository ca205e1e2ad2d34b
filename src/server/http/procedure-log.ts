import type { TRPCError } from '@trpc/server';
import type { Logger } from '../logger.ts';

/** Refusals are no news. What was not foreseen is, and only the log gets to know it. */
export function logProcedureError(
  log: Logger,
  error: TRPCError,
  procedure: string | undefined,
  requestId?: string,
): void {
  if (error.code === 'INTERNAL_SERVER_ERROR')
    log.error({ requestId, procedure, err: error.cause ?? error }, 'procedure failed');
}
