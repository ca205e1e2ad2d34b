import type { TRPCError } from '@trpc/server';
import type { Logger } from '../../core/logger.ts';

/** Logs unexpected errors only. Callers get no details of them, so the log is the only place that has any. */
export function logProcedureError(
  log: Logger,
  error: TRPCError,
  procedure: string | undefined,
  requestId?: string,
): void {
  if (error.code === 'INTERNAL_SERVER_ERROR')
    log.error({ requestId, procedure, err: error.cause ?? error }, 'procedure failed');
}
