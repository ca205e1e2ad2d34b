import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import type { Deps } from '../shared/deps.ts';

/** How long a proof counts for changes of what logs in to an account or recovers it. */
export const proofMs = 10 * 60_000;

/**
 * Throws 'PROOF_REQUIRED' unless the user has proved within `maxAgeMs` who they are, in this session: it may have been left
 * open, or stolen. So it does in sessions of the host, which does not say when that was.
 */
export async function requireRecentProof(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { id }: Session,
  maxAgeMs: number,
): Promise<void> {
  const since = new Date(clock() - maxAgeMs);
  const proved = { id, ended: false, scopes: null, confirmedAt: { gt: since } };
  if ((await db.session.count({ where: proved })) === 0) throw new AppError('PROOF_REQUIRED');
}
