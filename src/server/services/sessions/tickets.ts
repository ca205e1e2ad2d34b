import type { Session } from '../../core/session.ts';
import { ticketTtlMs } from '../../infra/stores/tickets.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';

/**
 * Issues a single-use ticket for the caller's session. `token` is the one the caller authenticated with. Throws
 * 'TOO_MANY_REQUESTS'.
 */
export async function createTicket(
  deps: Pick<Deps, 'tickets' | 'limits' | 'metrics'>,
  { id, username, fromHost }: Session,
  token: string | undefined,
): Promise<{ ticket: string; expiresInMs: number }> {
  await requireWithinLimit(deps, 'tickets', username);
  // A token of the host is confirmed again when the ticket is redeemed.
  const subject = fromHost && token !== undefined ? { token } : { id, username };
  return { ticket: await deps.tickets.issue(subject), expiresInMs: ticketTtlMs };
}
