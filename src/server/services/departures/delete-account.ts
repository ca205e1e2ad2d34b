import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { requireCurrentPassword } from '../accounts/users.ts';
import { requireRecentProof } from '../sessions/proof.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { removeAccount } from './remove-account.ts';

/** How long ago the user may have shown more than a password. */
const maxProofAgeMs = 5 * 60_000;

/**
 * Removes the caller's account for good. Throws 'MANAGED_BY_HOST', 'WRONG_PASSWORD', 'PROOF_REQUIRED', 'TOO_MANY_REQUESTS' and, if
 * the session has ended meanwhile, 'UNAUTHORIZED'.
 */
export async function deleteAccount(
  deps: Deps,
  session: Session,
  { password }: { password?: string | undefined },
): Promise<void> {
  const { username } = session;
  // The host would make the account again with the next request.
  if (session.fromHost) throw new AppError('MANAGED_BY_HOST');
  if (password === undefined) await requireMoreThanPassword(deps, session);
  else {
    await requireWithinLimit(deps, 'passwordWork', username);
    await requireCurrentPassword(deps, { username, password });
  }
  await removeAccount(deps, { username, session });
}

/** A session that began with a password alone may have been left open on a desk: there the password is asked for. */
async function requireMoreThanPassword(deps: Deps, session: Session): Promise<void> {
  await requireRecentProof(deps, session, maxProofAgeMs);
  const { method } = (await deps.db.session.findUnique({ where: { id: session.id } })) ?? {};
  if (!method || method === 'password') throw new AppError('PROOF_REQUIRED');
}
