import { networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import { createLink, endMailedChanges, findLink, takeLink } from '../mail/links.ts';
import { storeMails } from '../mail/outbox.ts';
import { linkTo } from '../mail/texts.ts';
import { endAllSessions } from '../sessions/end-sessions.ts';
import { requireOwnAccounts } from '../sessions/host-accounts.ts';
import type { Deps } from '../shared/deps.ts';
import { emailKey, requireWithinLimit } from '../shared/limits.ts';
import { hashPassword, lineOfAddress } from '../shared/passwords.ts';
import { liftLoginLimits, requirePassword } from './accounts.ts';
import { requireMailer, tellOwner } from './email.ts';
import { requireStrongPassword } from './password-rules.ts';

/**
 * Mails a link to each account that has the address. The accounts are looked up when the mail is sent: here the work is the same
 * for an address that nobody has. Throws 'MAIL_OFF', 'MANAGED_BY_HOST', 'TOO_MANY_REQUESTS'.
 */
export async function requestPasswordReset(
  deps: Pick<Deps, 'db' | 'clock' | 'limits' | 'metrics' | 'mailer' | 'host'>,
  { email, address }: { email: string; address: string },
): Promise<void> {
  requireOwnAccounts(deps);
  const mailer = requireMailer(deps);
  await requireWithinLimit(deps, 'passwordResetsFromAddress', networkOf(address));
  await requireWithinLimit(deps, 'passwordReset', emailKey(email));
  await storeMails(deps.db, deps, [{ kind: 'reset', username: null, email }]);
  mailer.wake();
}

/**
 * Sets a new password by a link, ends all sessions of the account and a change of its address, and lifts its limits on passwords. A link that was mailed shows
 * whose the address is, which is verified by that. Throws 'LINK_EXPIRED', 'WEAK_PASSWORD', 'TOO_MANY_REQUESTS'.
 */
export async function resetPasswordByLink(
  deps: Deps,
  { token, newPassword, address }: { token: string; newPassword: string; address: string },
): Promise<{ username: string }> {
  const network = networkOf(address);
  await requireWithinLimit(deps, 'links', network);
  const link = await findLink(deps, { kind: 'reset', token });
  const user = link && (await deps.db.user.findUnique({ where: { username: link.username } }));
  if (!user) throw new AppError('LINK_EXPIRED');
  const { username, email } = user;
  await requireStrongPassword(deps, { password: newPassword, username, email });
  const password = await hashPassword(newPassword, lineOfAddress(address));
  // Before the update as well, so that a failure in between leaves no session open.
  await endAllSessions(deps, { username });
  await deps.db.$transaction(async (tx) => {
    const now = deps.clock();
    if (!(await takeLink(tx, { kind: 'reset', token, now }))) throw new AppError('LINK_EXPIRED');
    const { count } = await tx.user.updateMany({
      where: {
        username,
        disabledAt: null,
        fromHost: false,
        ...(link.email !== null && { email: link.email }),
      },
      data: {
        password,
        ...(link.email !== null && user.emailVerifiedAt === null && { emailVerifiedAt: new Date(now) }),
        resetMailedAt: null,
      },
    });
    if (count === 0) throw new AppError('LINK_EXPIRED');
    await endMailedChanges(tx, username);
  });
  await endAllSessions(deps, { username });
  await deps.limits.refund('links', network);
  if (link.email !== null) await deps.limits.refund('passwordReset', emailKey(link.email));
  await liftLoginLimits(deps, username);
  await tellOwner(deps, 'passwordChange', { username, email });
  return { username };
}

/** A link for a new password that an administrator hands out. Throws 'USER_NOT_FOUND', 'MANAGED_BY_HOST', 'USER_DISABLED', and 'INVALID_INPUT' for a bot. */
export async function createResetLink(
  deps: Pick<Deps, 'db' | 'clock'>,
  { username, publicUrl }: { username: string; publicUrl: string },
): Promise<string> {
  const { disabledAt } = await requirePassword(deps, username);
  if (disabledAt !== null) throw new AppError('USER_DISABLED');
  const { fromHost } = await deps.db.user.findUniqueOrThrow({ where: { username } });
  if (fromHost) throw new AppError('MANAGED_BY_HOST');
  const token = await createLink(deps, { kind: 'reset', username, email: null });
  return linkTo('reset', { publicUrl, token });
}
